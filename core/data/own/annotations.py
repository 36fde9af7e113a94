"""Sets that aren't made to tell classes apart: boxes (YOLO, COCO, VOC), masks, and pairs of images."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath

from core.data.own.entries import File
from core.data.own.names import folded
from core.data.own.split_names import is_generic, split_name, words, words_of
from core.errors import DataError
from core.messages import Message, say

_MAX_BYTES = 50 * 2**20
_MATCHING = 0.5  # the share of images that have a file of their own beside them
_READ = 50  # files of notes that are read, at most
_MASKS = words("mask masks segmentation segmentations segmentationclass segmentationobject groundtruth gt")
_LABELS = words("label labels annotation annotations target targets")
_MASK_OF = re.compile(r"(?P<image>.+?)[\s._-]*(mask|seg|segmentation|gt|groundtruth|label|labels)s?([\s._-]*\d+)?")
# What two folders of the same pictures are called, where a network is to make the one from the other.
_PAIRS = ({"hr", "lr"}, {"input", "target"}, {"source", "target"}, {"input", "output"}, {"blur", "sharp"})
_PAIRED = re.compile(r"(?P<split>.+?)[\s_-]*(?P<side>[AB])")
_BOX_COLUMNS = re.compile(r"\b(xmin|x_min|bbox|x1)\b.*\b(ymax|y_max|bbox|y2|height)\b|\bbbox\b")

Parts = tuple[str, ...]


def refusal(images: Sequence[Parts], others: Sequence[File]) -> DataError | None:
    """Why such a set can't be learned from, and what it would need. None where it is another kind of set."""
    if sides := _pairs(images):
        return DataError(
            say(
                "This is a set of image pairs ({sides}): a network learns to turn the one into the other. Networks "
                "here name one class for each image. Put the images of each class into a folder with its name.",
                sides=", ".join(sides),
            )
        )
    if kind := _boxes(images, others):
        return DataError(
            say(
                "This is a set for object detection ({kind}): it says where things lie in an image. Networks here "
                "name one class for each whole image. Put the images of each class into a folder with its name.",
                kind=kind,
            )
        )
    if _has_masks(images):
        return segmentation()
    return None


def segmentation() -> DataError:
    """What to say of a set with masks."""
    return DataError(
        say(
            "This is a set for segmentation: masks say which pixels belong to a thing. Networks here name one "
            "class for each whole image. Put the images of each class into a folder with its name."
        )
    )


# --- boxes --------------------------------------------------------------------------------------------------------


def _boxes(images: Sequence[Parts], others: Sequence[File]) -> str | None:
    """The format in which files beside the images say where things lie in them; None where none does."""
    stems = {PurePosixPath(parts[-1]).stem for parts in images}
    for kind, suffix, fits in _NOTES:
        notes = [file for file in others if PurePosixPath(file.parts[-1]).suffix.casefold() == suffix]
        own = [file for file in notes if PurePosixPath(file.parts[-1]).stem in stems] or notes
        if any(map(fits, _texts(own[:_READ]))):
            return kind
    return None


def _texts(files: Iterable[File]) -> Iterable[str]:
    for file in files:
        data = file.read()
        if not isinstance(data, Message) and len(data) <= _MAX_BYTES:
            yield data.decode("utf-8-sig", "replace")


def _is_yolo(text: str) -> bool:
    """Lines of a class's number and of shares of the image: centre, width and height, or the corners of a shape."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    return bool(lines) and all(len(line) >= 5 and all(map(_is_share, line[1:])) for line in lines)


def _is_share(text: str) -> bool:
    return re.fullmatch(r"[01]?\.\d+|[01](\.0*)?", text) is not None


def _is_voc(text: str) -> bool:
    return "<bndbox" in text or "<annotation" in text


def _has_box_columns(text: str) -> bool:
    return _BOX_COLUMNS.search(text.split("\n", 1)[0].casefold()) is not None


def _json(fits: Callable[[object], bool]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return fits(json.loads(text))
        except (ValueError, RecursionError):
            return False

    return check


def _is_coco(content: object) -> bool:
    return isinstance(content, dict) and {"images", "annotations"} <= content.keys()


def _is_labelme(content: object) -> bool:
    return isinstance(content, dict) and isinstance(content.get("shapes"), list)


def _is_via(content: object) -> bool:
    entries = list(content.get("_via_img_metadata", content).values()) if isinstance(content, dict) else []
    return any(isinstance(entry, dict) and "regions" in entry for entry in entries[:_READ])


def _is_createml(content: object) -> bool:
    entries = content if isinstance(content, list) else []
    return any(isinstance(entry, dict) and isinstance(entry.get("annotations"), list) for entry in entries[:_READ])


_NOTES: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("YOLO", ".txt", _is_yolo),
    ("Pascal VOC", ".xml", _is_voc),
    ("COCO", ".json", _json(_is_coco)),
    ("LabelMe", ".json", _json(_is_labelme)),
    ("VIA", ".json", _json(_is_via)),
    ("CreateML", ".json", _json(_is_createml)),
    ("CSV", ".csv", _has_box_columns),
)


# --- masks --------------------------------------------------------------------------------------------------------


def _has_masks(images: Sequence[Parts]) -> bool:
    """Whether at least half of the images have a mask of the same name in a folder of masks."""
    for is_folder, strict in ((is_masks, False), (_is_labels, True)):
        masks = {_image_of(parts) for parts in images if any(map(is_folder, parts[:-1]))}
        rest = [parts for parts in images if not any(map(is_folder, parts[:-1]))]
        if strict and not all(len(parts) > 1 and says_no_class(parts[-2]) for parts in rest):
            continue
        stems = {PurePosixPath(parts[-1]).stem for parts in rest}
        if rest and len(masks & stems) >= _MATCHING * len(stems):
            return True
    return False


def is_masks(folder: str) -> bool:
    """Whether a folder's name says that masks lie in it."""
    return any(word in _MASKS for word in words_of(folder))


def _is_labels(folder: str) -> bool:
    return any(word in _LABELS for word in words_of(folder))


def says_no_class(folder: str) -> bool:
    """Whether a folder's name says a part of the set, and no class: `images`, `masks`, `train_HR`, `input`."""
    named = set(words_of(folder))
    sides = any(named & pair for pair in _PAIRS) or _side(folder) is not None
    return is_generic(folder) or is_masks(folder) or _is_labels(folder) or sides or _is_split(folder)


def _is_split(folder: str) -> bool:
    return any(split_name(word) for word in words_of(folder))


def _side(folder: str) -> str | None:
    """A or B of `trainA` and `trainB`."""
    match = _PAIRED.fullmatch(folder)
    return match["side"] if match and split_name(match["split"]) else None


def _image_of(parts: Parts) -> str:
    """The stem of the image that a mask in a folder of masks belongs to."""
    stem = PurePosixPath(parts[-1]).stem
    match = _MASK_OF.fullmatch(stem)
    return match["image"] if match else stem


def masks_beside(images: Sequence[Parts]) -> set[Parts]:
    """Masks that lie beside their images, as `7.png` and `7_mask.png`; empty where less than half have one."""
    known = {(*parts[:-1], PurePosixPath(parts[-1]).stem) for parts in images}
    found = {
        parts
        for parts in images
        if (match := _MASK_OF.fullmatch(PurePosixPath(parts[-1]).stem)) and (*parts[:-1], match["image"]) in known
    }
    return found if 3 * len(found) >= len(images) else set()


# --- pairs --------------------------------------------------------------------------------------------------------


def _pairs(images: Sequence[Parts]) -> list[str]:
    """The folders of the two sides, where a network is to turn images of the one into the other."""
    folders = sorted({parts[-2] for parts in images if len(parts) > 1})
    if {_side(name) for name in folders} == {"A", "B"}:
        return folders
    for pair in _PAIRS:
        named = {name: pair & set(words_of(name)) for name in folders}
        if not all(len(found) == 1 for found in named.values()) or set().union(*named.values()) != pair:
            continue
        stems = [_numbered(images, {name for name in folders if side in named[name]}) for side in sorted(pair)]
        if len(stems[0] & stems[1]) >= _MATCHING * len(stems[0] | stems[1]):
            return folders
    return []


def _numbered(images: Sequence[Parts], folders: set[str]) -> set[str]:
    """The names of the images in these folders up to what only says the side, as in `0801x4.png`."""
    return {
        re.sub(r"(?<=\d)x\d$", "", folded(PurePosixPath(parts[-1]).stem)) for parts in images if parts[-2] in folders
    }
