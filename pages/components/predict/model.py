"""The page Predict: which network answers, and which one beside it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import NoWeightsError, RunError
from core.messages import say
from core.recipes import recipes
from core.runs import owner_actions
from core.runs.first_run import first_run
from core.runs.run import Run
from pages.components.shell import identity
from pages.components.shell.engine import engine, store
from pages.components.shell.formats import moment, percent
from pages.components.shell.i18n import _, escaped
from pages.components.shell.labels import distinct
from pages.components.shell.layout import errors_shown, show_error

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from core.training.weights import Trained

RUN, WITH = "run", "with"  # in the address: a run's id, or a file that was opened
_FILE = "file-"
_TICK_SECONDS = 0.5


@dataclass(frozen=True)
class Model:
    """A network that answers: its name for people, and where it comes from."""

    key: str  # as in the address
    name: str
    trained: "Trained"
    run: Run | None  # None: it came as a file


def choose_models() -> list[Model]:
    """The network in the address or the newest, and a second one if wanted. Empty while there is none yet.

    Raises:
        RunError: the address asks for a run that ended without weights, or a file that is gone.
    """
    known = {run.id: run for run in store().with_weights() if owner_actions.has_weights(run.id)}
    wanted, second = (_in_address(name, known) for name in (RUN, WITH))
    wanted = wanted or _newest(list(known.values()))
    if not wanted:
        _train_the_first()
        return []
    left, right, files = st.columns([5, 5, 2], vertical_alignment="bottom")
    with left:
        _select(RUN, _("Network"), known, wanted)
    with right:
        _select(WITH, _("Compare with"), known, second, placeholder=_("another network, on the same image"))
    with files:
        _open_file()
    keys = list(dict.fromkeys(key for key in (wanted, second) if key))
    if untrained := next((known[key] for key in keys if key in known and not owner_actions.has_weights(key)), None):
        _wait_for(untrained)
        return []
    return [_model(key, known.get(key)) for key in keys]


def _in_address(name: str, known: dict[str, Run]) -> str:
    """The network that the address names, added to the `known` ones; "" where it names none that exists."""
    key = st.query_params.get(name, "")
    if not key or key in known or key.startswith(_FILE):
        return key
    try:
        known[key] = store().get(key)
    except RunError as error:
        show_error(error)
        return ""
    return key


def _newest(runs: list[Run]) -> str:
    """The newest that ended, one's own first; while all still train, the newest of these."""
    mine = identity.owner()
    ordered = sorted(runs, key=lambda run: (run.ended, run.owner == mine), reverse=True)  # stable: newest first
    return ordered[0].id if ordered else ""


def _select(name: str, label: str, known: dict[str, Run], current: str, placeholder: str | None = None) -> None:
    """A menu of networks. What is chosen goes into the address."""
    titles = {one: _title(run) for one, run in known.items()}
    if current and current not in known:
        titles[current] = _("an opened file")
    titles = distinct(titles, {one: moment(run.queued_at) for one, run in known.items()})
    options = list(titles)
    key = f"choose-{name}-{current}"

    def chosen() -> None:
        value = st.session_state[key]
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)

    st.selectbox(
        label,
        options,
        options.index(current) if current else None,
        format_func=titles.__getitem__,
        key=key,
        on_change=chosen,
        placeholder=placeholder or "",
    )


def _title(run: Run) -> str:
    """A run on one line of the menu."""
    accuracy = "–" if run.best_val_accuracy is None else percent(run.best_val_accuracy)
    return f"{_name(run)} · {accuracy}" + ("" if run.ended else f" · {_('still training')}")


def _name(run: Run) -> str:
    """Runs that are called as their lesson is are called so in the reader's language."""
    lesson = recipes().get(run.recipe or "")
    return _(run.name) if lesson and lesson.title == run.name else run.name


def _open_file() -> None:
    """A network from outside."""
    with st.popover(_("Open a file"), icon=":material/folder_open:", width="stretch"), errors_shown():
        st.markdown(_("**weights.safetensors** from Hand in on the page Runs, of this classroom or of another."))
        file = st.file_uploader(_("Network"), type=["safetensors"], key="network", label_visibility="collapsed")
        if file and st.session_state.get("classroom.predict.opened") != file.file_id:
            from core.inference import outside

            name = _FILE + outside.keep(file.getvalue())
            st.session_state["classroom.predict.opened"] = file.file_id  # else no other could be chosen after it
            st.query_params[RUN] = name
            st.rerun()


def _model(key: str, run: Run | None) -> Model:
    trained = _loaded(key, run.best_epoch if run else None)
    return Model(key, _name(run) if run else _("Opened file"), trained, run)


@st.cache_resource(max_entries=2, show_spinner=False)
def _loaded(key: str, _best_epoch: int | None) -> "Trained":
    """The network in evaluation mode, read once for everybody."""
    from core.inference import outside
    from core.training import weights

    return outside.load(key.removeprefix(_FILE)) if key.startswith(_FILE) else weights.load(key)


# --- before there is any ------------------------------------------------------------------------------------------


def _wait_for(run: Run) -> None:
    """A run whose first epoch isn't over: the page goes on by itself when it is."""
    if run.ended:
        if run.best_epoch:
            raise NoWeightsError
        raise RunError(say("This run ended before its first epoch did. Choose another network."))
    st.markdown(
        _("**{name}** is in its first epoch. You can try it here as soon as that ends.", name=escaped(_name(run)))
    )
    st.fragment(_watch_first_epoch, run_every=_TICK_SECONDS)(run.id)


def _watch_first_epoch(run_id: str) -> None:
    run = store().get(run_id)
    if run.ended or owner_actions.has_weights(run.id):
        st.rerun()
    share = run.step * run.config.epochs / run.total_steps if run.total_steps else 0.0
    st.progress(min(share, 1.0), _("First epoch"))


def _train_the_first() -> None:
    """Nobody has trained anything yet: the app does it itself, in seconds."""
    first_run(store())
    engine().wake()
    st.markdown(_("There is no network yet, so the app trains one now, on 1,437 handwritten digits. It takes seconds."))
    st.fragment(_watch, run_every=_TICK_SECONDS)()


def _watch() -> None:
    run = first_run(store())
    if run.ended:
        st.rerun()
    share = run.epoch / run.config.epochs
    st.progress(share, _("Epoch {epoch} of {epochs}", epoch=run.epoch, epochs=run.config.epochs))
