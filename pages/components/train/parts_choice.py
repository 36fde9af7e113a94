"""The choice of the parts that learn, their cost, and what there is to compare."""

import streamlit as st

from core.config import RunConfig, Transfer
from core.config.variants import of_few_images, three_ways
from core.data.catalog import info, total
from core.errors import ClassroomError
from core.messages import N_
from core.models.backbones import BACKBONES, downloaded
from core.models.network import Summary, summarise
from core.runs.comparison import MOST
from core.training.check import checked
from pages.components.run.parts import parts_cost, parts_table, parts_view, table_look
from pages.components.shell import identity
from pages.components.shell.glossary import explained
from pages.components.shell.i18n import _
from pages.components.shell.layout import errors_shown
from pages.components.shell.links import open_runs
from pages.components.shell.queue import queue
from pages.components.shell.state import Draft
from pages.components.train.network_choice import with_network
from pages.components.widgets.setting import setting

NUMBERS = (5, 10, 20, 50)  # images per class of a learning curve
TRAINS = {"all": N_("Everything"), "head": N_("Only the head"), "parts": N_("Chosen parts")}


def parts_choice(draft: Draft) -> None:
    """Show which parts learn, with switches and cost. Shows nothing if the settings have problems."""
    try:
        summary = summarise(draft.config, len(info(draft.config.data.dataset).classes))
    except ClassroomError:
        return  # the form shows the error
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
        help=explained(
            _("Frozen parts keep their weights. The head is the last layer. It is new and always learns."),
            "Transfer learning",
        ),
        required=True,
    )
    if chosen == "parts":
        _switches(draft, summary)
        parts_cost(draft.config, summary)
    else:
        parts_view(draft.config, summary)
    _views(draft)
    _compare(draft, summary)


def _compare(draft: Draft, summary: Summary) -> None:
    """Buttons that each train several networks, with the same seed and order of images, for one chart."""
    with st.container(horizontal=True):
        if st.button(
            _("Compare the three ways"),
            icon=":material/compare_arrows:",
            help=_(
                "Trains three networks and shows them on one chart: only the head, chosen parts as well, and "
                "everything."
            ),
        ):
            _train_all(draft, _three_ways(draft, summary))
        if draft.config.transfer.weights == "imagenet":
            _compare_networks(draft)
            _compare_numbers(draft)


def _three_ways(draft: Draft, summary: Summary) -> dict[str, RunConfig]:
    parts = ",".join(draft.config.transfer.parts) or default_parts(summary)
    titles = {"head": _("Only the head"), "parts": _("Chosen parts"), "all": _("Everything")}
    return {titles[way]: config for way, config in three_ways(draft.config, parts).items()}


def _compare_networks(draft: Draft) -> None:
    """The button for all networks whose weights are here."""
    here = [name for name in BACKBONES if downloaded(name)][:MOST]
    alone = len(here) < 2
    if not st.button(
        _("Compare networks"),
        icon=":material/lan:",
        disabled=alone,
        help=_("Only one network's weights are on this server. Train with ImageNet's weights of another one first.")
        if alone
        else _("Trains a new head on each network whose weights are on this server: {number}.", number=len(here)),
    ):
        return
    heads = Transfer(weights="imagenet", trains="head", views=draft.config.transfer.views)
    _train_all(
        draft,
        {
            BACKBONES[name].title: with_network(draft.config, name).model_copy(update={"transfer": heads})
            for name in here
        },
    )


def _compare_numbers(draft: Draft) -> None:
    """The button for the learning curve: the same network from more and more images."""
    data = draft.config.data.model_copy(update={"per_class": None})
    most = int((1 - data.validation_fraction) * total(data) / len(info(data.dataset).classes))
    numbers = [number for number in NUMBERS if number <= most]
    if st.button(
        _("How many photos does it need?"),
        icon=":material/stacked_line_chart:",
        disabled=len(numbers) < 2,
        help=_("Needs at least {number} images of each class.", number=NUMBERS[1])
        if len(numbers) < 2
        else _(
            "Trains with {numbers} images of each class and shows the accuracies on one chart.",
            numbers=", ".join(map(str, numbers)),
        ),
    ):
        variants = of_few_images(draft.config, numbers)
        _train_all(draft, {_("{number} images per class", number=number): one for number, one in variants.items()})


def _train_all(draft: Draft, variants: dict[str, RunConfig]) -> None:
    """Queue the runs by their names, and show them on one chart."""
    with errors_shown():
        comparison = queue().store.create_comparison(
            {name: checked(config) for name, config in variants.items()},
            owner=identity.owner(),
            recipe=draft.recipe,
            origin=identity.origin(),
        )
        queue().wake()
        runs = {run.name: run.id for run in queue().store.comparison(comparison)}
        open_runs([runs[name] for name in variants])


def default_parts(summary: Summary) -> str:
    """The parts that are chosen at first: the last part before the head, or the last one within a large part."""
    owner = summary.head.split(".")[0]
    body = [part for part in summary.parts if part.parameters and part.name.split(".")[0] != owner]
    outer = [part.name for part in body if not part.depth]
    inner = [part.name for part in body if part.depth]
    return (outer if len(outer) > 1 or not inner else inner or [summary.head])[-1]


def _train(draft: Draft, trains: str) -> None:
    transfer = draft.config.transfer.model_copy(update={"trains": trains})
    draft.config = draft.config.model_copy(update={"transfer": transfer})
    draft.generation += 1


def _switches(draft: Draft, summary: Summary) -> None:
    """The table of parts and their inner parts, with a switch in each row."""
    parts = [part for part in summary.parts if part.parameters]
    names = [part.name for part in parts]
    key = f"{draft.generation}-parts"

    def switch() -> None:
        chosen = set(draft.config.transfer.parts)
        for row, change in st.session_state[key]["edited_rows"].items():
            name = names[row]
            chosen = chosen | {name} if change.get("learns") else chosen - {name, name.split(".")[0]}
        _train(draft, ",".join(name for name in names if name in chosen) or "head")

    table = parts_table(draft.config, summary, parts)
    locked = ["state", "name", "kind", "weights"]
    st.data_editor(table, disabled=locked, key=key, on_change=switch, **table_look(len(parts)))


def _views(draft: Draft) -> None:
    """The setting for versions of each image, and what augmentation costs a frozen network."""
    config = draft.config
    if config.transfer.trains != "head":
        return
    if not config.data.augmentation.any:
        st.caption(
            _("Each image passes through the frozen network only once. From the second epoch on, only the head works.")
        )
        return
    views = setting(Transfer, "views", config.transfer.views, key=f"{draft.generation}-views")
    if views != config.transfer.views:
        draft.config = config.model_copy(update={"transfer": config.transfer.model_copy(update={"views": views})})
    if not views:
        st.warning(
            _(
                "With augmentation, all images pass through the whole network in every epoch, which is slow. To make "
                "it faster, prepare one to five versions of each image, or switch augmentation off."
            )
        )
