"""The page Activations, tab Speed: measure how fast the functions are, and say what came out."""

from collections.abc import Sequence
from contextlib import closing

import streamlit as st

from core.activations.speed import Measure, Measurement, Workload, last_measurement, measure
from core.figures.activations import times_as_long
from core.messages import N_
from pages.components.shell import layout
from pages.components.shell.formats import zone
from pages.components.shell.i18n import _
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
            "“ReLU is about six times faster than other activations”, says the tutorial. Is it, on the machine that "
            "this page runs on?"
        )
    )
    found = _measured(_choose_layer())
    if found:
        _show_ratios(found, kinds)
        st.caption(_describe(found))
        for sentence in _verdict(found, kinds):
            st.markdown(f"- {sentence}")
        with st.expander(_("All numbers")):
            _show_table(found, kinds)
    _show_background()


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
            "100 × 150 is a layer of lesson 3: a batch of 100 images, 150 units. There, much of the time goes into "
            "calling the function at all. In the larger one nearly all goes into calculating."
        ),
    )
    rows, columns = LAYERS[size]
    return Workload(rows=rows, columns=columns)


def _measured(work: Workload) -> Measurement | None:
    """The last measurement on this machine, or a new one when the button is pressed."""
    found = last_measurement(work)
    label = _("Measure again") if found else _("Measure")
    if st.button(label, type="primary", key="measure"):
        found = _measure_now(work) or found
    if found is None:
        st.info(_("Nothing is measured yet on this machine. Press Measure: it takes about ten seconds."))
    return found


def _measure_now(work: Workload) -> Measurement | None:
    """Measure with a progress bar. Cancel, any other widget or leaving the page ends it, and its process."""
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, text=_("Starting PyTorch in a process of its own."))
        st.button(_("Cancel"), key="cancel")
    result = None
    with layout.errors_shown(), closing(measure(work)) as steps:
        for step in steps:
            if isinstance(step, Measurement):
                result = step
            elif step.waiting:
                bar.progress(0.0, text=_("Somebody else is measuring. Yours comes next."))
            else:
                bar.progress(step.done / step.of, text=_("Round {done} of {of}", done=step.done, of=step.of))
    place.empty()
    return result


def _show_ratios(found: Measurement, kinds: Sequence[str]) -> None:
    """The chart: each function's times as a multiple of ReLU's."""
    ratios = {_(name): [found.timings[key][kind].ratio for kind in kinds] for key, name in NAMES.items()}
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


def _describe(found: Measurement) -> str:
    """What was measured, when, and on what."""
    work = found.work
    return _(
        "Measured {when} on {device}, threads: {threads}, PyTorch {version}. A layer of {rows} × {columns} numbers "
        "(float32); medians of {rounds} rounds, bars from the lower to the upper quartile.",
        when=f"{found.measured_at.astimezone(zone()):%Y-%m-%d %H:%M %Z}",
        device=found.device,
        threads=found.threads,
        version=found.torch_version,
        rows=work.rows,
        columns=work.columns,
        rounds=work.rounds,
    )


def _verdict(found: Measurement, kinds: Sequence[str]) -> list[str]:
    """What the numbers of these functions say about the claim, in three short sentences or fewer."""
    others = [kind for kind in kinds if kind not in {"relu", "identity"}]
    said = []
    if others:
        alone, key, slowest = max(
            (found.timings[key][kind].ratio.middle, key, kind) for kind in others for key in ALONE
        )
        values = {"label": ACTIVATION_NAMES[slowest], "ratio": f"{alone:.1f}", "way": _(NAMES[key])}
        if alone >= CLAIM:
            said.append(_("Six times happens: {label} alone takes {ratio} times as long as ReLU ({way}).", **values))
        else:
            said.append(
                _("Nothing here reaches six times: the slowest is {label}, {ratio} times as long ({way}).", **values)
            )
        step = found.timings["step"][slowest].ratio.middle
        said.append(_step_sentence(ACTIVATION_NAMES[slowest], step))
    noise = found.timings["both"]["relu"].ratio
    said.append(
        _(
            "ReLU takes part twice. Against itself it took {low} to {high} times as long in half of the rounds: "
            "smaller differences than that are chance.",
            low=f"{noise.low:.2f}",
            high=f"{noise.high:.2f}",
        )
    )
    return said


def _step_sentence(label: str, ratio: float) -> str:
    if ratio < 1.5:
        return _(
            "A whole training step with {label} takes {ratio} times as long: most of it goes into multiplying "
            "matrices, which is the same work whatever the activation.",
            label=label,
            ratio=f"{ratio:.1f}",
        )
    return _("A whole training step with {label} takes {ratio} times as long.", label=label, ratio=f"{ratio:.1f}")


def _show_table(found: Measurement, kinds: Sequence[str]) -> None:
    """The medians: microseconds, and times as long as ReLU."""
    rows = []
    for kind in kinds:
        row: dict[str, object] = {_("Function"): ACTIVATION_NAMES[kind]}
        for key, name in NAMES.items():
            timing = found.timings[key][kind]
            row[_("{name}, µs", name=_(name))] = round(timing.microseconds.middle, 1)
            row[_("{name}, × ReLU", name=_(name))] = round(timing.ratio.middle, 2)
        rows.append(row)
    st.dataframe(rows, hide_index=True)


def _show_background() -> None:
    """How it is measured, and where the six comes from."""
    with st.expander(_("How is this measured?")):
        st.markdown(
            _(
                "- All functions get the same random numbers.\n"
                "- Every round runs each function once, in a new order, so whatever else slows the machine down meets "
                "all of them. The first rounds, in which memory and caches fill up, don't count.\n"
                "- Each time is divided by ReLU's time in the same round. The points are medians; half of the rounds "
                "lie within the bars.\n"
                "- Forward computes the outputs. Backward computes the gradient of the inputs. A whole training step "
                "is lesson 3's network, 784 → 150 → 150 → 150 → 10, with a batch of 100 and this function in every "
                "hidden layer, weights updated."
            )
        )
    with st.expander(_("Where does the six come from?")):
        st.markdown(
            _(
                "From a paper of 2012 (Krizhevsky, Sutskever and Hinton). The same network was trained with ReLU and "
                "with Tanh, and with ReLU it came down to the same error in a sixth of the epochs. That is about "
                "learning in fewer steps, not about quicker steps: another question, and another experiment."
            )
        )
