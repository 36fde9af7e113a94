"""What the setting that was just changed does: a sentence, and a small drawing where one helps."""

import streamlit as st

from core.activations.facts import FACTS
from core.config import Activation, RunConfig
from core.data.catalog import total
from core.figures import sketches
from core.recipes import recipe
from pages.components.concepts.training import batch_memory
from pages.components.shell.i18n import _
from pages.components.shell.labels import activation_name
from pages.components.shell.state import Draft

REACH = 4.0  # of a function's curve, to both sides


def changed_setting(before: RunConfig, after: RunConfig) -> str | None:
    """Which of the settings that have a hint is another now."""
    for name, old, new in (
        ("lr", before.optimizer.lr, after.optimizer.lr),
        ("batch_size", before.batch_size, after.batch_size),
        ("epochs", before.epochs, after.epochs),
    ):
        # Another optimizer brings a learning rate of its own.
        if old != new and before.optimizer.name == after.optimizer.name:
            return name
    return None


def hint(draft: Draft) -> None:
    """Shown below the settings until another one is changed."""
    lesson = recipe(draft.recipe).config
    match draft.changed:
        case "lr":
            _learning_rate(draft.config, lesson)
        case "batch_size":
            _batch_size(draft.config, lesson)
        case "epochs":
            st.caption(_("The network sees each image {epochs} times.", epochs=draft.config.epochs))
        case "activation":
            _activation(draft.config)


def _learning_rate(config: RunConfig, lesson: RunConfig) -> None:
    if config.optimizer.name != lesson.optimizer.name:
        st.caption(_("How long each step is: short ones are safe and slow, long ones jump over the valley."))
        return
    times = config.optimizer.lr / lesson.optimizer.lr
    if times < 1:
        text = _("Steps {times} times as long as in the recipe: safer, and slower.", times=f"{times:.2g}")
    elif times > 1:
        text = _("Steps {times} times as long as in the recipe: faster, until they jump too far.", times=f"{times:.2g}")
    else:
        text = _("Steps as long as in the recipe.")
    label = _("A walk down into a valley")
    _drawn(sketches.bowl_walk(times, label), label, text)


def _batch_size(config: RunConfig, lesson: RunConfig) -> None:
    images = total(config.data)
    steps = -(-images // config.batch_size)
    if config.batch_size < lesson.batch_size:
        text = _("About {steps} steps an epoch, each from fewer images: a noisier curve.", steps=steps)
    else:
        text = _("About {steps} steps an epoch, each from more images: a smoother curve, but fewer steps.", steps=steps)
    text += " " + _("A batch takes about {memory} of memory.", memory=batch_memory(config))
    label = _("A loss that falls, with its noise")
    _drawn(sketches.noisy_curve(config.batch_size, label), label, text)


def _activation(config: RunConfig) -> None:
    functions = {layer for layer in config.layers if isinstance(layer, Activation)}
    if len(functions) != 1:
        return
    from core.activations.curves import activation_curve  # torch is imported only where it is needed

    [function] = functions
    curve = activation_curve(function, REACH)
    xs, ys = curve.x[::10].astype(float), curve.y[::10].astype(float)
    label = activation_name(function)
    note = _("Your own function.") if function.formula else _(FACTS[function.kind].note)
    _drawn(sketches.function_curve(xs, ys, label), label, note)


def _drawn(drawing: str, label: str, text: str) -> None:
    left, right = st.columns([2, 3], vertical_alignment="center")
    left.image(drawing, width="stretch", alt=label)
    right.caption(text)
