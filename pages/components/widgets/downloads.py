"""Links to files that the server makes when they are followed. `downloads.js` is the other half.

Streamlit's own download button keeps such a file only until the page is drawn again a second time, by anybody: where a
class watches its runs, that is a blink, and the browser finds nothing.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from pages.components.widgets import assets


@dataclass(frozen=True)
class Download:
    """One file: `address` relative to the app's base, None where it can't be had and `about` says why."""

    label: str
    address: str | None
    name: str  # under which the browser keeps it
    about: str = ""
    primary: bool = False


def download_links(files: Sequence[Download], *, key: str) -> None:
    """A line for each file."""
    _links(key=key, data={"files": [asdict(file) for file in files]})


_links = st.components.v2.component("classroom_downloads", js=assets.loader(__file__))
