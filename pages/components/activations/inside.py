"""The page Activations, tab Inside: gradients, dead units and saturation, layer by layer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.advice.inside import findings
from core.config import from_json
from core.config.variants import of_depth, with_activation
from core.data.catalog import info
from core.figures.inside import Line, distributions, layer_line, magnitudes, shares, variant_line, variant_look
from core.recipes import recipe
from core.runs import history
from pages.components.activations.experiment import (
    DEPTH,
    Plan,
    Variant,
    all_ended,
    choose_plan,
    compared,
    heading,
    shown_comparison,
    start_button,
    variant_name,
)
from pages.components.activations.functions import load_torch
from pages.components.shell.engine import engine
from pages.components.shell.i18n import _, translate
from pages.components.shell.layout import errors_shown
from pages.components.shell.links import FIRST_RECIPE

if TYPE_CHECKING:
    from core.training.records import ProbeRecord

TICK_SECONDS = 2.0
TEN = 10  # layers


def inside_tab() -> None:
    """The whole tab."""
    st.markdown(
        _(
            "A layer learns from the gradient that comes back to it from the output. On its way it is multiplied by "
            "each function's slope: where that is small, the **gradient vanishes**; a unit whose function is zero for "
            "every image is **dead**; values on the flat ends of a function are **saturated**."
        )
    )
    plan = choose_plan()
    start_button(plan)
    comparison = shown_comparison()
    if comparison is None:
        _show_start(plan)
        return
    found = compared(comparison)
    if {variant.run.config for variant in found} != set(plan.variants.values()):
        _show_start(plan)  # else it is epoch 0 below
    ended = all_ended(found)
    live = st.fragment(_live, run_every=None if ended else TICK_SECONDS)
    live(comparison, ended)


# --- before any training ------------------------------------------------------------------------------------------


def _show_start(plan: Plan) -> None:
    """What the chosen networks are like with their first random weights."""
    st.subheader(_("Before the training"), anchor=False)
    load_torch()
    found = {
        name: record for name, config in plan.variants.items() if (record := untrained_of(config.to_json())) is not None
    }
    if not found:
        st.info(_("The images of this recipe aren't on this machine yet. Train it once, or choose the digits."))
        return
    left, right = st.columns([3, 2], gap="large")
    names = {name: variant_name(name, plan.variants[name]) for name in found}
    with left:
        lines = [
            variant_line(name, place, names[name], _ordinals(record.weights), _gradients(record))
            for place, (name, record) in enumerate(found.items())
        ]
        st.markdown(_("**Gradient that reaches each layer**, with the first random weights"))
        st.plotly_chart(
            magnitudes(lines, _("layer, from input to output"), _("gradient norm")),
            key="start",
            alt=_("Gradient norm of each layer before the training, one line for each function"),
        )
    with right:
        for name, record in found.items():
            st.markdown(f"- {_said(names[name], record)}")
        _show_ten_layers(plan)


def _show_ten_layers(plan: Plan) -> None:
    """The textbook case, measured, with a button that shows it."""
    if plan.depth == TEN and "sigmoid" in plan.variants:
        return
    config = recipe(FIRST_RECIPE).config
    deep = of_depth(config, TEN)
    record = untrained_of(with_activation(deep, "sigmoid").to_json())
    if record is not None:
        st.markdown(f"**{_('And ten layers deep?')}** {_said(_('Sigmoid'), record)}")
    st.button(_("Set ten layers"), key="ten", on_click=_set_depth, args=(TEN,))


def _set_depth(depth: int) -> None:
    st.session_state[DEPTH] = depth


@st.cache_data(max_entries=1_000, show_spinner=False)
def untrained_of(config: str) -> "ProbeRecord | None":
    """`untrained` for a configuration as JSON, remembered; None where its images would have to be downloaded."""
    from core.data import datasets
    from core.training.probe import untrained

    parsed = from_json(config)
    if not datasets.ready(parsed.data):
        if info(parsed.data.dataset).download_bytes:
            return None
        for _progress in datasets.prepare(parsed.data):
            pass
    return untrained(parsed, datasets.load(parsed.data))


# --- during and after the training --------------------------------------------------------------------------------


@errors_shown()  # somebody may delete the runs while others watch
def _live(comparison: str, was_over: bool) -> None:
    found = compared(comparison)
    heading(found)
    records = {variant.key: history.probe_records(engine().store.database, variant.run.id) for variant in found}
    looked_at = [variant for variant in found if records[variant.key]]
    if looked_at:
        _show_training(looked_at, records, over=was_over)
    else:
        st.info(_("The networks wait for their turn. What is inside them appears here, epoch by epoch."))
    if all_ended(found) and not was_over:
        st.rerun()  # the whole page, once, so that it stops ticking


def _show_training(found: Sequence[Variant], records: dict[str, list["ProbeRecord"]], *, over: bool) -> None:
    epoch = _choose_epoch(max(records[variant.key][-1].epoch for variant in found), over)
    now = {variant.key: _at(records[variant.key], epoch) for variant in found}
    _show_layers(found, now)
    for variant in found:
        st.markdown(f"- {_said(variant.name, now[variant.key])}")
    names = {variant.key: variant.name for variant in found}
    key = st.segmented_control(
        _("Look into"), list(names), default=found[0].key, required=True, format_func=names.__getitem__, key="variant"
    )
    variant = next((variant for variant in found if variant.key == key), found[0])
    _show_over_epochs(records[variant.key])
    _show_distributions(variant, now[variant.key])


def _choose_epoch(last: int, over: bool) -> int:
    """Which epoch to show: the newest while training goes on, afterwards any."""
    if not over or last == 0:
        return last
    return st.slider(
        _("After epoch"),
        0,
        last,
        last,
        key="epoch",
        help=_("0 is the network with its first random weights, before any training."),
    )


def _at(records: Sequence["ProbeRecord"], epoch: int) -> "ProbeRecord":
    """The record of this epoch, or the last one of a run that ended before."""
    return [record for record in records if record.epoch <= epoch][-1]


def _show_layers(found: Sequence[Variant], now: dict[str, "ProbeRecord"]) -> None:
    """Gradients, dead units and flat values by layer, the variants beside each other."""
    left, middle, right = st.columns(3)
    x_title = _("layer, from input to output")

    def lines(kind: str) -> list[Line]:
        found_lines = []
        for place, variant in enumerate(found):
            record = now[variant.key]
            values = _gradients(record) if kind == "gradient" else [getattr(a, kind) for a in record.activations]
            x = range(1, len(values) + 1)
            found_lines.append(variant_line(variant.key, place, variant.name, x, values))
        return found_lines

    with left:
        st.markdown(_("**Gradient** that reaches each layer"))
        figure = magnitudes(lines("gradient"), x_title, _("gradient norm"))
        st.plotly_chart(figure, key="gradients", alt=_("Gradient norm of each layer, one line for each function"))
    with middle:
        st.markdown(_("**Dead** units: zero for all images"))
        figure = shares(lines("dead"), x_title, _("share of units"))
        st.plotly_chart(figure, key="dead", alt=_("Share of dead units of each layer, one line for each function"))
    with right:
        st.markdown(_("**Flat**: hardly any gradient passes"))
        figure = shares(lines("flat"), x_title, _("share of values"))
        st.plotly_chart(figure, key="flat", alt=_("Share of values where each function is flat, by layer"))
        st.caption(_("ReLU is flat for all that is negative: about half is usual."))


def _show_over_epochs(records: Sequence["ProbeRecord"]) -> None:
    """The same of one network over its training, one line a layer."""
    epochs = [record.epoch for record in records]
    weights, activations = len(records[0].weights), len(records[0].activations)
    norms = [
        layer_line(place, weights, _layer(place), epochs, [record.weights[place].gradient for record in records])
        for place in range(weights)
    ]
    dead = [
        layer_line(place, activations, _layer(place), epochs, [record.activations[place].dead for record in records])
        for place in range(activations)
    ]
    left, right = st.columns(2)
    with left:
        st.markdown(_("**Gradient** over the training"))
        figure = magnitudes(norms, _("epoch"), _("gradient norm"))
        st.plotly_chart(figure, key="gradients_over", alt=_("Gradient norm by epoch, one line for each layer"))
    with right:
        st.markdown(_("**Dead** units over the training"))
        figure = shares(dead, _("epoch"), _("share of units"))
        st.plotly_chart(figure, key="dead_over", alt=_("Share of dead units by epoch, one line for each layer"))


def _show_distributions(variant: Variant, record: "ProbeRecord") -> None:
    found = history.distributions(engine().store.database, variant.run.id, record.epoch)
    st.markdown(
        _(
            "**What goes through** {name} after epoch {epoch}, for {images} validation images",
            name=variant.name,
            epoch=record.epoch,
            images=record.images,
        )
    )
    layers = [(_layer(place), layer) for place, layer in enumerate(found)]
    colour = variant_look(variant.key)[0]
    figure = distributions(layers, colour, _("in (pre-activations)"), _("out (activations)"))
    st.plotly_chart(figure, key="values", alt=_("Histograms of what goes into and comes out of each activation layer"))


# --- small things -------------------------------------------------------------------------------------------------


def _said(name: str, record: "ProbeRecord") -> str:
    return " ".join(translate(sentence) for sentence in findings(f"**{name}**", record))


def _layer(place: int) -> str:
    return _("layer {number}", number=place + 1)


def _ordinals(layers: Sequence[object]) -> list[int]:
    return list(range(1, len(layers) + 1))


def _gradients(record: "ProbeRecord") -> list[float | None]:
    return [layer.gradient for layer in record.weights]
