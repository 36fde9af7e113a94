"""The tab A batch: a grid with exactly the images that a training step gets."""

from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st

from core.config import RunConfig, with_settings
from core.data import catalog
from core.data.own import stored
from core.data.own.stored import StoredImages
from core.data.split import validation_mask
from core.errors import ConfigError
from core.figures.data import plane
from pages.components.data.view import View
from pages.components.shell.formats import count, shape
from pages.components.shell.i18n import _, plural
from pages.components.shell.images import images_of
from pages.components.widgets.image_grid import image_grid, largest_tile
from pages.components.widgets.setting import setting

if TYPE_CHECKING:
    from core.data.datasets import ImageData
    from core.data.preview import PreviewBatch, Split

LARGEST_BATCH = 1_024  # images in the grid


def batch_tab(view: View) -> None:
    """The grid of images and its controls."""
    from core.data import preview

    data = images_of(view.config.data)
    grid, controls = st.columns([3.2, 1], gap="medium")  # on a phone the grid comes first
    with controls:
        split = _choose_split()
        label = _choose_class(data.classes)
        _batch_settings(view)
        batches = max(1, preview.count(view.config, data, split, label))
        number = _choose_batch(batches)
    batch = preview.batch(view.config, data, split, number - 1, label)
    with grid:
        if not len(batch.labels):
            st.info(_("This split has no image of this class. Choose another class."))
            return
        if catalog.has_points(view.config.data):
            _plane(batch, data, split)
            st.caption(_description(batch, split, label, number, batches))
            return
        pictures = preview.smaller(preview.pictures(batch, view.config), largest_tile(len(batch.labels)))
        captions = [data.classes[label] for label in batch.labels.tolist()]
        image_grid(pictures.numpy(), captions, _details(view, batch, split, data.classes), key="batch-grid")
        st.caption(_description(batch, split, label, number, batches))


def _plane(batch: "PreviewBatch", data: "ImageData", split: "Split") -> None:
    """All points of the split, and those of the batch in full colour."""
    part = data.train if split == "train" else data.validation
    figure = plane(
        part.at(slice(None)).numpy(), part.labels.numpy(), batch.positions.numpy(), data.classes, _("not in this batch")
    )
    st.plotly_chart(figure, key="plane", alt=_("The points in the plane, those of the batch in full colour"))


def _choose_split() -> "Split":
    names = {"train": _("Training"), "validation": _("Validation")}
    chosen = st.segmented_control(
        _("Split"),
        list(names),
        default="train",
        format_func=names.__getitem__,
        key="split",
        bind="query-params",
        required=True,
        help=_("The network learns from the training images. The validation images test what it learned."),
    )
    return "validation" if chosen == "validation" else "train"


def _choose_class(classes: tuple[str, ...]) -> int | None:
    all_classes = _("All classes")
    options = [None, *range(len(classes))]
    label: int | None = st.selectbox(
        _("Class"), options, format_func=lambda number: all_classes if number is None else classes[number], key="class"
    )
    return label


def _batch_settings(view: View) -> None:
    config = view.config
    size = setting(RunConfig, "batch_size", min(config.batch_size, LARGEST_BATCH), key=view.key("batch_size"))
    seed = setting(RunConfig, "seed", config.seed, key=view.key("seed"))
    # What the fields refuse, they say; the batch stays as it was.
    with suppress(ConfigError):
        view.config = with_settings(config, {"batch_size": min(size, LARGEST_BATCH), "seed": seed})


def _choose_batch(batches: int) -> int:
    """Which batch of the first epoch, counted from 1."""
    if st.session_state.get("batch_number", 1) > batches:
        st.session_state["batch_number"] = 1

    def next_batch() -> None:
        st.session_state["batch_number"] = st.session_state["batch_number"] % batches + 1

    number = st.number_input(
        _("Batch (1 to {batches})", batches=count(batches)),
        1,
        batches,
        key="batch_number",
        help=_("Each step of the first epoch uses one batch: step 1 uses batch 1."),
    )
    st.button(_("Next batch"), icon=":material/arrow_forward:", on_click=next_batch, width="stretch", key="next")
    return int(number)


def _details(view: View, batch: "PreviewBatch", split: str, classes: tuple[str, ...]) -> list[str]:
    """A line for each image: class, index and size; for imported images also the file."""
    size = shape(tuple(batch.images.shape[-2:]))
    split_name = _("training") if split == "train" else _("validation")
    lines = [
        _(
            "{label} · image {index} of {split} · {size} pixels",
            label=classes[label],
            index=index,
            split=split_name,
            size=size,
        )
        for label, index in zip(batch.labels.tolist(), batch.positions.tolist(), strict=True)
    ]
    if not stored.is_name(view.dataset):
        return lines
    images, positions = _stored_positions(view, split)
    in_set = positions[batch.positions.numpy()]
    return [f"{line} · {file_of(images, int(position))}" for line, position in zip(lines, in_set, strict=True)]


def _stored_positions(view: View, split: str) -> tuple[StoredImages, stored.Integers]:
    """The imported images, and the positions of this split's images among them, int64 [N]."""
    images = stored.load(view.dataset)
    in_validation = validation_mask(images, view.config.data)
    return images, (in_validation if split == "validation" else ~in_validation).nonzero()[0]


def file_of(images: StoredImages, position: int) -> str:
    """A file's name and its original size in pixels, such as "Cat/1.jpg, 60×40"."""
    height, width = images.originals[position].tolist()
    return f"{images.files[position]}, {width}×{height}"


def _description(batch: "PreviewBatch", split: str, label: int | None, number: int, batches: int) -> str:
    """Which images these are, and the shape of their tensor."""
    sizes = shape(tuple(batch.images.shape))
    dtype = str(batch.images.dtype).removeprefix("torch.")
    if batch.images.ndim == 2:
        text = _("Each point has two coordinates, {shape}, {dtype}.", shape=f"`{sizes}`", dtype=f"`{dtype}`")
        return f"{plural('One point.', '{number} points.', len(batch.labels))} {text}"
    if label is not None:
        text = _("Only this class, in training order.")
    elif split == "train":
        text = _("The first epoch uses exactly these in step {number} of {batches}.", number=number, batches=batches)
    else:
        text = _("Validation images keep their order and are never changed at random.")
    tensor = _(
        "Tensor: {shape}, {dtype}, shown here without the normalisation.", shape=f"`{sizes}`", dtype=f"`{dtype}`"
    )
    return f"{plural('One image.', '{number} images.', len(batch.labels))} {text} {tensor}"
