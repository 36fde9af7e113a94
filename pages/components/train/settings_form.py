"""The settings of a new run: recipe, basic settings, and all others in an expander."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.config import (
    FIRST_FORMULA,
    FORMULA,
    OPTIMIZERS,
    SCHEDULERS,
    Activation,
    DataConfig,
    RunConfig,
    parse,
)
from core.config.links import SIGNS, from_link
from core.config.variants import with_activation
from core.data.catalog import POINTS, has_points, info, usual
from core.errors import ClassroomError, ConfigError, Problem
from core.recipes import recipe, recipes
from pages.components.shell import access, address, classroom, labels, state
from pages.components.shell.glossary import explained
from pages.components.shell.i18n import _
from pages.components.shell.images import dataset_titles
from pages.components.shell.layout import show_error
from pages.components.shell.links import FIRST_RECIPE, FOLLOWS, link_to_data, say_foreign, settings_link
from pages.components.shell.state import Draft
from pages.components.train.hints import changed_setting, hint
from pages.components.train.network_choice import OWN, with_network
from pages.components.widgets.setting import point_settings, setting

MIXED = "mixed"


def current_draft() -> Draft:
    """The draft of this session, or a new one from the link.

    A link is `?recipe=NAME` with the settings that differ from it by dotted path, as on the command line. Invalid
    settings are ignored, with an error.
    """
    wanted = address.settings()
    kept = state.draft()
    if kept and wanted in ({}, kept.link):
        kept.config = classroom.with_board(kept.config)
        return kept
    name = wanted.pop("recipe", FIRST_RECIPE)
    follows = wanted.pop(FOLLOWS, None)
    draft = _from_link(name, wanted, generation=kept.generation + 1 if kept else 0)
    draft.config = classroom.with_board(draft.config)
    draft.follows = follows
    # Set now, because input while the page is drawn interrupts this run before it rewrites the link.
    draft.link = address.settings()
    state.keep_draft(draft)
    return draft


def say_left_out(draft: Draft) -> None:
    """What the link brought in vain: names that aren't settings, and mistakes until something else is chosen."""
    if draft.arrived:
        say_foreign(draft.arrived)
        if draft.arrived.problems and draft.config == draft.arrived.config:
            show_error(ConfigError(draft.arrived.problems))


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
    try:
        info(config.data.dataset)  # imported images may be gone
        access.check_images(config.data.dataset)
        if config.transfer.of_run:
            access.check_images(access.run_of(config.transfer.weights).config.data.dataset)
    except ClassroomError as error:
        show_error(error)
        config = base
    return Draft(name, config, generation, arrived=arrived)


def rewrite_link(draft: Draft) -> None:
    """Write the draft into the address, so that it can be shared."""
    draft.link = settings_link(draft.recipe, draft.config) | ({FOLLOWS: draft.follows} if draft.follows else {})
    key = access.key_of_images(draft.config.data.dataset)
    address.replace(draft.link | ({address.KEY: key} if key else {}))


def settings_form(draft: Draft) -> ConfigError | None:
    """Show all settings except the layers, and write them into the draft. Returns problems."""
    _recipe(draft)
    settings = draft.config.model_dump(mode="json")
    settings |= _basic(draft)
    wrong = _formula(draft, settings)
    below = st.container()
    with st.expander(_("More settings")):
        data, optimizer, rest = st.tabs([_("Data"), _("Optimizer"), _("Run")])
        with data:
            settings["data"] = _data(draft)
        with optimizer:
            settings["optimizer"] = _optimizer(draft, settings["optimizer"])
            settings["scheduler"] = _scheduler(draft)
        with rest:
            settings |= _run(draft)
    before = draft.config
    try:
        draft.config = parse(settings)
    except ConfigError as error:
        return error
    draft.changed = changed_setting(before, draft.config) or draft.changed
    with below:
        hint(draft)
    with data:
        st.page_link(
            address.DATA_PAGE,
            label=_("Look at these images, change or augment them"),
            icon=":material/image:",
            query_params=link_to_data(draft.config),
        )
    if draft.config.optimizer.name != before.optimizer.name:
        rewrite_link(draft)
        st.rerun()  # the widget of the old learning rate is already drawn
    return wrong


def _recipe(draft: Draft) -> None:
    names = list(recipes())

    def choose() -> None:
        name = st.session_state[key]
        # A browser may send the values of an old form again, which Streamlit treats as a change.
        if state.draft() is draft and name != draft.recipe:
            state.keep_draft(Draft(name, recipe(name).config, draft.generation + 1))
            address.replace({"recipe": name})

    key = f"recipe-{draft.generation}"
    st.selectbox(
        _("Recipe"),
        names,
        index=names.index(draft.recipe),
        format_func=lambda name: _(recipes()[name].title),
        key=key,
        on_change=choose,
        disabled=classroom.any_locked(),
        help=classroom.locked_help()
        if classroom.any_locked()
        else _("Ready-made settings. You can change all of them."),
    )
    st.caption(_(recipes()[draft.recipe].teaches))


def _basic(draft: Draft) -> dict[str, Any]:
    """The basic settings, for beginners."""
    config = draft.config
    epochs, batch = st.columns(2)
    with epochs:
        chosen = {"epochs": setting(RunConfig, "epochs", config.epochs, **_widget(draft, "epochs"))}
    with batch:
        chosen["batch_size"] = setting(RunConfig, "batch_size", config.batch_size, **_widget(draft, "batch_size"))
    rate, activation = st.columns(2)
    with rate:
        name = config.optimizer.name
        lr = setting(
            OPTIMIZERS[name], "lr", config.optimizer.lr, **_widget(draft, f"optimizer.{name}.lr", "optimizer.lr")
        )
        chosen["optimizer"] = config.optimizer.model_dump() | {"lr": lr}
    with activation:
        if config.layers:
            _activation(draft)
    return chosen


def _activation(draft: Draft) -> None:
    """The activation function of all layers. The table can change single layers."""
    used = {layer.kind for layer in draft.config.layers if isinstance(layer, Activation)}
    several = {MIXED: _("Mixed") if used else _("None")} if len(used) != 1 else {}
    names = several | labels.ACTIVATION_NAMES | {FORMULA: _(labels.OWN_FORMULA)}

    def choose() -> None:
        kind = st.session_state[key]
        if kind not in (MIXED, shown):
            draft.config = with_activation(draft.config, kind, FIRST_FORMULA if kind == FORMULA else None)
            draft.generation += 1
            draft.changed = "activation"

    shown = used.pop() if len(used) == 1 else MIXED
    key = _key(draft, "activation")
    st.selectbox(
        _("Activation"),
        list(names),
        index=list(names).index(shown),
        format_func=names.__getitem__,
        key=key,
        on_change=choose,
        disabled=classroom.is_locked("model.layers"),
        help=explained(_("Changes the function of all layers."), "Activation function"),
    )


def _formula(draft: Draft, settings: dict[str, Any]) -> ConfigError | None:
    """The formula of all activation layers, where they have one and the same. Returns why it can't be used."""
    used = {layer for layer in draft.config.layers if isinstance(layer, Activation)}
    if len(used) != 1 or not (formula := next(iter(used)).formula):
        return None
    text = st.text_input(
        _("Formula"),
        formula,
        key=_key(draft, "formula"),
        disabled=classroom.is_locked("model.layers"),
        help=_(labels.FORMULA_HELP),
    )
    try:
        changed = with_activation(draft.config, FORMULA, text)
    except ConfigError as error:
        return ConfigError([Problem("", problem.message) for problem in error.problems])
    if changed != draft.config:
        draft.changed = "activation"
    settings["model"] = changed.model.model_dump(mode="json")
    return None


def _data(draft: Draft) -> dict[str, Any]:
    data = draft.config.data
    titles = dataset_titles(data.dataset)
    dataset = setting(DataConfig, "dataset", data.dataset, **_widget(draft, "dataset", "data.dataset"), options=titles)
    if dataset != data.dataset and POINTS in (dataset, data.dataset):
        _change_kind(draft, dataset)
    chosen = data.model_dump() | {"dataset": dataset}
    about = info(dataset)
    st.caption(_(about.description))
    if has_points(data):
        chosen["points"] = point_settings(data.points, lambda name: _key(draft, f"data.points.{name}"))
        name = "validation_fraction"
        return chosen | {name: setting(DataConfig, name, getattr(data, name), **_widget(draft, f"data.{name}"))}
    for name in ("image_size", "mean", "std", "validation_fraction", "per_class"):
        chosen[name] = setting(DataConfig, name, getattr(data, name), **_widget(draft, f"data.{name}"))
    return chosen


def _change_kind(draft: Draft, dataset: str) -> None:
    """From images to points or back: with the data set's usual settings and a network that fits it."""
    with_data = draft.config.model_copy(update={"data": usual(dataset)})
    draft.config = with_network(with_data, OWN)
    draft.generation += 1
    rewrite_link(draft)
    st.rerun()


def _optimizer(draft: Draft, basic: dict[str, Any]) -> dict[str, Any]:
    """The optimizer and its settings, except the learning rate, which is a basic setting."""
    explanation = explained(_("SGD is the simplest. Adam gives every weight its own step size."), "Optimizer")
    return _choice(draft, "optimizer", _("Optimizer"), explanation, OPTIMIZERS, labels.OPTIMIZERS, basic)


def _scheduler(draft: Draft) -> dict[str, Any]:
    current = draft.config.scheduler.model_dump()
    label = _("Learning rate over time")
    explanation = _(
        "A schedule lowers the learning rate during training. Large steps find the valley, small steps its bottom."
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
    """A menu of kinds, and the settings of the chosen kind."""
    kind = st.selectbox(
        label,
        list(classes),
        index=list(classes).index(current["name"]),
        format_func=lambda name: _(names[name]),
        key=_key(draft, f"{group}.name"),
        disabled=classroom.is_locked(f"{group}.name"),
        help=classroom.locked_help() if classroom.is_locked(f"{group}.name") else explanation,
    )
    chosen = classes[kind]
    values = current if kind == current["name"] else chosen().model_dump()
    fields = [name for name in chosen.model_fields if name not in ("name", "lr")]
    return values | {
        name: setting(chosen, name, values[name], **_widget(draft, f"{group}.{kind}.{name}")) for name in fields
    }


def _run(draft: Draft) -> dict[str, Any]:
    config = draft.config
    options = {"loss": labels.LOSSES, "precision": labels.PRECISIONS, "device": labels.DEVICES}
    fields = ("loss", "shuffle", "early_stopping", "seed", "precision", "device", "threads")
    return {
        name: setting(RunConfig, name, getattr(config, name), **_widget(draft, name), options=options.get(name))
        for name in fields
    }


def _widget(draft: Draft, path: str, where: str = "") -> dict[str, Any]:
    """Key and lock of the widget for this setting; `where` is its dotted path if that is another."""
    locked = classroom.locked_help() if classroom.is_locked(where or path) else ""
    return {"key": _key(draft, path), "locked": locked}


def _key(draft: Draft, path: str) -> str:
    return f"{draft.generation}-{path}"
