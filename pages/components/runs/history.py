"""The page Runs: the table of all runs, with search, order and selection."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from core.data import catalog
from core.messages import N_
from core.recipes import recipes
from core.runs import owner_actions
from core.runs.comparison import MOST
from core.runs.search import PAGE, SPARK_POINTS, Order, Row, Wanted, datasets, listing, shared_nicknames
from core.runs.state import State
from pages.components.shell import address, identity, labels
from pages.components.shell.formats import count, duration
from pages.components.shell.glossary import explained, words_on_this_page
from pages.components.shell.i18n import _, escaped, plural
from pages.components.shell.layout import errors_shown
from pages.components.shell.links import open_runs
from pages.components.shell.queue import store

SEARCH_LENGTH = 100  # letters: each word is looked for in five columns
ORDERS: dict[Order, str] = {
    "newest": N_("Newest first"),
    "accuracy": N_("Best accuracy first"),
    "seconds": N_("Shortest first"),
    "name": N_("By name"),
}


def history_view() -> None:
    """The list."""
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    left.title(_("Runs"), anchor=False)
    with right:
        _nickname()
    wanted, order = _filters()
    place = st.session_state.get("page", 1) - 1
    rows, total = listing(store(), wanted, order=order, page=place)
    if total and not rows:  # another filter has fewer pages
        rows, total = listing(store(), wanted, order=order)
    if not rows:
        _nothing(filtered=wanted != Wanted(viewer=wanted.viewer))
        return
    actions = st.container(horizontal=True, vertical_alignment="center")
    chosen = _table(rows)
    with actions:
        _actions(chosen, total)
    if total > PAGE:
        st.number_input(
            _("Page, {number} in all", number=-(-total // PAGE)), 1, -(-total // PAGE), key="page", width=200
        )


def _filters() -> tuple[Wanted, Order]:
    """The widgets for search and order."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_input(
            _("Search"),
            key="search",
            bind="query-params",
            max_chars=SEARCH_LENGTH,
            placeholder=_("Name, note, nickname"),
            icon=":material/search:",
            width=290,
        )
        state = st.selectbox(
            _("State"),
            list(State),
            index=None,
            format_func=lambda one: _(labels.STATES[one][0]) if one else "",
            key="state",
            placeholder=_("Any"),
            width=165,
        )
        names = labels.distinct({name: _dataset(name) for name in datasets(store(), identity.owner())})
        dataset = st.selectbox(
            _("Data set"),
            list(names),
            index=None,
            format_func=names.__getitem__,
            key="dataset",
            placeholder=_("Any"),
            width=165,
        )
        order = st.selectbox(_("Order"), list(ORDERS), format_func=lambda one: _(ORDERS[one]), key="order", width=200)
        mine = st.toggle(_("Mine"), key="mine", bind="query-params")
    owner = identity.owner() if mine else None
    return Wanted(text, (state,) if state else (), dataset, owner, viewer=identity.owner()), order


def _dataset(name: str | None) -> str:
    known = catalog.DATASETS.get(name or "")
    return _(known.title) if known else _("Own images")


def _recipe(name: str | None) -> str:
    known = recipes().get(name or "")
    return _(known.title) if known else ""


def _by(row: Row, shared: set[str]) -> str:
    """Whose run it is. Two people of one nickname get a few letters of their own."""
    if row.nickname in shared:
        return f"{row.nickname} #{row.owner[:3]}"
    return row.nickname or (_("you") if row.owner == identity.owner() else "")


def _table(rows: Sequence[Row]) -> list[str]:
    """The table of runs. Returns the ticked ones. A click on a cell opens its run."""
    names, losses, best, started = _("Run"), _("Loss"), _("Best"), _("Started")
    shared = shared_nicknames(store())
    table = pd.DataFrame(
        {
            names: [row.name for row in rows],
            losses: [list(row.losses) if len(row.losses) > 1 else None for row in rows],
            best: [None if row.best_val_accuracy is None else 100 * row.best_val_accuracy for row in rows],
            _("State"): [_(labels.STATES[row.state][0]) for row in rows],
            _("By"): [_by(row, shared) for row in rows],
            started: [datetime.fromtimestamp(row.queued_at, UTC) for row in rows],
            _("Epochs"): [f"{row.epoch}/{row.epochs or '–'}" for row in rows],
            _("Time"): [duration(row.seconds) for row in rows],
            _("Recipe"): [_recipe(row.recipe) for row in rows],
            _("Data set"): [_dataset(row.dataset) for row in rows],
            _("Note"): [row.remark or "" for row in rows],
        }
    ).astype({best: "float64"})
    found = st.dataframe(
        table,
        hide_index=True,
        height=min(640, 37 + 35 * len(rows)),
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"],
        key="runs",
        placeholder="–",
        column_config={
            names: st.column_config.TextColumn(width=190, pinned=True),
            losses: st.column_config.LineChartColumn(
                width="small", help=_("Training loss by epoch, at most {number} points.", number=SPARK_POINTS)
            ),
            best: st.column_config.NumberColumn(
                format="%.1f %%",
                help=explained(_("Best validation accuracy."), "Validation"),
            ),
            _("Time"): st.column_config.TextColumn(help=_("Minutes and seconds of training.")),
            started: st.column_config.DatetimeColumn(format="distance"),
        },
        alt=_("Table of runs"),
    )
    if cells := found.selection.cells:
        open_runs([rows[cells[0][0]].id])
    return [rows[place].id for place in found.selection.rows]


def _actions(chosen: Sequence[str], total: int) -> None:
    """The button for the ticked runs."""
    several = len(chosen) > 1
    label = plural("Compare {number} run", "Compare {number} runs", len(chosen)) if several else _("Open")
    if st.button(
        label,
        type="primary",
        icon=":material/stacked_line_chart:" if several else ":material/open_in_full:",
        key="open",
        disabled=not 0 < len(chosen) <= MOST,
        help=None
        if 0 < len(chosen) <= MOST
        else _("Tick one run to open it, or two to {most} to compare them.", most=MOST),
    ):
        open_runs(chosen)
    st.caption(
        plural(
            "{shown} run. Click on it to open it.",
            "{shown} runs. Click on one to open it, tick several to compare them.",
            total,
            shown=count(total),
        )
    )
    words_on_this_page("Accuracy", "Epoch", "Loss", "Validation")


def _nothing(*, filtered: bool) -> None:
    if filtered:
        st.info(_("No run matches. Change the search."), icon=":material/search_off:")
        return
    st.info(_("No runs yet. Train one in ten seconds."), icon=":material/rocket_launch:")
    st.page_link(address.TRAIN_PAGE, label=_("Train a network"), icon=":material/arrow_forward:")


def _nickname() -> None:
    """The form for the nickname."""
    known = owner_actions.nickname(store(), identity.owner())
    with (
        st.popover(escaped(known) or _("Your nickname"), icon=":material/person:", width="stretch"),
        st.form("nickname", border=False),
        errors_shown(),
    ):
        name = st.text_input(
            _("Nickname"),
            known,
            max_chars=owner_actions.NICKNAME_LENGTH,
            key="nickname-text",
            help=_("Everybody sees it beside the runs of this browser. Empty: no nickname."),
        )
        if st.form_submit_button(_("Save")):
            owner_actions.sign(store(), owner=identity.owner(), nickname=name)
            st.rerun()
