"""Train: choose what and how, press one button, watch it learn.

`/Train?run=ID` shows a run to anyone; `/Train?recipe=NAME&…` opens with settings, named as on the command line.
"""

import streamlit as st

from core.config import LayerStack
from core.data.catalog import info
from core.errors import ConfigError, RunError
from core.export import five_steps
from core.recipes import recipes
from core.training.check import checked
from pages.components.run.differences import what_differs
from pages.components.run.tabs import run_tabs
from pages.components.run.view import wait_for_first_point
from pages.components.shell import address, identity
from pages.components.shell.availability import availability_note
from pages.components.shell.engine import engine
from pages.components.shell.i18n import _
from pages.components.shell.layout import begin, errors_shown, show_error
from pages.components.shell.links import RUN, back_to_all
from pages.components.shell.state import Draft
from pages.components.train.change import ask_expectation
from pages.components.train.layer_editor import layer_editor
from pages.components.train.network_choice import network_choice
from pages.components.train.parts_choice import parts_choice
from pages.components.train.settings_form import current_draft, rewrite_link, settings_form
from pages.components.widgets.live_chart import prepare_live_chart


def watch(run_id: str) -> None:
    """A run, live, with everything there is to know about it."""
    try:
        run = engine().store.get(run_id)
    except RunError as error:
        st.title(_("No such run"), anchor=False)
        show_error(error)
        with st.container(horizontal=True):
            if st.button(_("Start a new run"), type="primary", icon=":material/add:"):
                address.go(address.TRAIN_PAGE)
            back_to_all()
        return
    run_tabs(run)


def prepare() -> None:
    """Settings on the left, what they mean on the right, one button."""
    st.title(_("Train a network"), anchor=False)
    draft = current_draft()
    left, right = st.columns([2, 3], gap="large")
    with left:
        problems = settings_form(draft) or check(draft)
        ask_expectation(draft)
        availability_note(draft.config.data.dataset, recipes()[draft.recipe])
        pressed = st.button(
            _("Train"),
            type="primary",
            icon=":material/play_arrow:",
            disabled=bool(problems),
            help=_("Mend what is marked in red first.") if problems else None,
            width="stretch",
        )
        # A click that comes with the number typed just before it finds the button still alive.
        if pressed and not problems:
            start(draft)
        if problems:
            show_error(problems)
    with right:
        network, steps = st.tabs([_("Network"), _("The five steps")])
        with network:
            network_choice(draft)
            if isinstance(draft.config.model, LayerStack):
                layer_editor(draft, draft.config)
            if draft.config.transfer.weights != "random" or not draft.config.layers:
                parts_choice(draft)
        with steps:
            code(draft, problems)
    rewrite_link(draft)
    prepare_live_chart()


def check(draft: Draft) -> ConfigError | None:
    """What keeps this draft from being trained."""
    try:
        checked(draft.config)
    except ConfigError as error:
        return error
    return None


def code(draft: Draft, problems: ConfigError | None) -> None:
    """The PyTorch code of the draft, as it changes."""
    if problems:
        st.info(_("The code appears when the settings fit together."))
        return
    for number, step in enumerate(five_steps(draft.config), 1):
        st.markdown(f"**{number}. {_(step.title)}**  \n{_(step.sentence)}")
        st.code(step.code, language="python")


def title(draft: Draft) -> str:
    """What the run is called: its recipe and what was changed of it, or its images where they are others."""
    known = recipes()[draft.recipe]
    same = draft.config.data.dataset == known.config.data.dataset
    if not same:
        return _(info(draft.config.data.dataset).title)
    changed = what_differs([known.config, draft.config])[1]
    return f"{_(known.title)} · {changed}" if changed else _(known.title)


def start(draft: Draft) -> None:
    """Queue the run and go to its view."""
    with errors_shown():
        run_id = engine().store.create(
            draft.config,
            owner=identity.owner(),
            name=title(draft),
            recipe=draft.recipe,
            follows=draft.follows,
            expected=draft.expected,
        )
        engine().wake()
        wait_for_first_point(engine(), run_id)
        address.go(address.TRAIN_PAGE, {RUN: run_id})


begin(_("Train"))
if run_id := address.text(RUN):
    watch(run_id)
else:
    prepare()
