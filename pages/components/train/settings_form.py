"""The run being prepared: recipe, the few settings a beginner changes, and the rest folded away."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.config import (
    OPTIMIZERS,
    SCHEDULERS,
    Activation,
    DataConfig,
    LayerStack,
    RunConfig,
    parse,
)
from core.config.links import SIGNS, from_link
from core.data.catalog import info
from core.data.own.names import display
from core.errors import ClassroomError, ConfigError
from core.recipes import recipe, recipes
from pages.components.shell import labels, state
from pages.components.shell.i18n import _, escaped
from pages.components.shell.images import dataset_titles
from pages.components.shell.layout import show_error
from pages.components.shell.links import FIRST_RECIPE, link_to_data, settings_link
from pages.components.shell.state import Draft
from pages.components.widgets.setting import setting

MIXED = "mixed"
_NAMED = 5  # settings that a link brought in vain and that are named


def current_draft() -> Draft:
    """The run being prepared: this session's, or the one that the link describes.

    A link is `?recipe=NAME` with what differs from it by dotted path, as on the command line. What doesn't fit in it is
    told and left out.
    """
    wanted = dict(st.query_params)
    kept = state.draft()
    if kept and wanted in ({}, kept.link):
        return kept
    name = wanted.pop("recipe", FIRST_RECIPE)
    draft = _from_link(name, wanted, generation=kept.generation + 1 if kept else 0)
    # From now on: what is typed while the page still appears interrupts this run before it rewrites the link.
    draft.link = dict(st.query_params)
    state.keep_draft(draft)
    return draft


def _from_link(name: str, changes: Mapping[str, str], generation: int) -> Draft:
    name = name if name in recipes() else name.rstrip(SIGNS)
    try:
        base = recipe(name).config
    except ClassroomError as error:
        show_error(error)
        name = FIRST_RECIPE
        base = recipe(name).config
    arrived = from_link(base, changes)
    config = arrived.config
    if arrived.problems:
        show_error(ConfigError(arrived.problems))
    if arrived.foreign:
        names = ", ".join(escaped(display(path)) for path in arrived.foreign[:_NAMED])
        st.caption(_("Left out of the link, because the app has no such settings: {names}.", names=names))
    try:
        info(config.data.dataset)  # images of one's own may be gone
    except ClassroomError as error:
        show_error(error)
        config = base
    return Draft(name, config, generation)


def rewrite_link(draft: Draft) -> None:
    """Make the address describe the draft, so that it can be sent as it stands."""
    draft.link = settings_link(draft.recipe, draft.config)
    if dict(st.query_params) != draft.link:
        st.query_params.from_dict(draft.link)


def settings_form(draft: Draft) -> ConfigError | None:
    """All settings but the layers. What the reader chooses goes into the draft; what can't be is returned."""
    _recipe(draft)
    settings = draft.config.model_dump(mode="json")
    settings |= _basic(draft)
    with st.expander(_("More settings")):
        data, optimizer, rest = st.tabs([_("Data"), _("Optimizer"), _("Run")])
        with data:
            settings["data"] = _data(draft)
        with optimizer:
            settings["optimizer"] = _optimizer(draft, settings["optimizer"])
            settings["scheduler"] = _scheduler(draft)
        with rest:
            settings |= _run(draft)
    before = draft.config.optimizer.name
    try:
        draft.config = parse(settings)
    except ConfigError as error:
        return error
    with data:
        st.page_link(
            "pages/1_Data.py",
            label=_("Look at these images, change or augment them"),
            icon=":material/image:",
            query_params=link_to_data(draft.config),
        )
    if draft.config.optimizer.name != before:
        rewrite_link(draft)
        st.rerun()  # another optimizer has another learning rate, whose widget was drawn already
    return None


def _recipe(draft: Draft) -> None:
    names = list(recipes())

    def choose() -> None:
        name = st.session_state[key]
        # A browser that hasn't heard that this form is gone sends its values once more, which Streamlit calls a change.
        if state.draft() is draft and name != draft.recipe:
            state.keep_draft(Draft(name, recipe(name).config, draft.generation + 1))
            st.query_params.from_dict({"recipe": name})

    key = f"recipe-{draft.generation}"
    st.selectbox(
        _("Recipe"),
        names,
        index=names.index(draft.recipe),
        format_func=lambda name: _(recipes()[name].title),
        key=key,
        on_change=choose,
        help=_("A ready-made lesson. Everything in it can be changed."),
    )
    st.caption(_(recipes()[draft.recipe].teaches))


def _basic(draft: Draft) -> dict[str, Any]:
    """The handful that a beginner changes."""
    config = draft.config
    epochs, batch = st.columns(2)
    with epochs:
        chosen = {"epochs": setting(RunConfig, "epochs", config.epochs, key=_key(draft, "epochs"))}
    with batch:
        chosen["batch_size"] = setting(RunConfig, "batch_size", config.batch_size, key=_key(draft, "batch_size"))
    rate, activation = st.columns(2)
    with rate:
        name = config.optimizer.name
        lr = setting(OPTIMIZERS[name], "lr", config.optimizer.lr, key=_key(draft, f"optimizer.{name}.lr"))
        chosen["optimizer"] = config.optimizer.model_dump() | {"lr": lr}
    with activation:
        if config.layers:
            _activation(draft)
    return chosen


def _activation(draft: Draft) -> None:
    """One activation for all layers that have one. Each can still be changed in the table."""
    used = {layer.kind for layer in draft.config.layers if isinstance(layer, Activation)}
    several = {MIXED: _("Mixed") if used else _("None")} if len(used) != 1 else {}
    names = several | labels.ACTIVATION_NAMES

    def choose() -> None:
        kind = st.session_state[key]
        layers = tuple(
            Activation(kind=kind) if isinstance(layer, Activation) else layer for layer in draft.config.layers
        )
        if kind not in (MIXED, shown):
            draft.config = draft.config.model_copy(update={"model": LayerStack(layers=layers)})
            draft.generation += 1

    shown = used.pop() if len(used) == 1 else MIXED
    key = _key(draft, "activation")
    st.selectbox(
        _("Activation"),
        list(names),
        index=list(names).index(shown),
        format_func=names.__getitem__,
        key=key,
        on_change=choose,
        help=_("The bend between two layers, without which they would be one. Choosing here changes it everywhere."),
    )


def _data(draft: Draft) -> dict[str, Any]:
    data = draft.config.data
    titles = dataset_titles(data.dataset)
    dataset = setting(DataConfig, "dataset", data.dataset, key=_key(draft, "dataset"), options=titles)
    chosen = data.model_dump() | {"dataset": dataset}
    about = info(dataset)
    st.caption(_(about.description))
    if about.download_bytes:
        st.caption(_("Downloaded once, {size} MB, unless it is there.", size=about.download_megabytes))
    for name in ("image_size", "mean", "std", "validation_fraction"):
        chosen[name] = setting(DataConfig, name, getattr(data, name), key=_key(draft, f"data.{name}"))
    return chosen


def _optimizer(draft: Draft, basic: dict[str, Any]) -> dict[str, Any]:
    """Which optimizer, and its settings beyond the learning rate, which is among the basic ones."""
    explanation = _("How gradients become steps. SGD is the plain way; Adam gives every weight a step size of its own.")
    return _choice(draft, "optimizer", _("Optimizer"), explanation, OPTIMIZERS, labels.OPTIMIZERS, basic)


def _scheduler(draft: Draft) -> dict[str, Any]:
    current = draft.config.scheduler.model_dump()
    label = _("Learning rate over time")
    explanation = _(
        "Large steps find the valley, small ones its bottom: a schedule lowers the learning rate as it goes."
    )
    return _choice(draft, "scheduler", label, explanation, SCHEDULERS, labels.SCHEDULERS, current)


def _choice(
    draft: Draft,
    group: str,
    label: str,
    explanation: str,
    classes: Mapping[str, Any],
    names: Mapping[str, str],
    current: dict[str, Any],
) -> dict[str, Any]:
    """One of several kinds, each with settings of its own."""
    kind = st.selectbox(
        label,
        list(classes),
        index=list(classes).index(current["name"]),
        format_func=lambda name: _(names[name]),
        key=_key(draft, f"{group}.name"),
        help=explanation,
    )
    chosen = classes[kind]
    values = current if kind == current["name"] else chosen().model_dump()
    fields = [name for name in chosen.model_fields if name not in ("name", "lr")]
    return values | {
        name: setting(chosen, name, values[name], key=_key(draft, f"{group}.{kind}.{name}")) for name in fields
    }


def _run(draft: Draft) -> dict[str, Any]:
    config = draft.config
    options = {"loss": labels.LOSSES, "precision": labels.PRECISIONS, "device": labels.DEVICES}
    fields = ("loss", "shuffle", "early_stopping", "seed", "precision", "device", "threads")
    return {
        name: setting(RunConfig, name, getattr(config, name), key=_key(draft, name), options=options.get(name))
        for name in fields
    }


def _key(draft: Draft, path: str) -> str:
    return f"{draft.generation}-{path}"
