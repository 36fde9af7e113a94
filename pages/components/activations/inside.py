"""The page Activations, tab Inside: gradients, dead units and saturation, layer by layer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.advice.inside import findings
from core.config import from_json
from core.config.variants import of_depth, with_activation
from core.data.catalog import info
from core.figures.activations import activation_look
from core.figures.inside import Line, distributions, layer_line, magnitudes, shares, variant_line
from core.recipes import recipe
from core.runs import history
from pages.components.activations.comparison import (
    Variant,
    all_ended,
    comparison_in_link,
    heading,
    variant_name,
    variants_of,
)
from pages.components.activations.functions import load_torch
from pages.components.activations.plan import DEPTH, Plan, choose_plan, start_button
from pages.components.shell.i18n import _, translate
from pages.components.shell.layout import errors_shown
from pages.components.shell.links import FIRST_RECIPE
from pages.components.shell.queue import queue

if TYPE_CHECKING:
    from core.training.records import ProbeRecord

TICK_SECONDS = 2.0
DEEP = 10  # hidden layers of the textbook case


def inside_tab() -> None:
    """The whole tab."""
    st.markdown(
        _(
            "A layer learns from the gradient that flows back from the output. Each activation function on the way "
            "multiplies the gradient by its slope. Where the slopes are small, the **gradient vanishes**. A unit that "
            "outputs zero for every image is **dead**. Values on the flat ends of a function are **saturated**."
        )
    )
    plan = choose_plan()
    start_button(plan)
    comparison = comparison_in_link()
    if comparison is None:
        _untrained(plan)
        return
    variants = variants_of(comparison)
    if {variant.run.config for variant in variants} != set(plan.variants.values()):
        _untrained(plan)  # otherwise epoch 0 below shows the same
    ended = all_ended(variants)
    live = st.fragment(_live, run_every=None if ended else TICK_SECONDS)
    live(comparison, ended)


# --- before training ----------------------------------------------------------------------------------------------


def _untrained(plan: Plan) -> None:
    """Gradients of the chosen networks with their random initial weights."""
    st.subheader(_("Before training"), anchor=False)
    load_torch()
    records = {
        key: record for key, config in plan.variants.items() if (record := untrained_of(config.to_json())) is not None
    }
    if not records:
        st.info(_("The images of this recipe aren't on this server yet. Train with it once, or choose the digits."))
        return
    left, right = st.columns([3, 2], gap="large")
    names = {key: variant_name(key, plan.variants[key]) for key in records}
    with left:
        lines = [
            variant_line(key, place, names[key], _ordinals(record.weights), _gradients(record))
            for place, (key, record) in enumerate(records.items())
        ]
        st.markdown(_("**Gradient that reaches each layer**, with random initial weights"))
        st.plotly_chart(
            magnitudes(lines, _("layer, from input to output"), _("gradient norm")),
            key="start",
            alt=_("Gradient norm of each layer before training, one line for each function"),
        )
    with right:
        for key, record in records.items():
            st.markdown(f"- {_findings(names[key], record)}")
        _textbook_case(plan)


def _textbook_case(plan: Plan) -> None:
    """Ten sigmoid layers: what was measured, and a button that draws them."""
    if plan.depth == DEEP and "sigmoid" in plan.variants:
        return
    config = recipe(FIRST_RECIPE).config
    deep = of_depth(config, DEEP)
    record = untrained_of(with_activation(deep, "sigmoid").to_json())
    if record is not None:
        st.markdown(f"**{_('With ten hidden layers:')}** {_findings(_('Sigmoid'), record)}")
    st.button(_("Use ten hidden layers"), key="ten", on_click=_set_depth, args=(DEEP,))


def _set_depth(depth: int) -> None:
    st.session_state[DEPTH] = depth


@st.cache_data(max_entries=1_000, show_spinner=False)
def untrained_of(config: str) -> "ProbeRecord | None":
    """`untrained` for a configuration as JSON, cached; None where its images would first have to be downloaded."""
    from core.data import datasets
    from core.training.probe import untrained

    parsed = from_json(config)
    if not datasets.ready(parsed.data):
        if info(parsed.data.dataset).download_bytes:
            return None
        for _progress in datasets.prepare(parsed.data):
            pass
    return untrained(parsed, datasets.load(parsed.data))


# --- during and after training ------------------------------------------------------------------------------------


@errors_shown()  # the owner may delete the runs while others watch
def _live(comparison: str, had_ended: bool) -> None:
    variants = variants_of(comparison)
    heading(variants)
    records = {variant.key: history.probe_records(queue().store.database, variant.run.id) for variant in variants}
    with_records = [variant for variant in variants if records[variant.key]]
    if with_records:
        _training(with_records, records, ended=had_ended)
    else:
        st.info(
            _("The networks are waiting in the queue. Their gradients and activations appear here after each epoch.")
        )
    if all_ended(variants) and not had_ended:
        st.rerun()  # the whole page, once, so that it stops ticking


def _training(variants: Sequence[Variant], records: dict[str, list["ProbeRecord"]], *, ended: bool) -> None:
    """All variants at one epoch, then one of them over all epochs."""
    epoch = _choose_epoch(max(records[variant.key][-1].epoch for variant in variants), ended)
    at_epoch = {variant.key: _at(records[variant.key], epoch) for variant in variants}
    _layer_charts(variants, at_epoch)
    for variant in variants:
        st.markdown(f"- {_findings(variant.name, at_epoch[variant.key])}")
    names = {variant.key: variant.name for variant in variants}
    key = st.segmented_control(
        _("Network"), list(names), default=variants[0].key, required=True, format_func=names.__getitem__, key="variant"
    )
    variant = next((variant for variant in variants if variant.key == key), variants[0])
    _epoch_charts(records[variant.key])
    _distributions(variant, at_epoch[variant.key])


def _choose_epoch(last: int, ended: bool) -> int:
    """The epoch to show: the newest one during training, any one afterwards."""
    if not ended or last == 0:
        return last
    return st.slider(
        _("After epoch"),
        0,
        last,
        last,
        key="epoch",
        help=_("0 is the network before training, with its random initial weights."),
    )


def _at(records: Sequence["ProbeRecord"], epoch: int) -> "ProbeRecord":
    """The record of this epoch, or the last record of a run that ended earlier."""
    return [record for record in records if record.epoch <= epoch][-1]


def _layer_charts(variants: Sequence[Variant], at_epoch: dict[str, "ProbeRecord"]) -> None:
    """Gradients, dead units and saturated values by layer, one line for each variant."""
    left, middle, right = st.columns(3)
    x_title = _("layer, from input to output")

    def lines(kind: str) -> list[Line]:
        drawn = []
        for place, variant in enumerate(variants):
            record = at_epoch[variant.key]
            values = _gradients(record) if kind == "gradient" else [getattr(a, kind) for a in record.activations]
            x = range(1, len(values) + 1)
            drawn.append(variant_line(variant.key, place, variant.name, x, values))
        return drawn

    with left:
        st.markdown(_("**Gradient** that reaches each layer"))
        figure = magnitudes(lines("gradient"), x_title, _("gradient norm"))
        st.plotly_chart(figure, key="gradients", alt=_("Gradient norm of each layer, one line for each function"))
    with middle:
        st.markdown(_("**Dead** units: zero for every image"))
        figure = shares(lines("dead"), x_title, _("share of units"))
        st.plotly_chart(figure, key="dead", alt=_("Share of dead units of each layer, one line for each function"))
    with right:
        st.markdown(_("**Saturated** values: hardly any gradient passes"))
        figure = shares(lines("flat"), x_title, _("share of values"))
        st.plotly_chart(
            figure, key="flat", alt=_("Share of saturated values of each layer, one line for each function")
        )
        st.caption(_("ReLU is flat for all negative inputs, so about half of the values is normal."))


def _epoch_charts(records: Sequence["ProbeRecord"]) -> None:
    """Gradients and dead units of one network over its epochs, one line for each layer."""
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
        st.markdown(_("**Gradient** during training"))
        figure = magnitudes(norms, _("epoch"), _("gradient norm"))
        st.plotly_chart(figure, key="gradients_over", alt=_("Gradient norm by epoch, one line for each layer"))
    with right:
        st.markdown(_("**Dead** units during training"))
        figure = shares(dead, _("epoch"), _("share of units"))
        st.plotly_chart(figure, key="dead_over", alt=_("Share of dead units by epoch, one line for each layer"))


def _distributions(variant: Variant, record: "ProbeRecord") -> None:
    """Histograms of the inputs and outputs of a network's activation layers at one epoch."""
    recorded = history.distributions(queue().store.database, variant.run.id, record.epoch)
    st.markdown(
        _(
            "**Values before and after each activation layer**: {name}, epoch {epoch}, {images} validation images",
            name=variant.name,
            epoch=record.epoch,
            images=record.images,
        )
    )
    layers = [(_layer(place), layer) for place, layer in enumerate(recorded)]
    colour = activation_look(variant.key)[0]
    figure = distributions(layers, colour, _("in (pre-activations)"), _("out (activations)"))
    st.plotly_chart(figure, key="values", alt=_("Histograms of the inputs and outputs of each activation layer"))


# --- helpers ------------------------------------------------------------------------------------------------------


def _findings(name: str, record: "ProbeRecord") -> str:
    return " ".join(translate(sentence) for sentence in findings(f"**{name}**", record))


def _layer(place: int) -> str:
    return _("layer {number}", number=place + 1)


def _ordinals(layers: Sequence[object]) -> list[int]:
    return list(range(1, len(layers) + 1))


def _gradients(record: "ProbeRecord") -> list[float | None]:
    return [layer.gradient for layer in record.weights]
