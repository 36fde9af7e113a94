"""The page Predict, one image: the answer beside it, what the network saw, and why it says so."""

from typing import TYPE_CHECKING

import streamlit as st

from core.inference import DESCRIBE_TRAINING_IMAGES
from core.runs.tasks import Task
from pages.components.predict import why
from pages.components.predict.image_source import Given, one_image
from pages.components.predict.model import Model
from pages.components.predict.why import Shown
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _, escaped
from pages.components.shell.layout import errors_shown
from pages.components.shell.tasks import desk
from pages.components.widgets.bars import Bar, bars

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from core.inference.predictor import Opinion

UNSURE = 0.6  # confidence (0..1) below which the page calls an answer unsure, unless the visitor says otherwise
MOST_BARS = 20
_ALL_OF = 12  # classes that are all shown


def answer_view(models: list[Model], way: str) -> None:
    """The whole view, a fragment: while somebody draws, nothing else runs again."""
    with errors_shown():
        left, right = st.columns([2, 3], gap="large")
        with left:
            given = one_image(models[0], way)
        with right:
            answers = st.container()
            threshold, number = _settings(len(models[0].trained.classes))
        if given is None:
            with answers:
                _invite(models[0], way)
            return
        image = _opened(given, models)
        tabs = st.tabs(
            [_("What the model saw"), _("Why"), _("Inside"), _("Similar images")], key="about", on_change="rerun"
        )
        with tabs[0]:
            steps = why.choose_steps(models[0], image)
        with answers:
            for column, model in zip(st.columns(len(models)), models, strict=True):
                with column:
                    _answer(model, Shown(image, steps), given, threshold, number, titled=len(models) > 1)
        for tab, content in zip(tabs, why.TABS, strict=True):
            if tab.open:  # only this one is computed
                with tab, errors_shown():
                    content(models[0], Shown(image, steps))


def _opened(given: Given, models: list[Model]) -> "Image.Image":
    from core.inference.predictor import opened

    return opened(given.data, [model.trained for model in models])


def _invite(model: Model, way: str) -> None:
    """What comes here, before there is an image."""
    classes = model.trained.classes
    names = ", ".join(map(escaped, classes[:12])) + (" …" if len(classes) > 12 else "")
    if way == "draw":
        st.markdown(_("Draw something. The answer changes while you do."))
    else:
        st.markdown(_("Here comes what the network takes the image for."))
    st.caption(_("It knows {number} classes: {names}.", number=len(classes), names=names))
    rows = [Bar(name, 0.0, "–") for name in classes[:_ALL_OF]]
    bars(rows, key=f"bars-{model.key}", label=_("Probability of each class"))


def _settings(classes: int) -> tuple[float, int]:
    """From which confidence on an answer counts, and how many classes are shown."""
    with st.popover(_("Settings"), icon=":material/tune:"):
        threshold = st.slider(
            _("Unsure below"),
            0,
            99,
            round(100 * UNSURE),
            5,
            format="%d %%",
            key="threshold",
            help=_("An answer with less confidence is shown as unsure. A network always names one of its classes."),
        )
        number = classes
        if classes > _ALL_OF:
            number = st.slider(_("Most likely classes shown"), 1, min(classes, MOST_BARS), 5, key="number")
    return threshold / 100, number


# --- the answer ---------------------------------------------------------------------------------------------------


def _answer(model: Model, shown: Shown, given: Given, threshold: float, number: int, *, titled: bool) -> None:
    """In words, as bars, and whether to be believed."""
    from core.inference.predictor import predict

    found = model.trained
    tensor = shown.as_input(found)
    opinion = predict(found, tensor[None])[0]
    if titled:
        st.caption(escaped(model.name))
    st.markdown(_verdict(found.classes, opinion, threshold))
    if given.label is not None:
        right = given.label == found.classes[opinion.best]
        label = escaped(given.label)
        st.markdown(_("✓ Right: it is {label}.", label=label) if right else _("✗ Wrong: it is {label}.", label=label))
    bars(_rows(found.classes, opinion, number), key=f"bars-{model.key}", label=_("Probability of each class"))
    _warn_if_far(model, tensor)


def _verdict(classes: tuple[str, ...], opinion: "Opinion", threshold: float) -> str:
    first = escaped(classes[opinion.best])
    share = percent(opinion.confidence)
    if opinion.confidence >= threshold:
        return "### " + _("{name}, {share} sure", name=first, share=share)
    order = opinion.probabilities.argsort()[::-1]
    second = next(int(place) for place in order if place != opinion.best)
    return "### " + _(
        "Unsure: {first} ({share}) or {second} ({other})?",
        first=first,
        share=share,
        second=escaped(classes[second]),
        other=percent(float(opinion.probabilities[second])),
    )


def _rows(classes: tuple[str, ...], opinion: "Opinion", number: int) -> list[Bar]:
    """Few classes in their own order, so that bars stay where they are; of many the most likely ones."""
    places = list(range(len(classes)))
    if number < len(classes) or len(classes) > _ALL_OF:
        places = opinion.probabilities.argsort(kind="stable")[::-1][:number].tolist()
    shares = opinion.probabilities
    return [Bar(classes[at], float(shares[at]), percent(float(shares[at])), at == opinion.best) for at in places]


def _warn_if_far(model: Model, tensor: "Tensor") -> None:
    """Say so where no training image is alike, once the training images have been looked at."""
    from core.data import datasets
    from core.inference import neighbours

    if model.run is None or not datasets.ready(model.trained.config.data):
        return
    index = neighbours.kept(model.run.id)
    if index is None:
        task = Task(DESCRIBE_TRAINING_IMAGES, model.run.id)
        if desk().status(task) is None:  # one that failed isn't tried at every stroke
            desk().ask(task)
        return
    if neighbours.is_far(index, model.trained, tensor):
        st.warning(
            _(
                "This is unlike everything that the network learned from: don't trust the answer. "
                "See below what it saw, and which training images come nearest."
            ),
            icon=":material/warning:",
        )
