"""The page Gradient descent, tab Hello world: its settings, its learning rate limit and its film."""

import math
from typing import TYPE_CHECKING, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.config import OPTIMIZERS, SGD, Optimizer
from core.descent.hello_world import HelloWorld
from core.descent.stability import limit, short
from core.descent.surfaces import Range, hello_world_loss
from pages.components.descent.sliders import setting_slider
from pages.components.descent.walks import hello_ground
from pages.components.shell.glossary import explained
from pages.components.shell.i18n import _
from pages.components.shell.layout import ABOVE_ON_PHONES
from pages.components.widgets.film import Axis, Film, Panel, Walker, between, clean, contours, deep_panel, track
from pages.components.widgets.setting import setting_help, setting_title

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from core.descent.walk import HelloWalk

NAMES = {name: choice.__name__ for name, choice in OPTIMIZERS.items()}
HIGHEST_RATE = 2.0  # of the slider; no input has a limit above it


def choose_hello() -> tuple[HelloWorld, DeltaGenerator]:
    """The widgets; returns the settings, and the container below the learning rate for its limit."""
    with st.container(key=ABOVE_ON_PHONES):
        lr = setting_slider(SGD, "lr", 0.01, HIGHEST_RATE, 0.1, 0.01)
    below_rate = st.container()
    optimizer = _choose_optimizer(lr)
    steps = setting_slider(HelloWorld, "steps", 1, 100, 10, 1)
    zeroed = st.toggle(
        setting_title(HelloWorld, "zero_grad"),
        True,
        key="zero_grad",
        bind="query-params",
        help=setting_help(HelloWorld, "zero_grad"),
    )
    start = _choose_start()
    return HelloWorld(optimizer=optimizer, steps=int(steps), zero_grad=zeroed, **start), below_rate


def _choose_optimizer(lr: float) -> Optimizer:
    name = st.selectbox(
        _("Optimizer"),
        list(OPTIMIZERS),
        format_func=lambda name: NAMES[name],
        key="optimizer",
        bind="query-params",
        help=explained(_("The simplest is SGD: step = learning rate × gradient."), "Optimizer"),
    )
    options: dict[str, float | bool] = {"lr": lr}
    if name in {"sgd", "rmsprop"}:
        options["momentum"] = setting_slider(SGD, "momentum", 0.0, 0.99, 0.0, 0.01)
    if name == "sgd":
        nesterov = st.toggle(
            setting_title(SGD, "nesterov"),
            key="nesterov",
            bind="query-params",
            help=setting_help(SGD, "nesterov"),
            disabled=not options["momentum"],
        )
        options["nesterov"] = nesterov and bool(options["momentum"])
    return cast(Optimizer, OPTIMIZERS[name](**options))


def _choose_start() -> dict[str, float | int]:
    """Weight, bias and input, either set by hand or drawn from a seed."""
    by_hand = st.toggle(
        _("Set start and input by hand"),
        key="by_hand",
        bind="query-params",
        help=_("If off, the seed determines random values for weight, bias and input, as in the script."),
    )
    if not by_hand:
        seed = HelloWorld.model_fields["seed"].default
        return {
            "seed": st.number_input(
                setting_title(HelloWorld, "seed"),
                0,
                2**31 - 1,
                seed,
                key="seed",
                bind="query-params",
                help=setting_help(HelloWorld, "seed"),
            )
        }
    return {
        name: setting_slider(HelloWorld, name, -3.0, 3.0, value, 0.01)
        for name, value in (("weight", 1.5), ("bias", 0.5), ("input", 1.0))
    }


def limit_text(optimizer: Optimizer, curvature: float) -> str:
    """The limit of the learning rate with its formula, and whether the learning rate is below it."""
    highest = limit(optimizer, curvature)
    if highest is None or not isinstance(optimizer, SGD):
        return _("No fixed limit: {name} adapts its steps to the size of the gradients.", name=NAMES[optimizer.name])
    above = "2 (1 + β)" if optimizer.momentum else "2"
    below = "((1 + 2β) λ)" if optimizer.nesterov else "λ"
    sentence = (
        _(
            ":material/check: Below this bowl's limit, {formula} = **{limit}**.",
            formula=f"{above} / {below}",
            limit=short(highest),
        )
        if optimizer.lr < highest
        else _(
            ":material/warning: Not below this bowl's limit, {formula} = **{limit}**.",
            formula=f"{above} / {below}",
            limit=short(highest),
        )
    )
    explanation = _(
        "λ = {curvature} is the bowl's largest curvature: how sharply it bends.", curvature=short(curvature)
    )
    momentum = _("β is the momentum.") if optimizer.momentum else ""
    return f"{sentence} {explanation} {momentum}".strip()


def hello_film(walk: "HelloWalk") -> Film:
    """The walk in four panels: loss over prediction, loss over weight, and the bowl from above and from the side."""
    shown, reach = window(walk)
    ground = hello_ground(walk.input, shown)
    height = hello_world_loss(walk.input)
    weights, biases = zip(*walk.points, strict=True)
    losses = Axis(_("loss"), (-0.05 * reach * reach, reach * reach))  # with room for a marker at 0
    weight, bias = Axis(_("weight"), shown[0]), Axis(_("bias"), shown[1])
    predictions = between((-reach, reach))
    panels = [
        Panel(
            title=_("Loss over the prediction"),
            x=Axis(_("prediction"), (-reach, reach)),
            y=losses,
            tracks=[track(walk.predictions, walk.losses)],
            curves={"x": predictions, "y": [[value * value for value in predictions]]},
        ),
        Panel(
            title=_("Loss over the weight, with this step's bias"),
            x=weight,
            y=losses,
            tracks=[track(weights, walk.losses)],
            curves={
                "x": between(shown[0]),
                "y": [clean(height(at, bias) for at in between(shown[0])) for bias in biases],
            },
        ),
        Panel(
            title=_("Weight and bias, seen from above"),
            x=weight,
            y=bias,
            tracks=[track(weights, biases)],
            grid=contours(ground, [reach * reach * (share / 8) ** 2 for share in range(1, 13)]),
        ),
        deep_panel(_("Seen from the side. Drag to turn it."), weight, bias, ground, [walk]),
    ]
    return Film(_readout(walk), [Walker(_("the walk"))], panels)


def _readout(walk: "HelloWalk") -> list[str]:
    steps = len(walk.losses) - 1
    return [
        _(
            "Step {step} of {steps} · loss {loss} · weight {weight} · bias {bias} · gradient {slope_w}, {slope_b}",
            step=step,
            steps=steps,
            loss=short(loss),
            weight=short(point[0]),
            bias=short(point[1]),
            slope_w=short(gradient[0]),
            slope_b=short(gradient[1]),
        )
        for step, (point, loss, gradient) in enumerate(zip(walk.points, walk.losses, walk.gradients, strict=True))
    ]


def window(walk: "HelloWalk") -> tuple[tuple[Range, Range], float]:
    """The ranges of weight and bias around the nearest minimum, and the largest prediction (±) to show.

    They depend only on the start and come in two sizes, so that a slider moves the walk and not the surface.
    """
    (weight, bias), error = walk.points[0], walk.predictions[0]
    towards = error / (walk.input**2 + 1)
    foot = (weight - towards * walk.input, bias - towards)
    away = abs(error) / math.sqrt(walk.input**2 + 1) or 1.0
    near = all(math.dist(point, foot) <= 1.5 * away for point in walk.points)  # nan isn't near
    zoom = 1.5 if near else 4.0
    widths = (1.35 * zoom * away, zoom * away)  # a little wider than high, as the panels are
    ranges = [(round(middle - width, 4), round(middle + width, 4)) for middle, width in zip(foot, widths, strict=True)]
    return (ranges[0], ranges[1]), zoom * (abs(error) or 1.0)
