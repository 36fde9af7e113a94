"""Sets that say where things lie in an image (YOLO, COCO, VOC, masks) instead of which class it has."""

import json
from collections.abc import Sequence
from pathlib import PurePosixPath

from core.data.own.entries import File
from core.data.own.split_names import words_of
from core.errors import DataError
from core.messages import Message, say

_MAX_BYTES = 50 * 2**20
_MATCHING = 0.5  # the share of images that have a file of their own beside them
_MASKS = frozenset(
    ["mask", "masks", "segmentation", "segmentations", "segmentationclass", "segmentationobject", "groundtruth", "gt"]
)

Parts = tuple[str, ...]


def refusal(images: Sequence[Parts], others: Sequence[File]) -> DataError | None:
    """Why such a set can't be learned from, and what it would need. None where it is another kind of set."""
    kind = _kind(images, others)
    if kind == "masks":
        return DataError(
            say(
                "This is a set for segmentation: masks say which pixels belong to a thing. Networks here name one "
                "class for each whole image. Put the images of each class into a folder with its name."
            )
        )
    if kind:
        return DataError(
            say(
                "This is a set for object detection ({kind}): it says where things lie in an image. Networks here "
                "name one class for each whole image. Put the images of each class into a folder with its name.",
                kind=kind,
            )
        )
    return None


def _kind(images: Sequence[Parts], others: Sequence[File]) -> str | None:
    stems = {PurePosixPath(parts[-1]).stem for parts in images}
    for ending, kind in ((".txt", "YOLO"), (".xml", "Pascal VOC")):
        named = {PurePosixPath(file.parts[-1]).stem for file in others if file.parts[-1].casefold().endswith(ending)}
        if len(named & stems) >= _MATCHING * len(stems):
            return kind
    if any(_is_coco(file) for file in others):
        return "COCO"
    masks = {PurePosixPath(parts[-1]).stem for parts in images if _in_masks(parts)}
    rest = {PurePosixPath(parts[-1]).stem for parts in images if not _in_masks(parts)}
    if masks and rest and len(masks & {*rest, *(f"{stem}_mask" for stem in rest)}) >= _MATCHING * len(rest):
        return "masks"
    return None


def _in_masks(parts: Parts) -> bool:
    return any(map(is_masks, parts[:-1]))


def is_masks(folder: str) -> bool:
    """Whether a folder's name says that masks lie in it."""
    return any(word in _MASKS for word in words_of(folder))


def _is_coco(file: File) -> bool:
    if not file.parts[-1].casefold().endswith(".json"):
        return False
    data = file.read()
    if isinstance(data, Message) or len(data) > _MAX_BYTES:
        return False
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and {"images", "annotations"} <= content.keys()
