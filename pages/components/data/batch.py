"""The tab Batch: a grid of exactly what a training step gets."""

from typing import TYPE_CHECKING

import streamlit as st

from core.config import RunConfig
from core.data.own import stored
from core.data.own.stored import StoredImages
from pages.components.data.view import View
from pages.components.shell.formats import count, shape
from pages.components.shell.i18n import _, plural
from pages.components.shell.images import images_of
from pages.components.widgets.image_grid import image_grid, largest_tile
from pages.components.widgets.setting import setting

if TYPE_CHECKING:
    from core.data.preview import Look, Split

LARGEST_BATCH = 1_024  # to be looked at


def batch_tab(view: View) -> None:
    """The grid and its controls."""
    from core.data import preview

    data = images_of(view.config.data)
    grid, controls = st.columns([3.2, 1], gap="medium")  # on a phone the grid comes first
    with controls:
        split = _split()
        label = _label(data.classes)
        _batch_settings(view)
        batches = max(1, preview.count(view.config, data, split, label))
        number = _number(batches)
    seen = preview.batch(view.config, data, split, number - 1, label)
    with grid:
        if not len(seen.labels):
            st.info(_("There is no image of this class here. Choose another."))
            return
        pictures = preview.smaller(preview.pictures(seen, view.config), largest_tile(len(seen.labels)))
        captions = [data.classes[number] for number in seen.labels.tolist()]
        image_grid(pictures.numpy(), captions, _details(view, seen, split, data.classes), key="batch-grid")
        _explain(view, seen, split, label, number, batches)


def _split() -> "Split":
    names = {"train": _("Training"), "validation": _("Validation")}
    chosen = st.segmented_control(
        _("Split"),
        list(names),
        default="train",
        format_func=names.__getitem__,
        key="split",
        bind="query-params",
        required=True,
        help=_("The network learns from the training images and is checked with the validation images."),
    )
    return "validation" if chosen == "validation" else "train"


def _label(classes: tuple[str, ...]) -> int | None:
    every = _("All classes")
    options = [None, *range(len(classes))]
    label: int | None = st.selectbox(
        _("Class"), options, format_func=lambda number: every if number is None else classes[number], key="class"
    )
    return label


def _batch_settings(view: View) -> None:
    config = view.config
    size = setting(RunConfig, "batch_size", min(config.batch_size, LARGEST_BATCH), key=view.key("batch_size"))
    seed = setting(RunConfig, "seed", config.seed, key=view.key("seed"))
    # Validated by the widgets' own limits.
    view.config = config.model_copy(
        update={"batch_size": min(size, LARGEST_BATCH) if size else config.batch_size, "seed": seed or 0}
    )


def _number(batches: int) -> int:
    """Which batch of the first epoch, counted from 1."""
    if st.session_state.get("batch_number", 1) > batches:
        st.session_state["batch_number"] = 1

    def following() -> None:
        st.session_state["batch_number"] = st.session_state["batch_number"] % batches + 1

    number = st.number_input(
        _("Batch, of {batches}", batches=count(batches)),
        1,
        batches,
        key="batch_number",
        help=_("Which step of the first epoch gets these images."),
    )
    st.button(_("Next batch"), icon=":material/arrow_forward:", on_click=following, width="stretch", key="next")
    return int(number)


def _details(view: View, seen: "Look", split: str, classes: tuple[str, ...]) -> list[str]:
    """What is told of each image: class, index, size; of one's own also the file."""
    size = shape(tuple(seen.images.shape[-2:]))
    where = _("training") if split == "train" else _("validation")
    lines = [
        _(
            "{label} · image {index} of {split} · {size} pixels",
            label=classes[label],
            index=index,
            split=where,
            size=size,
        )
        for label, index in zip(seen.labels.tolist(), seen.positions.tolist(), strict=True)
    ]
    if not stored.is_name(view.dataset):
        return lines
    images, positions = own_positions(view, split)
    chosen = positions[seen.positions.numpy()]
    return [f"{line} · {file_of(images, int(position))}" for line, position in zip(lines, chosen, strict=True)]


def own_positions(view: View, split: str) -> tuple[StoredImages, stored.Integers]:
    """One's own images, and which of them are in this split."""
    from core.data.datasets import validation_mask

    images = stored.load(view.dataset)
    held = validation_mask(images, view.config.data)
    return images, (held if split == "validation" else ~held).nonzero()[0]


def file_of(images: StoredImages, position: int) -> str:
    """A file's name and the size it came in."""
    height, width = images.originals[position].tolist()
    return f"{images.files[position]}, {width}×{height}"


def _explain(view: View, seen: "Look", split: str, label: int | None, number: int, batches: int) -> None:
    sizes = shape(tuple(seen.images.shape))
    kind = str(seen.images.dtype).removeprefix("torch.")
    if label is not None:
        text = _("Only this class, in the order in which training meets it.")
    elif split == "train":
        text = _(
            "Exactly what step {number} of {batches} of the first epoch learns from.", number=number, batches=batches
        )
    else:
        text = _("Validation images keep their order and are never changed at random.")
    tensor = _("One tensor: {shape}, {dtype}; normalisation undone to show it.", shape=f"`{sizes}`", dtype=f"`{kind}`")
    st.caption(f"{plural('One image.', '{number} images.', len(seen.labels))} {text} {tensor}")
