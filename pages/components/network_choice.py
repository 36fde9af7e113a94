"""Which network, what it knows already, and which of its parts learn."""

from typing import Any

import pandas as pd
import streamlit as st

from core.config import Activation, Backbone, Flatten, LayerStack, Linear, RunConfig, Transfer
from core.data.catalog import info
from core.errors import ClassroomError
from core.experiments import three_ways
from core.models.backbones import BACKBONES, downloaded, megabytes, suited
from core.models.network import Summary, head_name, summarise
from core.runs import keeping
from core.runs.store import Run
from core.runs.tables import State
from core.training.check import checked, learning_parameters, training_bytes
from core.training.transfer import learns
from core.words import N_
from pages.components import identity, labels
from pages.components.engine import engine
from pages.components.formats import count, moment
from pages.components.layout import errors_shown
from pages.components.setting import setting
from pages.components.state import Draft
from pages.components.words import _

OWN = "layers"
RUNS = 20  # of this browser, to begin with
TRAINS = {"all": N_("Everything"), "head": N_("Only the head"), "parts": N_("Chosen parts")}


def network_choice(draft: Draft) -> None:
    """Show the choices; what the reader chooses goes into the draft."""
    network, weights = st.columns(2)
    with network:
        _network(draft)
    with weights:
        _weights(draft)


def _network(draft: Draft) -> None:
    names = [OWN, *BACKBONES]
    key = f"{draft.generation}-network"

    def choose() -> None:
        name = st.session_state[key]
        if name != draft.config.model.name:
            draft.config = with_network(draft.config, name)
            draft.generation += 1

    st.selectbox(
        _("Network"),
        names,
        names.index(draft.config.model.name),
        format_func=lambda name: _("Layers of your own") if name == OWN else BACKBONES[name].title,
        key=key,
        on_change=choose,
        help=_("Your own list of layers, or a network that researchers designed for photos, with a new last layer."),
    )


def with_network(config: RunConfig, name: str) -> RunConfig:
    """The run with another network, its images as that one wants them."""
    if name == OWN:
        classes = len(info(config.data.dataset).classes)
        layers = (Flatten(), Linear(out_features=128), Activation(kind="relu"), Linear(out_features=classes))
        return config.model_copy(update={"model": LayerStack(layers=layers), "transfer": Transfer()})
    fields = ("image_size", "center_crop", "mean", "std")
    data = config.data.model_copy(update={field: getattr(suited(name), field) for field in fields})
    update = {"model": Backbone(name=name), "transfer": Transfer(), "data": data, "loss": "cross_entropy"}
    return config.model_copy(update=update)


# --- starting weights -----------------------------------------------------------------------------------------------


def _weights(draft: Draft) -> None:
    mine = engine().store.recent(RUNS, owner=identity.owner(), states=[State.FINISHED])
    runs = {run.id: run for run in mine if keeping.has_weights(run.id)}
    config = draft.config
    options = ["random", *(["imagenet"] if isinstance(config.model, Backbone) else []), *runs]
    if config.transfer.weights not in options:  # of a stranger's link, or an older run
        options.append(config.transfer.weights)
    names = {name: _weights_label(config, name, runs) for name in options}
    names = labels.distinct(names, {run.id: moment(run.queued_at) for run in runs.values()})
    key = f"{draft.generation}-weights"

    def choose() -> None:
        chosen = st.session_state[key]
        if chosen != config.transfer.weights:
            draft.config = beginning_with(config, chosen, runs.get(chosen))
            draft.generation += 1

    info_ = Transfer.model_fields["weights"]
    st.selectbox(
        _(str(info_.title)),
        options,
        options.index(config.transfer.weights),
        format_func=names.__getitem__,
        key=key,
        on_change=choose,
        help=_(str(info_.description)),
    )


def _weights_label(config: RunConfig, name: str, runs: dict[str, Run]) -> str:
    if name == "random":
        return _("Random: it knows nothing")
    if name != "imagenet":
        run = runs.get(name)
        return _("Run: {name}", name=run.name if run else name)
    size = megabytes(config.model.name)
    if downloaded(config.model.name):
        return _("ImageNet's photos")
    return _("ImageNet's photos ({size} MB to download once)", size=size)


def beginning_with(config: RunConfig, weights: str, run: Run | None) -> RunConfig:
    """The run with other starting weights. Those of a run bring its network along, with a head for these classes."""
    trains = "head" if weights != "random" and config.transfer.trains == "all" else config.transfer.trains
    update: dict[str, Any] = {"transfer": config.transfer.model_copy(update={"weights": weights, "trains": trains})}
    if run is not None:
        begun = run.config
        model = begun.model
        if isinstance(model, LayerStack):
            head = int(head_name(begun))
            classes = len(info(config.data.dataset).classes)
            layers = (*model.layers[:head], Linear(out_features=classes), *model.layers[head + 1 :])
            model = LayerStack(layers=layers)
        fields = ("image_size", "center_crop", "mean", "std")
        data = config.data.model_copy(update={field: getattr(begun.data, field) for field in fields})
        if data.image_size is None:
            data = data.model_copy(update={"image_size": info(begun.data.dataset).size})
        update |= {"model": model, "data": data, "loss": begun.loss}
        update["transfer"] = Transfer(weights=weights, trains="head")
    elif weights == "random":
        update["transfer"] = Transfer()
    return config.model_copy(update=update)


# --- what trains ----------------------------------------------------------------------------------------------------


def parts_choice(draft: Draft) -> None:
    """Which parts learn: a switch for each, and what they cost. Nothing where the settings don't fit together yet."""
    try:
        summary = summarise(draft.config, len(info(draft.config.data.dataset).classes))
    except ClassroomError:
        return  # it is told beside the button
    transfer = draft.config.transfer
    chosen = transfer.trains if transfer.trains in ("all", "head") else "parts"
    key = f"{draft.generation}-trains"

    def choose() -> None:
        names = {"all": "all", "head": "head", "parts": default_parts(summary)}
        _train(draft, names[st.session_state[key] or chosen])

    st.segmented_control(
        _(str(Transfer.model_fields["trains"].title)),
        list(TRAINS),
        default=chosen,
        format_func=lambda name: _(TRAINS[name]),
        key=key,
        on_change=choose,
        help=_("What is frozen keeps what it knows. The head is the last layer: it is new, and always learns."),
        required=True,
    )
    parts_table(draft.config, summary, draft if chosen == "parts" else None)
    _views(draft)
    _compare(draft, summary)


def _compare(draft: Draft, summary: Summary) -> None:
    """One click trains all three ways, with the same seed and the same order of images."""
    if not st.button(
        _("Compare the three ways"),
        icon=":material/compare_arrows:",
        help=_("Trains the head alone, chosen parts as well, and everything, and shows them on one chart."),
    ):
        return
    parts = ",".join(draft.config.transfer.parts) or default_parts(summary)
    titles = {"head": _("Only the head"), "parts": _("Chosen parts"), "all": _("Everything")}
    with errors_shown():
        variants = {titles[way]: checked(config) for way, config in three_ways(draft.config, parts).items()}
        comparison = engine().store.create_comparison(variants, owner=identity.owner(), recipe=draft.recipe)
        engine().wake()
        runs = {run.name: run.id for run in engine().store.comparison(comparison)}
        st.switch_page("pages/3_Runs.py", query_params={"compare": ",".join(runs[name] for name in variants)})


def default_parts(summary: Summary) -> str:
    """To begin with, the last part with weights before the head's own; of a single large part its last one."""
    owner = summary.head.split(".")[0]
    body = [part for part in summary.parts if part.parameters and part.name.split(".")[0] != owner]
    outer = [part.name for part in body if not part.depth]
    inner = [part.name for part in body if part.depth]
    return (outer if len(outer) > 1 or not inner else inner or [summary.head])[-1]


def _train(draft: Draft, trains: str) -> None:
    transfer = draft.config.transfer.model_copy(update={"trains": trains})
    draft.config = draft.config.model_copy(update={"transfer": transfer})
    draft.generation += 1


def parts_table(config: RunConfig, summary: Summary, draft: Draft | None = None) -> None:
    """The network's parts, which of them learn, and what that costs; with a draft, to be switched."""
    # To look at, the network's children are enough; to choose, theirs are there as well.
    parts = [part for part in summary.parts if part.parameters and (draft or not part.depth)]
    table = pd.DataFrame(
        {
            "learns": [part_learns(config, summary, part.name) for part in parts],
            "state": [_state(config, summary, part.name) for part in parts],
            "name": ["\u2003" * part.depth + part.name for part in parts],
            "kind": [part.kind for part in parts],
            "weights": [count(part.parameters) for part in parts],
        }
    )
    column = st.column_config
    columns = {
        "learns": column.CheckboxColumn(_("Learns"), help=_("Switch a part on to let it learn."), width="small"),
        "state": column.TextColumn(_("State"), width="small"),
        "name": column.TextColumn(_("Part"), help=_("As PyTorch names it.")),
        "kind": column.TextColumn(_("Kind")),
        "weights": column.TextColumn(_("Weights"), width="small"),
    }
    if draft is None:
        st.dataframe(table.drop(columns="learns"), hide_index=True, column_config=columns, height=_height(len(parts)))
    else:
        key = f"{draft.generation}-parts"

        def switch() -> None:
            edits = st.session_state[key]["edited_rows"]
            names = set(config.transfer.parts)
            for row, change in edits.items():
                name = parts[row].name
                names = names | {name} if change.get("learns") else names - {name, name.split(".")[0]}
            kept = [part.name for part in parts if part.name in names]
            _train(draft, ",".join(kept) or "head")

        st.data_editor(
            table,
            hide_index=True,
            column_config=columns,
            disabled=["state", "name", "kind", "weights"],
            key=key,
            on_change=switch,
            height=_height(len(parts)),
        )
    learning = learning_parameters(config, summary)
    st.caption(
        _(
            "{learning} weights learn, {frozen} are frozen. Training takes about {megabytes} MB of memory.",
            learning=count(learning),
            frozen=count(summary.parameters - learning),
            megabytes=round(training_bytes(config, summary) / 1e6),
        )
    )


def _height(rows: int) -> int:
    return 35 * min(rows, 20) + 38


def part_learns(config: RunConfig, summary: Summary, name: str) -> bool:
    """Whether all of this part's weights learn."""
    return learns(config, f"{name}.weight") or (name == summary.head)


def _state(config: RunConfig, summary: Summary, name: str) -> str:
    if part_learns(config, summary, name):
        return _("learns")
    inside = [part for part in (*config.transfer.parts, summary.head) if part.startswith(f"{name}.")]
    return _("in part") if inside else _("❄ frozen")


def _views(draft: Draft) -> None:
    """What augmentation costs a frozen network, and the way to pay it once."""
    config = draft.config
    if config.transfer.trains != "head":
        return
    if not config.data.augmentation.any:
        st.caption(
            _("Each image passes through the frozen network once. From the second epoch on only the head works.")
        )
        return
    views = setting(Transfer, "views", config.transfer.views, key=f"{draft.generation}-views")
    if views != config.transfer.views:
        draft.config = config.model_copy(update={"transfer": config.transfer.model_copy(update={"views": views})})
    if not views:
        st.warning(
            _(
                "Augmentation changes every image anew, so that each passes through the whole network in every epoch. "
                "Keep one to five views to pay that only once, or switch augmentation off."
            )
        )
