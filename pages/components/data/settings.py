"""Size, normalisation and split of the images, in an expander above the tabs."""

from typing import Any

import streamlit as st

from core.config import DataConfig, with_settings
from core.data import catalog
from core.data.own import stored
from core.errors import ConfigError
from pages.components.data.view import View
from pages.components.shell.i18n import _, said
from pages.components.shell.layout import show_error
from pages.components.widgets.setting import point_settings, setting

# The first four are of pixels.
_FIELDS = ("image_size", "center_crop", "mean", "std", "validation_fraction", "split_seed", "per_class")


def data_settings(view: View) -> bool:
    """Draws the widgets and any problems; returns whether the settings are valid."""
    has_points = catalog.has_points(view.config.data)
    chosen: dict[str, Any] = {}
    if has_points:
        cloud = point_settings(view.config.data.points, lambda name: view.key(f"points.{name}"))
        chosen = {f"data.points.{name}": value for name, value in cloud.items()}
    title = _("Split") if has_points else _("Size, normalisation and split")
    with st.expander(title, icon=":material/tune:"):
        columns = st.columns(3)
        for number, name in enumerate(_FIELDS[4:] if has_points else _FIELDS):
            with columns[number % 3]:
                value = getattr(view.config.data, name)
                chosen[f"data.{name}"] = setting(DataConfig, name, value, key=view.key(name))
        if stored.is_name(view.dataset):
            _validation_number(view)
    fits = apply(view, chosen)
    problems = catalog.problems(view.config.data)
    for problem in problems:
        st.error(said(problem.message), icon=":material/error:")
    return fits and not problems


def apply(view: View, changes: dict[str, Any]) -> bool:
    """Change the view's settings, given by dotted path; False, and an error, for values that aren't allowed."""
    try:
        view.config = with_settings(view.config, changes)
    except ConfigError as error:
        show_error(error)
        return False
    return True


def _validation_number(view: View) -> None:
    """Sets the validation share by a number of images."""
    total = sum(catalog.info(view.dataset).splits.values()) if catalog.exists(view.dataset) else 0
    if total < 2:
        return

    def set_share() -> None:
        number = st.session_state[key]
        if number:
            st.session_state[view.key("validation_fraction")] = min(0.5, round(number / total, 6))

    key = view.key("validation_number")
    st.number_input(
        _("Number of validation images"),
        1,
        total // 2,
        None,
        placeholder="–",
        key=key,
        on_change=set_share,
        width=220,
        help=_("Sets the share above to about this many images. Every class gives the same share."),
    )
