"""The page Activations, tab Speed: measure how fast the functions are and compare them with a tutorial's claim."""

from collections.abc import Sequence
from contextlib import closing

import streamlit as st

from core.activations.speed import Measure, Measurement, Workload, last_measurement, measure
from core.figures.activations import times_as_long
from core.messages import N_
from pages.components.shell import layout
from pages.components.shell.formats import zone
from pages.components.shell.i18n import _, translate
from pages.components.shell.labels import ACTIVATION_NAMES

CLAIM = 6.0  # "ReLU is about six times faster"
NAMES: dict[Measure, str] = {
    "forward": N_("Forward"),
    "both": N_("Forward and backward"),
    "step": N_("Whole training step"),
}
ALONE: tuple[Measure, ...] = ("forward", "both")
LAYERS = {"100 × 150": (100, 150), "1000 × 1000": (1000, 1000)}


def speed_tab(kinds: Sequence[str]) -> None:
    """The whole tab for these functions."""
    st.markdown(
        _(
            "A tutorial claims: “ReLU is about six times faster than other activations.” Measure whether that is true "
            "on this server."
        )
    )
    measurement = _measured(_choose_layer())
    if measurement:
        _ratio_chart(measurement, kinds)
        st.caption(_conditions(measurement))
        for sentence in _verdict(measurement, kinds):
            st.markdown(f"- {sentence}")
        with st.expander(_("All numbers")):
            _table(measurement, kinds)
    _background()


def _choose_layer() -> Workload:
    """The size of the layer to measure."""
    size = st.segmented_control(
        _("Layer: images × units"),
        list(LAYERS),
        default="100 × 150",
        required=True,
        key="layer",
        bind="query-params",
        help=_(
            "100 × 150 means a batch of 100 images and a layer of 150 units. In such a small layer, much of the time "
            "goes into the function call. In the larger one, nearly all goes into calculating."
        ),
    )
    rows, columns = LAYERS[size]
    return Workload(rows=rows, columns=columns)


def _measured(work: Workload) -> Measurement | None:
    """The last measurement on this server, or a new one when the button is pressed."""
    measurement = last_measurement(work)
    label = _("Measure again") if measurement else _("Measure")
    if st.button(label, type="primary", key="measure"):
        measurement = _measure_now(work) or measurement
    if measurement is None:
        st.info(_("This server has no measurement yet. Press Measure. It takes about ten seconds."))
    return measurement


def _measure_now(work: Workload) -> Measurement | None:
    """Measure with a progress bar. Cancel, any other widget or leaving the page ends the measuring process."""
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, text=_("Starting PyTorch in a separate process."))
        st.button(_("Cancel"), key="cancel")
    result = None
    with layout.errors_shown(), closing(measure(work)) as steps:
        for step in steps:
            if isinstance(step, Measurement):
                result = step
            else:
                bar.progress(step.fraction or 0.0, text=translate(step.message))
    place.empty()
    return result


def _ratio_chart(measurement: Measurement, kinds: Sequence[str]) -> None:
    """A chart of each function's time as a multiple of ReLU's."""
    ratios = {_(name): [measurement.timings[key][kind].ratio for kind in kinds] for key, name in NAMES.items()}
    st.plotly_chart(
        times_as_long(
            ratios,
            [ACTIVATION_NAMES[kind] for kind in kinds],
            axis_title=_("times as long as ReLU (less is faster)"),
            claim=(CLAIM, _("the claim: six times")),
            same=_("ReLU"),
        ),
        key="ratios",
        alt=_("How many times as long as ReLU each chosen function takes"),
    )


def _conditions(measurement: Measurement) -> str:
    """What was measured, when, and on which device."""
    work = measurement.work
    return _(
        "Measured {when} on {device}, threads: {threads}, PyTorch {version}. A layer of {rows} × {columns} numbers "
        "(float32); medians of {rounds} rounds, bars from the lower to the upper quartile.",
        when=f"{measurement.measured_at.astimezone(zone()):%Y-%m-%d %H:%M %Z}",
        device=measurement.device,
        threads=measurement.threads,
        version=measurement.torch_version,
        rows=work.rows,
        columns=work.columns,
        rounds=work.rounds,
    )


def _verdict(measurement: Measurement, kinds: Sequence[str]) -> list[str]:
    """Whether the claim holds for these functions, in at most three sentences."""
    others = [kind for kind in kinds if kind not in {"relu", "identity"}]
    sentences = []
    if others:
        alone, key, slowest = max(
            (measurement.timings[key][kind].ratio.middle, key, kind) for kind in others for key in ALONE
        )
        values = {"label": ACTIVATION_NAMES[slowest], "ratio": f"{alone:.1f}", "way": _(NAMES[key])}
        if alone >= CLAIM:
            sentences.append(
                _("The claim can hold: {label} by itself takes {ratio} times as long as ReLU ({way}).", **values)
            )
        else:
            sentences.append(
                _(
                    "The claim doesn't hold here: the slowest, {label}, takes {ratio} times as long as ReLU ({way}).",
                    **values,
                )
            )
        step = measurement.timings["step"][slowest].ratio.middle
        sentences.append(_step_sentence(ACTIVATION_NAMES[slowest], step))
    noise = measurement.timings["both"]["relu"].ratio
    sentences.append(
        _(
            "Each round measures ReLU twice. Compared with itself, ReLU took {low} to {high} times as long in half of "
            "the rounds. Smaller differences than that are chance.",
            low=f"{noise.low:.2f}",
            high=f"{noise.high:.2f}",
        )
    )
    return sentences


def _step_sentence(label: str, ratio: float) -> str:
    if ratio < 1.5:
        return _(
            "A whole training step with {label} takes {ratio} times as long: most of it goes into multiplying "
            "matrices, which is the same work whatever the activation.",
            label=label,
            ratio=f"{ratio:.1f}",
        )
    return _("A whole training step with {label} takes {ratio} times as long.", label=label, ratio=f"{ratio:.1f}")


def _table(measurement: Measurement, kinds: Sequence[str]) -> None:
    """The medians, in microseconds and as multiples of ReLU's."""
    rows = []
    for kind in kinds:
        row: dict[str, object] = {_("Function"): ACTIVATION_NAMES[kind]}
        for key, name in NAMES.items():
            timing = measurement.timings[key][kind]
            row[_("{name}, µs", name=_(name))] = round(timing.microseconds.middle, 1)
            row[_("{name}, × ReLU", name=_(name))] = round(timing.ratio.middle, 2)
        rows.append(row)
    st.dataframe(rows, hide_index=True)


def _background() -> None:
    """How the page measures, and the source of the claim."""
    with st.expander(_("How is this measured?")):
        st.markdown(
            _(
                "- All functions get the same random numbers.\n"
                "- Every round runs each function once, in a new order. So anything else that slows the server down "
                "affects all of them. The first rounds, in which memory and caches fill up, don't count.\n"
                "- Each time is divided by ReLU's time in the same round. The points are medians; half of the rounds "
                "lie within the bars.\n"
                "- Forward computes the outputs. Backward computes the gradient of the inputs. A whole training step "
                "is one step of the network 784 → 150 → 150 → 150 → 10 with a batch of 100 and this function in every "
                "hidden layer. It includes the update of the weights."
            )
        )
    with st.expander(_("Where does “six times” come from?")):
        st.markdown(
            _(
                "From a paper of 2012 by Krizhevsky, Sutskever and Hinton. They trained the same network with ReLU and "
                "with Tanh. With ReLU it reached the same training error in a sixth of the epochs. So it needed fewer "
                "steps, but each step wasn't quicker. The tab Training compares the number of epochs."
            )
        )
