"""The tab Checks and labels: problems of imported images, and how to correct their labels."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.config import DataConfig
from core.data import catalog
from core.data.own import checks, stored
from core.data.own.checks import Finding
from core.data.own.squares import square
from core.data.own.stored import Choices, StoredImages
from core.data.split import validation_mask
from core.errors import DataError
from core.recipes import recipe
from core.runs import owner_actions
from pages.components.data.batch import file_of
from pages.components.data.view import View, change
from pages.components.shell import identity, state
from pages.components.shell.formats import count
from pages.components.shell.i18n import _, escaped, plural, said
from pages.components.shell.images import mapped
from pages.components.shell.layout import errors_shown
from pages.components.shell.links import FIRST_RECIPE
from pages.components.shell.queue import store
from pages.components.shell.state import Draft
from pages.components.widgets.image_grid import image_grid

_TILE = 96  # pixels of a picture that is sent to the browser
_SHOWN = 24  # images of a finding
_PAGE = 60  # images on a page of the label editor


@st.cache_data(max_entries=50, show_spinner=False)
def findings_of(name: str, fraction: float, split_seed: int) -> list[Finding]:
    """`checks.inspect`, cached: a set never changes under its name."""
    images = stored.load(name)
    data = DataConfig(dataset=name, validation_fraction=fraction, split_seed=split_seed)
    return checks.inspect(images, validation_mask(images, data))


def checks_tab(view: View) -> None:
    """The findings, then the label editor."""
    if not stored.is_name(view.dataset):
        st.info(_("The built-in images need no checks. Import your own images to check them here."))
        return
    try:
        images = stored.load(view.dataset)
        with st.spinner(_("Comparing images")):
            findings = findings_of(view.dataset, view.config.data.validation_fraction, view.config.data.split_seed)
    except DataError as error:
        st.error(said(error.message), icon=":material/error:")
        return
    _summary(images)
    _merged(view, images)
    if not findings:
        st.success(_("No problems found. The images are ready for training."), icon=":material/check_circle:")
    for number, finding in enumerate(findings):
        _finding(view, images, finding, number)
    st.subheader(_("Correct the labels"), anchor=False)
    _label_editor(view, images)
    _undo_and_delete(view, images)


def _summary(images: StoredImages) -> None:
    total, skipped = len(images), len(images.skipped)
    out, changed = len(images.choices.excluded), len(images.choices.labels)
    parts = [
        plural("One image", "{number} images", total).replace(str(total), count(total)),
        plural("one class", "{number} classes", len(images.classes)),
        *([plural("one file skipped", "{number} files skipped", skipped)] if skipped else []),
        *([plural("one left out", "{number} left out", out)] if out else []),
        *([plural("one relabelled", "{number} relabelled", changed)] if changed else []),
    ]
    st.markdown(" · ".join(parts))


def _merged(view: View, images: StoredImages) -> None:
    """The classes that were merged, and how to part them again."""
    if not images.choices.merged:
        return
    names = stored.load(stored.base_name(images.name)).classes
    pairs = ", ".join(
        f"{escaped(names[one])} → {escaped(names[other])}" for one, other in images.choices.merged.items()
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_("Merged classes: {pairs}", pairs=pairs), width="content")
        if st.button(_("Undo the merge"), icon=":material/undo:", key="unmerge"):
            _apply(view, images, images.choices.unmerged())


def _finding(view: View, images: StoredImages, finding: Finding, number: int) -> None:
    icon = ":material/error:" if finding.serious else ":material/info:"
    with st.container(border=True):
        left, right = st.columns([4, 1], vertical_alignment="center")
        severity = _("**Problem:**") if finding.serious else _("**Note:**")
        left.markdown(f"{icon} {severity} {said(finding.message)} {said(finding.remedy)}")
        if finding.exclude:
            label = plural("Leave out one image", "Leave out {number} images", len(finding.exclude))
            if right.button(label, key=f"remedy-{number}", width="stretch"):
                _apply(view, images, checks.remedied(images, finding))
        if finding.kind == "spellings" and right.button(
            _("Merge"), icon=":material/merge:", key="merge-classes", width="stretch"
        ):
            _apply(view, images, checks.merged(images))
        if finding.kind == "unreadable":
            with st.expander(_("Show the files")):
                rows = [{_("File"): one.name, _("Reason"): str(one.reason)} for one in images.skipped[:500]]
                st.dataframe(rows, hide_index=True)
        elif finding.positions:
            with st.expander(_("Show the images"), expanded=finding.serious and bool(finding.groups)):
                _gallery(images, finding.positions[:_SHOWN], key=f"finding-{number}")
                if len(finding.positions) > _SHOWN:
                    st.caption(_("The first {shown} of {number}.", shown=_SHOWN, number=count(len(finding.positions))))


def _gallery(images: StoredImages, positions: Sequence[int], *, key: str, selectable: bool = False) -> list[int]:
    """A grid of images with class and file; returns the positions of the selected ones."""
    pictures = np.stack([square(images.image(position), _TILE) for position in positions])
    captions = [images.classes[images.labels[position]] for position in positions]
    details = [
        f"{caption} · {file_of(images, position)}" for caption, position in zip(captions, positions, strict=True)
    ]
    marked = image_grid(pictures, captions, details, key=key, tile=88, selectable=selectable)
    return [positions[tile] for tile in marked]


def _label_editor(view: View, images: StoredImages) -> None:
    """Browse a class, select wrong images, and leave them out or change their class."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        options = [None, *range(len(images.classes))]
        all_classes = _("All classes")
        label = st.selectbox(
            _("Show class"),
            options,
            format_func=lambda number: all_classes if number is None else images.classes[number],
            key="clean_class",
            width=260,
        )
        positions = np.flatnonzero(images.labels == label) if label is not None else np.arange(len(images))
        pages = max(1, -(-len(positions) // _PAGE))
        page = st.number_input(_("Page (1 to {pages})", pages=pages), 1, pages, key=f"clean_page-{pages}", width=140)
    if not len(positions):
        st.info(_("This class has no images."))
        return
    on_page = [int(position) for position in positions[(page - 1) * _PAGE : page * _PAGE]]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        bar = st.container(horizontal=True, vertical_alignment="bottom")
    marked = _gallery(images, on_page, key="cleaner", selectable=True)
    with bar:
        _actions(view, images, marked)


def _actions(view: View, images: StoredImages, marked: list[int]) -> None:
    rows = images.rows[marked].tolist()
    hint = _("Select images in the grid first.") if not marked else None
    label = plural("Leave out one image", "Leave out {number} images", len(marked)) if marked else _("Leave out")
    if st.button(label, icon=":material/visibility_off:", disabled=not marked, help=hint, key="leave_out"):
        _apply(view, images, images.choices.without(rows))
    target = st.selectbox(
        _("Correct class"), range(len(images.classes)), format_func=images.classes.__getitem__, key="target", width=220
    )
    if st.button(_("Move to this class"), icon=":material/label:", disabled=not marked, help=hint, key="relabel"):
        _apply(view, images, images.choices.relabelled(dict.fromkeys(rows, images.numbers[target])))


def _apply(view: View, images: StoredImages, choices: Choices) -> None:
    """Store the choices and open the set that they make: the same images under a new name."""
    with errors_shown():
        name = stored.choose(images.name, choices)
        change(view, view.config.data.model_copy(update={"dataset": name}))
        st.rerun()


def _undo_and_delete(view: View, images: StoredImages) -> None:
    with st.container(horizontal=True):
        if images.choices != Choices() and st.button(_("Undo all changes"), icon=":material/undo:", key="take_back"):
            _apply(view, images, Choices())
        if stored.base_name(images.name) in [one.name for one in stored.listed(identity.owner())]:
            with st.popover(_("Delete these images"), icon=":material/delete:"):
                st.markdown(
                    _("This deletes the images and your runs on them, with all their pictures. It can't be undone.")
                )
                if st.button(_("Delete permanently"), key="delete"):
                    with errors_shown():
                        owner_actions.delete_images(store(), images.name, owner=identity.owner())
                        mapped.clear()  # which would hold them in memory
                        _forget_draft(images.name)
                        change(view, catalog.usual("digits"))
                        st.rerun()


def _forget_draft(name: str) -> None:
    """Reset the settings on the page Train if they use the deleted images."""
    draft = state.draft()
    used = draft.config.data.dataset if draft else ""
    if draft and stored.is_name(used) and stored.base_name(used) == stored.base_name(name):
        state.keep_draft(Draft(FIRST_RECIPE, recipe(FIRST_RECIPE).config, draft.generation + 1))
