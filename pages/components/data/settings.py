"""How images become numbers: size, normalising and split, folded away above the tabs."""

from typing import Any

import streamlit as st

from core.config import DataConfig, with_settings
from core.data import catalog
from core.data.own import stored
from core.errors import ConfigError
from pages.components.data.view import View
from pages.components.shell.i18n import _, said
from pages.components.shell.layout import show_error
from pages.components.widgets.setting import setting

_FIELDS = ("image_size", "center_crop", "mean", "std", "validation_fraction", "split_seed")


def data_settings(view: View) -> bool:
    """The settings' widgets. Whether the data can be used with them; if not, it is told what to do."""
    with st.expander(_("Size, normalising and split"), icon=":material/tune:"):
        columns = st.columns(3)
        chosen: dict[str, Any] = {}
        for place, name in enumerate(_FIELDS):
            with columns[place % 3]:
                value = getattr(view.config.data, name)
                chosen[f"data.{name}"] = setting(DataConfig, name, value, key=view.key(name))
        if stored.is_name(view.dataset):
            _held_out_by_number(view)
    apply(view, chosen)
    problems = catalog.problems(view.config.data)
    for problem in problems:
        st.error(said(problem.message), icon=":material/error:")
    return not problems


def apply(view: View, changes: dict[str, Any]) -> None:
    """Put settings by dotted path into the view; what can't be is told."""
    try:
        view.config = with_settings(view.config, changes)
    except ConfigError as error:
        show_error(error)


def _held_out_by_number(view: View) -> None:
    """The share to hold out, chosen as a number of images."""
    total = sum(catalog.info(view.dataset).splits.values()) if catalog.exists(view.dataset) else 0
    if total < 2:
        return

    def choose() -> None:
        number = st.session_state[key]
        if number:
            st.session_state[view.key("validation_fraction")] = min(0.5, round(number / total, 6))

    key = view.key("held_out_number")
    st.number_input(
        _("Or hold out so many images"),
        1,
        total // 2,
        None,
        placeholder="–",
        key=key,
        on_change=choose,
        width=220,
        help=_("About so many in all, the same share of each class."),
    )
