"""The page Predict: the choice of a network, and of a second one to compare it with."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.data.own.names import display
from core.errors import ClassroomError, NoWeightsError, RunError
from core.messages import say
from core.recipes import recipes
from core.runs import owner_actions
from core.runs.first_run import first_run
from core.runs.run import Run
from pages.components.shell import access, address, identity, uploads
from pages.components.shell.formats import moment, percent
from pages.components.shell.i18n import _, escaped
from pages.components.shell.labels import distinct
from pages.components.shell.layout import LAST_ON_PHONES, errors_shown, show_error
from pages.components.shell.queue import queue, store

if TYPE_CHECKING:  # importing torch takes two seconds: not before the page is on the screen
    from core.inference.foreign import Unnamed
    from core.training.weights import Trained

RUN, WITH = "run", "with"  # in the address: the id of a run, or of an opened file
_FILE = "file-"
_OPENED = "classroom.predict.opened"
_TICK_SECONDS = 0.5


@dataclass(frozen=True)
class Model:
    """A network with its weights and its name for the reader."""

    key: str  # as in the address
    name: str
    trained: "Trained"
    run: Run | None  # None for an opened file


def choose_models() -> list[Model]:
    """The network in the address, else the newest one, and the second one if chosen. Empty until there is one.

    Raises:
        RunError: the address names a run that ended without weights, or a file that isn't there any more.
    """
    known = {run.id: run for run in store().with_weights(identity.owner()) if _to_choose(run)}
    first, second = (_in_address(name, known) for name in (RUN, WITH))
    first = first or _newest(list(known.values()))
    if not first:
        _train_first_run()
        return []
    left, right, files = st.columns([5, 5, 2], vertical_alignment="bottom")
    with left:
        _select(RUN, _("Network"), known, first)
    with right, st.container(key=f"{LAST_ON_PHONES}-compare"):
        _select(WITH, _("Compare with"), known, second, placeholder=_("another network, on the same image"))
    with files, st.container(key=f"{LAST_ON_PHONES}-file"):
        _open_file()
    keys = list(dict.fromkeys(key for key in (first, second) if key))
    if untrained := next((known[key] for key in keys if key in known and not owner_actions.has_weights(key)), None):
        _wait_for(untrained)
        return []
    return [_model(key, known.get(key)) for key in keys]


def _to_choose(run: Run) -> bool:
    """Whether there are weights, and this browser may see the images that they were made from."""
    return owner_actions.has_weights(run.id) and access.sees_images(run.config.data.dataset)


def _in_address(name: str, known: dict[str, Run]) -> str:
    """The key in the address, whose run is added to `known`; "" if the address names none that exists."""
    key = address.text(name)
    if not key or key in known or key.startswith(_FILE):
        return key
    try:
        known[key] = access.run_of(key)
        access.check_images(known[key].config.data.dataset)
    except ClassroomError as error:
        known.pop(key, None)
        show_error(error)
        return ""
    return key


def _newest(runs: list[Run]) -> str:
    """The newest ended run, the visitor's own first; while all still train, the newest of these. "" for none."""
    mine = identity.owner()
    ordered = sorted(runs, key=lambda run: (run.ended, run.owner == mine), reverse=True)  # stable: newest first
    return ordered[0].id if ordered else ""


def _select(name: str, label: str, known: dict[str, Run], current: str, placeholder: str | None = None) -> None:
    """A menu of networks. The choice goes into the address."""
    titles = {one: _title(run) for one, run in known.items()}
    if current and current not in known:
        titles[current] = _("an opened file")
    titles = distinct(titles, {one: moment(run.queued_at) for one, run in known.items()})
    options = list(titles)
    key = f"choose-{name}-{current}"

    def update_address() -> None:
        address.put(name, st.session_state[key] or "")

    st.selectbox(
        label,
        options,
        options.index(current) if current else None,
        format_func=titles.__getitem__,
        key=key,
        on_change=update_address,
        placeholder=placeholder or "",
    )


def _title(run: Run) -> str:
    """A run's line in the menu: name, best accuracy, and whether it still trains."""
    accuracy = "–" if run.best_val_accuracy is None else percent(run.best_val_accuracy)
    return f"{_name(run)} · {accuracy}" + ("" if run.ended else f" · {_('still training')}")


def _name(run: Run) -> str:
    """A run with its recipe's name gets the recipe's translated title."""
    known = recipes().get(run.recipe or "")
    return _(run.name) if known and known.title == run.name else run.name


def _open_file() -> None:
    """The upload of a weights file, whose network then becomes the first one."""
    with st.popover(_("Open a file"), icon=":material/folder_open:", width="stretch"), errors_shown():
        st.markdown(
            _(
                "The file **weights.safetensors** of any classroom. Download it on the page Runs, under Hand in. "
                "Or a PyTorch network's `state_dict` as safetensors. ONNX, Keras and TensorFlow files aren't opened."
            )
        )
        uploads.explain_refusal("network", uploads.LARGE_MB)
        file = st.file_uploader(
            _("Network"),
            key=uploads.field_key("network"),
            label_visibility="collapsed",
            max_upload_size=uploads.LARGE_MB,
        )
        if file:
            from core.inference import foreign, outside

            data = file.getvalue()
            if found := foreign.unnamed(data):
                names = _ask_for_names(found)
                if names is None:
                    return
                data = foreign.named(data, found, names)
            name = _FILE + outside.keep(data)
            uploads.give_back()
            address.put(RUN, name)
            st.rerun()


def _ask_for_names(found: "Unnamed") -> tuple[str, ...] | None:
    """What the classes of bare weights are called; None before the button is pressed."""
    st.markdown(
        _(
            "These weights fit {title} with {number} outputs. What are its classes called?",
            title=f"**{escaped(found.title)}**",
            number=found.classes,
        )
    )
    text = st.text_area(_("Classes, one a line, in the network's order"), key="class-names", height=200)
    if not st.button(_("Open"), key="open-named"):
        return None
    return tuple(name for line in text.splitlines() if (name := display(line)))


def _model(key: str, run: Run | None) -> Model:
    trained = _loaded(key, run.best_epoch if run else None)
    return Model(key, _name(run) if run else _("Opened file"), trained, run)


@st.cache_resource(max_entries=2, show_spinner=False)
def _loaded(key: str, _best_epoch: int | None) -> "Trained":
    """The network in evaluation mode, cached for all visitors."""
    from core.inference import outside
    from core.training import weights

    return outside.load(key.removeprefix(_FILE)) if key.startswith(_FILE) else weights.load(key)


# --- waiting for weights ------------------------------------------------------------------------------------------


def _wait_for(run: Run) -> None:
    """Show the progress of a run's first epoch; the page continues by itself afterwards."""
    if run.ended:
        if run.best_epoch:
            raise NoWeightsError
        raise RunError(say("This run ended before it completed an epoch. Choose another network."))
    st.markdown(
        _("**{name}** is in its first epoch. You can try it here when that epoch ends.", name=escaped(_name(run)))
    )
    st.fragment(_watch_first_epoch, run_every=_TICK_SECONDS)(run.id)


def _watch_first_epoch(run_id: str) -> None:
    run = store().get(run_id)
    if run.ended or owner_actions.has_weights(run.id):
        st.rerun()
    share = run.step * run.config.epochs / run.total_steps if run.total_steps else 0.0
    st.progress(min(share, 1.0), _("First epoch"))


def _train_first_run() -> None:
    """Train a network, because nobody has trained one yet."""
    first_run(store())
    queue().wake()
    st.markdown(
        _("There is no network yet, so the app trains one now on handwritten digits. That takes a few seconds.")
    )
    st.fragment(_watch_first_run, run_every=_TICK_SECONDS)()


def _watch_first_run() -> None:
    run = first_run(store())
    if run.ended:
        st.rerun()
    share = run.epoch / run.config.epochs
    st.progress(share, _("Epoch {epoch} of {epochs}", epoch=run.epoch, epochs=run.config.epochs))
