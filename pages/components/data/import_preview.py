"""What an import would bring, before anything is decoded: classes, counts, what is left out; and what to decide."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import streamlit as st

from core.data.own.encodings import PAGES
from core.data.own.entries import Reading, Source, similar
from core.messages import say
from pages.components.shell.formats import count
from pages.components.shell.i18n import _, escaped, plural, said

Open = Callable[[str | None], Source]  # the source, its names read with a code page (None: the likeliest)
_KEPT = "classroom.data.preview"  # the last preview, with what it is of
_EXAMPLES = 4  # class names that stand for a way to read them
_SKIPPED = 200  # files that are listed
_AT_SIGHT = 5  # files that are listed without a click


@dataclass(frozen=True)
class _Preview:
    """What a source says of itself; the source itself is closed again."""

    readings: tuple[Reading, ...]
    undecided: bool
    spellings: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Decision:
    """How the images are to be imported."""

    encoding: str | None
    reading: str | None
    merge: bool

    def applied(self, open_source: Open) -> Source:
        """The source, read so. Raises DataError."""
        source = open_source(self.encoding)
        if self.reading and source.readings:
            source = source.read_as(self.reading)
        return source.merged() if self.merge else source


def decide(open_source: Open, key: str) -> Decision | None:
    """Show what would be imported. None until a person has decided what only they know.

    Args:
        open_source: Lists the images; called again only where `key` or the code page changes.
        key: Tells one choice of files from another.

    Raises:
        DataError: there is nothing to import.
    """
    encoding = _chosen_encoding(open_source, key)
    found = _previewed(open_source, key, encoding)
    reading = _choose_reading(found, key)
    if reading is None:
        return None
    merge = _offer_merge(reading, key)
    _show(reading, merge)
    return Decision(encoding, reading.key or None, merge)


def _previewed(open_source: Open, key: str, encoding: str | None) -> _Preview:
    """The preview, kept for as long as the files are the same."""
    kept = st.session_state.get(_KEPT)
    if kept and kept[0] == (key, encoding):
        preview: _Preview = kept[1]
        return preview
    with st.spinner(_("Reading the list of files")), closing(open_source(encoding)) as source:
        only = Reading("", say("Each image has its class"), tuple(source.entries), tuple(source.skipped))
        found = _Preview(source.readings or (only,), source.undecided, dict(source.spellings))
    st.session_state[_KEPT] = ((key, encoding), found)
    return found


def _chosen_encoding(open_source: Open, key: str) -> str | None:
    """The menu of code pages, where an archive doesn't say which one its names are in."""
    likeliest = st.session_state.get(f"{_KEPT}.spellings.{key}")
    if likeliest is None:
        likeliest = _previewed(open_source, key, None).spellings
        st.session_state[f"{_KEPT}.spellings.{key}"] = likeliest
    if len(likeliest) < 2:
        return None
    spelled = {page: ", ".join(map(_plain, names[:_EXAMPLES])) for page, names in likeliest.items()}
    page: str = st.selectbox(
        _("Spelling of the names"),
        list(spelled),
        format_func=lambda page: f"{spelled[page]} · {PAGES[page]}",
        key=f"encoding-{key}",
        help=_("This archive doesn't say how its names are written. Choose the line that reads right."),
    )
    return page


def _plain(name: str) -> str:
    from core.data.own.names import display

    return display(name, 24)


def _choose_reading(found: _Preview, key: str) -> Reading | None:
    if len(found.readings) == 1:
        if found.readings[0].key in ("table", "names"):
            st.info(f"{said(found.readings[0].title)}.", icon=":material/label:")
        return found.readings[0]
    by_key = {reading.key: reading for reading in found.readings}
    chosen = st.radio(
        _("What names the class?"),
        list(by_key),
        index=None if found.undecided else 0,
        format_func=lambda one: said(by_key[one].title),
        captions=[_examples(reading) for reading in found.readings],
        key=f"reading-{key}",
    )
    return by_key[chosen] if chosen else None


def _examples(reading: Reading) -> str:
    """The first classes with their numbers of images."""
    counts = Counter(entry.label for entry in reading.entries)
    shown = ", ".join(f"{escaped(name)} ({count(counts[name])})" for name in islice(reading.classes, _EXAMPLES))
    more = len(reading.classes) - _EXAMPLES
    return shown if more <= 0 else f"{shown}, " + plural("one more", "{number} more", more)


def _offer_merge(reading: Reading, key: str) -> bool:
    groups = similar(Counter(entry.label for entry in reading.entries))
    if not groups:
        return False
    names = "; ".join(", ".join(map(escaped, group)) for group in groups[:_EXAMPLES])
    st.warning(_("These classes look like the same one: {names}.", names=names), icon=":material/merge:")
    return st.checkbox(_("Merge them"), value=True, key=f"merge-{key}")


def _show(reading: Reading, merge: bool) -> None:
    """The classes with their counts, and what is left out."""
    source = Source(list(reading.entries), list(reading.skipped))
    if merge:
        source = source.merged()
    held = Counter(entry.label for entry in source.entries if entry.validation)
    counts = source.counts()
    split = any(entry.validation is not None for entry in source.entries)
    total = len(source.entries)
    images = plural("One image", "{number} images", total).replace(str(total), count(total))
    classes = plural("one class", "{number} classes", len(counts))
    st.markdown(_("**{images}** in {classes}", images=images, classes=classes))
    if len(counts) < 2:
        st.warning(
            _(
                "All images are in one class, {name}. Add images of a second one: a network learns by telling things "
                "apart.",
                name=escaped(next(iter(counts))),
            ),
            icon=":material/folder_off:",
        )
    columns: dict[str, list[object]] = {_("Class"): list(counts)}
    if split:
        columns[_("Training")] = [counts[name] - held[name] for name in counts]
        columns[_("Validation")] = [held[name] for name in counts]
    else:
        columns[_("Images")] = list(counts.values())
    st.dataframe(columns, hide_index=True, width=420, height=min(38 + 35 * len(counts), 250), key="preview-table")
    if source.skipped:
        label = plural("One file is left out", "{number} files are left out", len(source.skipped))
        with st.expander(label, expanded=len(source.skipped) <= _AT_SIGHT):
            lines = [f"- {escaped(one.name)}: {said(one.reason)}" for one in source.skipped[:_SKIPPED]]
            st.markdown("\n".join(lines))
