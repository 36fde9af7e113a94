"""Shows a run live: curves, progress, summary and buttons."""

import time

import streamlit as st

from core.advice.summary import summarise
from core.evaluation import knowledge
from core.runs import history
from core.runs.queue import Queue
from core.runs.run import Run
from core.runs.state import State
from pages.components.run import charts
from pages.components.run.change import another_seed, before, change_line, compare_with
from pages.components.run.curve_options import CurveOptions, choose_curve_options
from pages.components.run.facts import live_findings
from pages.components.run.network import network_table, settings_table
from pages.components.run.published import epoch_table, published_table
from pages.components.run.samples import glance_view
from pages.components.run.steps import steps_view
from pages.components.run.thoughts import has_thoughts, thoughts_view
from pages.components.shell import address, identity, labels
from pages.components.shell.formats import compact, duration, percent
from pages.components.shell.glossary import explained, words_on_this_page
from pages.components.shell.i18n import _, escaped, plural, said, translate
from pages.components.shell.layout import ABOVE_ON_PHONES, errors_shown
from pages.components.shell.links import link_to_change
from pages.components.shell.queue import store
from pages.components.shell.share import share

TICK_SECONDS = 0.5
TAB = "tab"  # key of the tabs, and so their name in the address
# Longest wait for the first point of a new run, which then comes sooner than with the next tick.
FIRST_POINT_SECONDS = 0.4


def run_heading(run: Run, *terms: str) -> None:
    """The name and state of a run, its link to share, and the glossary's terms that stand below."""
    word, icon, color = labels.STATES[run.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(escaped(run.name), width="content", anchor=False)
        st.badge(_(word), icon=icon, color=color)
        share(run)
        compare_with(run)
        words_on_this_page(*terms)


def tab_names(run: Run) -> list[str]:
    """The tabs of a run's page."""
    borrowed = [_("Borrowed knowledge")] if knowledge.known(run.config) else []
    return [_("Curves"), _("Evaluate"), _("Diagnosis"), _("Hand in"), *borrowed]


def run_view(queue: Queue, run: Run) -> None:
    """The tab Curves.

    While the run trains, curves, numbers and buttons update twice a second. Elements that rarely change stay outside of
    this fragment to save time.
    """
    options = choose_curve_options(run)
    live = st.fragment(_live, run_every=None if run.ended else TICK_SECONDS)
    with st.container():  # of the page, not of the fragment: what follows keeps its place when an update is skipped
        live(queue, run.id, run.state, options)
    glance_view(run)
    if run.ended and run.epoch:
        with st.expander(_("Every epoch as a table")):
            epoch_table(history.epoch_records(store().database, run.id))
    with st.expander(_("Settings")):
        settings_table(run.config)
    with st.expander(_("Layers")), errors_shown():
        network_table(run.config)
    with st.expander(_("The five steps as PyTorch code")), errors_shown():
        steps_view(run.config)


def keep_up(run: Run) -> None:
    """Draw the page again when the state of the run changes. For tabs without curves."""
    if not run.ended:
        st.fragment(_keep_up, run_every=TICK_SECONDS)(run.id, run.state)


def _keep_up(run_id: str, state: State) -> None:
    run = store().find(run_id)
    if run is None or run.state != state:  # its owner may have deleted it
        st.rerun()


def wait_for_first_point(queue: Queue, run_id: str) -> None:
    """Wait a moment for a run that was just started."""
    until = time.monotonic() + FIRST_POINT_SECONDS
    while not queue.store.get(run_id).step and time.monotonic() < until:
        time.sleep(0.01)


def _live(queue: Queue, run_id: str, state: State, options: CurveOptions) -> None:
    run = queue.store.find(run_id)
    if run is None:  # its owner deleted it: the page says so
        st.rerun()
    _note(run)
    change_line(run)
    if has_thoughts(run):
        left, middle, right = st.columns([4, 3, 2], gap="medium")
        with middle:
            thoughts_view(run)
    else:
        left, right = st.columns([3, 1], gap="large")
    # On a phone these stand above the charts: drawn later they would push them down.
    with right, st.container(key=ABOVE_ON_PHONES):
        _progress(queue, run)
        _metrics(run)
        _actions(queue, run)
    with left:
        if run.step or not run.ended:  # axes without a curve would only be in the way of the reason
            earlier = before(run)
            charts.loss_chart(queue.store, run, options, earlier)
            charts.accuracy_chart(queue.store, run, options, earlier)
    with right:
        if run.step:
            _story(queue, run)
        if run.step or not run.ended:
            published_table(run)
    if run.state != state:
        st.rerun()  # draws the whole page once: the heading, and after the end without ticks


def _progress(queue: Queue, run: Run) -> None:
    """A progress bar: the place in the queue, the preparation, or the epochs."""
    if run.state == State.QUEUED:
        line = queue.store.line()
        ahead = line.index(run.id) if run.id in line else 0  # it may have left the line just now
        text = (
            plural("{number} run is ahead of yours.", "{number} runs are ahead of yours.", ahead)
            if ahead
            else _("Your run is next.")
        )
        st.progress(min(1.0, run.step / run.total_steps) if run.total_steps else 0.0, text)
        if run.step:
            st.caption(_("Runs take turns while others wait. This run will continue automatically."))
    elif run.state == State.PAUSED:
        done = min(1.0, run.step / run.total_steps) if run.total_steps else 0.0
        st.progress(done, _("Your teacher paused all runs. This one goes on by itself."))
    elif run.state == State.PREPARING:
        st.progress(run.fraction or 0.0, translate(run.note) if run.note else _("Preparing"))
    elif run.total_steps:
        epoch = min(run.epoch + (not run.ended), run.config.epochs)
        st.progress(
            min(1.0, run.step / run.total_steps),
            _("Epoch {epoch} of {epochs}", epoch=epoch, epochs=run.config.epochs),
        )


def _note(run: Run) -> None:
    """Why a run ended, where there is something to say: before anything else."""
    if run.ended and run.note:
        show = st.info if run.state == State.FINISHED else st.warning
        show(said(run.note), icon=":material/info:")


def _metrics(run: Run) -> None:
    if run.ended and not run.step:
        return
    accuracy = percent(run.best_val_accuracy) if run.best_val_accuracy is not None else "–"
    best = _("epoch {epoch}", epoch=run.best_epoch) if run.best_epoch else None
    st.metric(
        _("Best validation accuracy"),
        accuracy,
        delta=best,
        delta_color="off",
        delta_arrow="off",
        help=explained(_("The weights of this epoch are saved."), "Accuracy", "Validation"),
    )
    left = run.seconds_left
    time = (
        _("{time} left", time=duration(left))
        if left and not run.ended
        else _("{time} of training", time=duration(run.seconds))
    )
    speed = _("{images} images a second", images=compact(run.images_per_second or 0))
    if run.step:
        st.caption(f"{time} · {speed} · {(run.device or '').upper()}")


def _actions(queue: Queue, run: Run) -> None:
    """Stop or resume for the owner; the next steps, and a new run with these settings, for everyone."""
    mine = run.owner == identity.owner()
    with st.container(horizontal=True), errors_shown():
        if mine and not run.ended:
            stopping = run.stop_requested_at is not None
            st.button(
                _("Stopping…") if stopping else _("Stop"),
                disabled=stopping,
                icon=":material/stop:",
                help=_("Stops after the current batch and saves the weights. You can resume later."),
                on_click=queue.store.request_stop,
                args=(run.id,),
                kwargs={"owner": identity.owner()},
            )
        if mine and run.state in (State.STOPPED, State.FAILED):
            label = _("Resume") if run.step else _("Try again")
            if st.button(label, type="primary", icon=":material/play_arrow:"):
                queue.store.resume(run.id, owner=identity.owner())
                queue.wake()
                st.rerun()
    if run.ended and run.best_epoch:
        _next_steps(run)
    if st.button(
        _("Change and train again"),
        icon=":material/tune:",
        help=_("Opens the Train page with the settings of this run. This run doesn't change."),
        width="stretch",
    ):
        address.go(address.TRAIN_PAGE, link_to_change(run))
    if run.ended and run.epoch:
        another_seed(run)


def _next_steps(run: Run) -> None:
    """What to do with a trained network."""
    if st.button(_("Try it yourself"), type="primary", icon=":material/draw:", width="stretch"):
        address.go(address.PREDICT_PAGE, {"run": run.id})
    if st.button(
        _("See where it is wrong"), icon=":material/grid_on:", on_click=_open_evaluation, args=[run], width="stretch"
    ):
        st.rerun()  # the whole page: the tabs are outside of this fragment


def _open_evaluation(run: Run) -> None:
    st.session_state[TAB] = tab_names(run)[1]


def _story(queue: Queue, run: Run) -> None:
    sentences = summarise(history.landmarks(queue.store.database, run.id), live_findings(run))
    st.markdown("\n\n".join([f"**{_('What just happened?')}**", *map(said, sentences)]))
