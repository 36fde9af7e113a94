"""The page Train: prepare a run, start it and watch it.

`/Train?run=ID` shows a run to everyone. `/Train?recipe=NAME&…` opens with settings, named as on the command line.
"""

import streamlit as st

from core.config import LayerStack, RunConfig
from core.errors import ConfigError, RunError
from core.recipes import recipes
from core.training.check import checked
from pages.components.concepts.lesson import lesson_view
from pages.components.run.differences import what_differs
from pages.components.run.network import network_table
from pages.components.run.steps import steps_view
from pages.components.run.tabs import run_tabs
from pages.components.run.terms import training_terms
from pages.components.run.view import wait_for_first_point
from pages.components.shell import access, address, classroom, identity
from pages.components.shell.availability import availability_note, backbone_note
from pages.components.shell.i18n import _
from pages.components.shell.images import title_of
from pages.components.shell.layout import begin, errors_shown, page_title, show_error
from pages.components.shell.links import RUN, back_to_all
from pages.components.shell.queue import queue
from pages.components.shell.state import Draft
from pages.components.train.change import ask_expectation
from pages.components.train.layer_editor import layer_editor
from pages.components.train.locked import locked_changes
from pages.components.train.network_choice import network_choice
from pages.components.train.parts_choice import parts_choice
from pages.components.train.settings_form import current_draft, rewrite_link, say_left_out, settings_form
from pages.components.train.tasks import tasks_view
from pages.components.widgets.live_chart import prepare_live_chart


def watch(run_id: str) -> None:
    """Show a run, live, with all its tabs."""
    try:
        run = access.run_of(run_id)
    except RunError as error:
        st.title(_("No such run"), anchor=False)
        show_error(error)
        with st.container(horizontal=True):
            if st.button(_("Start a new run"), type="primary", icon=":material/add:"):
                address.go(address.TRAIN_PAGE)
            back_to_all()
        return
    run_tabs(run)


def new_run() -> None:
    """The settings of a new run, with the Train button on the left, and network and code on the right."""
    draft = current_draft()
    page_title(_("Train a network"), *terms(draft.config))
    arrived = st.container()
    left, right = st.columns([2, 3], gap="large")
    with left:
        problems = settings_form(draft) or check(draft)
        with arrived:
            say_left_out(draft)
        ask_expectation(draft)
        refused = locked_changes(draft)
        recipe = recipes()[draft.recipe]
        availability_note(draft.config.data.dataset, recipe)
        backbone_note(draft.config, recipe)
        pressed = st.button(
            _("Train"),
            type="primary",
            icon=":material/play_arrow:",
            disabled=bool(problems) or refused,
            help=_("Correct the errors below first.") if problems else None,
            width="stretch",
        )
        # A click that comes with the number typed just before it finds the button still alive.
        if pressed and not problems:
            start(draft)
        if problems:
            show_error(problems)
        tasks_view(draft.recipe)
    with right:
        layers, steps, explanation = st.tabs([_("Network"), _("The five steps"), _("How it works")])
        with layers:
            network(draft)
        with steps:
            code(draft, problems)
        with explanation:
            lesson_view(draft.recipe, draft.config)
    rewrite_link(draft)
    prepare_live_chart()


def network(draft: Draft) -> None:
    """The network to change, or to look at where a class's teacher locked it."""
    if classroom.is_locked("model.layers"):
        st.caption(classroom.locked_help())
        with errors_shown():
            network_table(draft.config)
        return
    network_choice(draft)
    if isinstance(draft.config.model, LayerStack):
        layer_editor(draft, draft.config)
    if draft.config.transfer.weights != "random" or not draft.config.layers:
        parts_choice(draft)


def terms(config: RunConfig) -> set[str]:
    """The glossary's terms that stand beside these settings."""
    found = training_terms(config) | {"Normalisation", "Overfitting"}
    return found | ({"Activation function"} if config.layers else {"Transfer learning"})


def check(draft: Draft) -> ConfigError | None:
    """The problems of the draft. None if it can be trained."""
    try:
        checked(draft.config)
    except ConfigError as error:
        return error
    return None


def code(draft: Draft, problems: ConfigError | None) -> None:
    """The PyTorch code of the draft."""
    if problems:
        st.info(_("The code appears once all settings are valid."))
        return
    steps_view(draft.config)


def title(draft: Draft) -> str:
    """The name of the run: its recipe with what was changed, or its data set if that was changed."""
    known = recipes()[draft.recipe]
    same = draft.config.data.dataset == known.config.data.dataset
    if not same:
        return title_of(draft.config.data.dataset)
    changed = what_differs([known.config, draft.config])[1]
    return f"{_(known.title)} · {changed}" if changed else _(known.title)


def start(draft: Draft) -> None:
    """Queue the run and show it."""
    with errors_shown():
        run_id = queue().store.create(
            draft.config,
            owner=identity.owner(),
            origin=identity.origin(),
            name=title(draft),
            recipe=draft.recipe,
            follows=draft.follows,
            expected=draft.expected,
        )
        queue().wake()
        wait_for_first_point(queue(), run_id)
        address.go(address.TRAIN_PAGE, {RUN: run_id})


begin(_("Train"))
if run_id := address.text(RUN):
    watch(run_id)
else:
    new_run()
