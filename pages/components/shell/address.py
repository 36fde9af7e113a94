"""The page's address: the one place that reads it, writes it and leads to another page.

Whatever stands in an address comes from outside. Here it gets its bounds, so that a page never sees a value that is
longer than anything it could mean, a control character, or a number that Python refuses to read.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath
from typing import TypeVar
from urllib.parse import urlsplit

import streamlit as st

from core.config.links import SIGNS

HOME_PAGE = "streamlit_app.py"
DATA_PAGE = "pages/1_Data.py"
TRAIN_PAGE = "pages/2_Train.py"
RUNS_PAGE = "pages/3_Runs.py"
ACTIVATIONS_PAGE = "pages/4_Activations.py"
PREDICT_PAGE = "pages/5_Predict.py"
DESCENT_PAGE = "pages/6_Gradient_Descent.py"
CLASS_PAGE = "pages/7_Class.py"
PAGES = (HOME_PAGE, DATA_PAGE, TRAIN_PAGE, RUNS_PAGE, ACTIVATIONS_PAGE, PREDICT_PAGE, DESCENT_PAGE, CLASS_PAGE)

KEY = "key"  # opens a run or images that aren't for everybody, see `access`; no setting

LONGEST_NAME = 120  # letters of a name or an id
LONGEST_SETTING = 8_000  # letters: a hundred layers take 5,000
MOST_SETTINGS = 100
_DIGITS = 9  # of a whole number

Name = TypeVar("Name", bound=str)


def this_page() -> str:
    """The file of the page that is shown."""
    last = urlsplit(str(st.context.url or "")).path.rpartition("/")[2]
    return next((page for page in PAGES if PurePath(page).stem.lstrip("0123456789_") == last), HOME_PAGE)


def root() -> str:
    """The full address of the app, without a slash at its end."""
    parts = urlsplit(str(st.context.url or ""))
    page = "" if this_page() == HOME_PAGE else parts.path.rpartition("/")[2]
    return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix(page).rstrip('/')}"


def text(name: str, longest: int = LONGEST_NAME) -> str:
    """A value of the address, "" where there is none. At most `longest` letters, none of them a control character.

    A name or an id is read without the signs that a sentence leaves behind a link.
    """
    written = _bounded(st.query_params.get(name, ""), longest)
    return written.rstrip(SIGNS) if longest == LONGEST_NAME else written


def names(name: str, most: int) -> list[str]:
    """The names of `?name=A,B,C`, each once, at most so many."""
    parts = text(name, (LONGEST_NAME + 1) * most).rstrip(SIGNS).split(",")
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))[:most]


def whole(name: str) -> int | None:
    """A whole number from 0; None where the address has none."""
    return number_of(text(name))


def number_of(written: str) -> int | None:
    """A whole number from 0 of at most nine digits; None for anything else."""
    return int(written) if written.isascii() and written.isdigit() and len(written) <= _DIGITS else None


def choice(name: str, options: Iterable[Name], usual: Name) -> Name:
    """The option that the address names, else the usual one."""
    written = text(name)
    return next((option for option in options if option == written), usual)


def settings(wanted: Callable[[str], bool] = lambda _name: True) -> dict[str, str]:
    """The settings in the address, by dotted path; at most a hundred."""
    found = [name for name in st.query_params if name != KEY and wanted(name)][:MOST_SETTINGS]
    return {_bounded(name, LONGEST_NAME): text(name, LONGEST_SETTING) for name in found}


def put(name: str, value: str) -> None:
    """Change one value of the address; an empty one takes it out."""
    if not value:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def replace(query: Mapping[str, str]) -> None:
    """Make this the address's whole query. No widget may be bound to a name in it."""
    if st.query_params.to_dict() != dict(query):
        st.query_params.from_dict(query)


def go(page: str, query: Mapping[str, str] | None = None) -> None:
    """Show a page, also another view of this one, at an address with this query and nothing else.

    There always is a query: without one Streamlit clears the address, and refuses to where a widget is bound to it.
    """
    st.switch_page(page, query_params=dict(query or {}))


def _bounded(written: str, longest: int) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in written[:longest])
