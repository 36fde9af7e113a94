"""Which file belongs to which class: by folders, by a table of labels, or by the names of the files.

Folders around everything and folders that name a split are taken away first. What is left is read in every way that
gives classes; where several do, a person chooses (`Source.readings`).
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from core.data.own import annotations, tables
from core.data.own.entries import LIMITS, Entry, File, Limits, Reading, Skipped, Source
from core.data.own.images import ALLOWED, EXTENSIONS
from core.data.own.names import display, folded, is_ignored
from core.data.own.split_names import Split, classes_beside_splits, is_generic, split_name, splits, words, words_of
from core.errors import DataError
from core.messages import Message, say

ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"})
_MOST = 0.8  # the share of images that a folder level or the files' names must give a class to
_NAMED = 0.5  # the share that a table must name
_EACH = 2  # images that each class of a second folder level must have on average


@dataclass(frozen=True)
class Placed:
    """An image without the folders around everything, and without those that name its split."""

    file: File
    name: str  # to be shown
    folders: tuple[str, ...]
    split: Split | None = None


def arrange(
    files: Iterable[File], skipped: Iterable[Skipped] = (), limits: Limits = LIMITS, *, labelled: bool = True
) -> Source:
    """The images with their classes.

    Args:
        files: All files, also those that are no images: a table of labels may be among them.
        skipped: What the source itself left out.
        limits: How much is allowed.
        labelled: Whether each image needs a class. If not, the folder is taken, "" where there is none.

    Raises:
        DataError: there is no image, none has a class although they are `labelled`, there are too many classes, or the
            set says where things lie in an image instead of which class it has.
    """
    images, others, left_out = _sorted(files, skipped)
    if not images:
        raise nothing(left_out)
    if labelled:
        images = _without_masks(images, left_out)
    placed = _placed(images)
    if not labelled:
        entries = [_entry(one, one.folders[0] if one.folders else "", None) for one in placed]
        return Source(sorted(entries, key=_order), left_out)
    found = _readings(placed, others, left_out)
    is_other = all(len(one.classes) < 2 or _is_container(one) for one in found.readings)
    if is_other and (refusal := annotations.refusal([one.parts for one in images], others)):
        raise refusal
    if not found.readings:
        raise DataError(_NO_FOLDER)
    first = found.readings[0]
    if len(first.classes) > limits.classes:
        raise DataError(say("There are more than {limit} classes. Put them into fewer folders.", limit=limits.classes))
    return Source(list(first.entries), list(first.skipped), readings=tuple(found.readings), undecided=found.undecided)


_NO_FOLDER = say("The images aren't in folders. Put the images of each class into a folder with the name of the class.")


def _sorted(files: Iterable[File], skipped: Iterable[Skipped]) -> tuple[list[File], list[File], list[Skipped]]:
    """Images, other files, and what to say of these."""
    images, others, left_out = [], [], list(skipped)
    for file in files:
        if not file.parts or is_ignored(file.parts):
            continue
        reason = refusal(file.parts[-1])
        if reason is None:
            images.append(file)
        else:
            others.append(file)
            left_out.append(Skipped("/".join(file.parts), reason))
    return images, others, left_out


def _without_masks(images: list[File], left_out: list[Skipped]) -> list[File]:
    """Without the masks that lie beside their images. Raises DataError where no two folders of classes are left."""
    masks = annotations.masks_beside([file.parts for file in images])
    if not masks:
        return images
    kept = [file for file in images if file.parts not in masks]
    if len({file.parts[:-1] for file in kept}) < 2:
        raise annotations.segmentation()
    reason = say("It is the mask of another image.")
    left_out += [Skipped("/".join(file.parts), reason) for file in images if file.parts in masks]
    return kept


def refusal(name: str) -> Message | None:
    """Why a file of this name isn't tried as an image."""
    suffix = PurePosixPath(name).suffix.casefold()
    if suffix in EXTENSIONS:
        return None
    if suffix in ARCHIVES:
        return say("It is an archive inside. Unpack it before you pack the folder.")
    if suffix in (".heic", ".heif"):
        return say("This format can't be read. Save the image as JPEG; phones call it “most compatible”.")
    return say("It isn't an image. These formats are allowed: {formats}.", formats=ALLOWED)


def nothing(skipped: Sequence[Skipped]) -> DataError:
    """There is no image at all; the reason that a person can do something about may explain it."""
    if not skipped:
        return DataError(say("There is no image here. These formats are allowed: {formats}.", formats=ALLOWED))
    endings = (ARCHIVES, {".heic", ".heif"})
    telling = [one for kind in endings for one in skipped if PurePosixPath(one.name).suffix.casefold() in kind]
    one = (telling or skipped)[0]
    return DataError(say("There is no usable image here. {name}: {reason}", name=one.name, reason=one.reason))


# --- folders around everything, and splits ------------------------------------------------------------------------


def _placed(images: list[File]) -> list[Placed]:
    depth = _shared([file.parts[:-1] for file in images])
    placed = []
    for file in images:
        parts = file.parts[min(depth, len(file.parts) - 1) :]
        placed.append(Placed(file, "/".join(parts), parts[:-1]))
    return _without_splits(placed)


def _shared(folders: list[tuple[str, ...]]) -> int:
    """How many folders lie around everything, as long as most images have a further folder for their class."""
    depth = 0
    while True:
        inside = [parts for parts in folders if len(parts) > depth]
        deeper = sum(len(parts) > depth + 1 for parts in inside)
        if len({parts[depth] for parts in inside}) != 1 or 2 * deeper <= len(inside):
            return depth
        depth += 1


def _without_splits(placed: list[Placed]) -> list[Placed]:
    """With the folders that name a split taken away, whether they lie above the classes, below them, or name both."""
    if both := classes_beside_splits(_below(placed, 0)):
        return [_in_class_and_split(one, both) for one in placed]
    for level in (0, 1):
        found = splits(_below(placed, level))
        if not found or (level == 1 and not all(len(one.folders) > 1 for one in placed)):
            continue
        placed = [_in_split(one, level, found) for one in placed]
        return _without_wrappers(placed) if level == 0 else placed
    return placed


def _below(placed: list[Placed], level: int) -> dict[str, Collection[str]]:
    """The folders of one level, and the names of those below each."""
    found: dict[str, set[str]] = {}
    for one in placed:
        if len(one.folders) > level:
            found.setdefault(one.folders[level], set()).update(one.folders[level + 1 : level + 2])
    return dict(found)


def _in_split(one: Placed, level: int, found: dict[str, Split]) -> Placed:
    if len(one.folders) <= level or one.folders[level] not in found:
        return replace(one, folders=())  # beside the splits
    folders = one.folders[:level] + one.folders[level + 1 :]
    return replace(one, folders=folders, split=found[one.folders[level]])


def _in_class_and_split(one: Placed, found: dict[str, tuple[Split, str]]) -> Placed:
    if not one.folders:
        return one  # beside the splits
    split, label = found[one.folders[0]]
    return replace(one, folders=(label,), split=split)


def _without_wrappers(placed: list[Placed]) -> list[Placed]:
    """Without what lies around everything inside each split, such as `train/train` or `Final_Training/Images`."""
    for split in Split:
        group = [one.folders for one in placed if one.split is split]
        depth = 0
        while (names := {folders[depth] for folders in group if len(folders) > depth}) and len(names) == 1:
            name = next(iter(names))
            if not (split_name(name) or is_generic(name)):
                break
            depth += 1
        placed = [replace(one, folders=one.folders[depth:]) if one.split is split else one for one in placed]
    return placed


# --- the ways to read them ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    readings: list[Reading]
    undecided: bool


def _readings(placed: list[Placed], others: list[File], left_out: list[Skipped]) -> _Found:
    """Every reading that gives classes, the likeliest first."""
    placed, left_out = _with_labels(placed, others, left_out)
    first = _reading("level-0", say("The first folder names the class"), placed, _level(0), left_out)
    second = _reading("level-1", say("The second folder names the class"), placed, _level(1), left_out)
    flat = not first or len(first.classes) < 2
    if not flat and first and second and _tells_apart(placed, second):
        # Ana/Cat, Luis/Cat: the names that come again and again are the classes.
        again = _repeats(placed)
        split = _by_split(placed, left_out) if again else None
        return _Found([second, first, *([split] if split else [])] if again else [first, second], undecided=True)
    table = _by_table(placed, others, left_out)
    if not flat and first and not _is_container(first):
        other = table if table and not set(table.classes) <= set(first.classes) else None
        if other and _are_numbered(first.classes):
            return _Found([other, first], undecided=True)
        return _Found([first, *([other] if other else [])], undecided=False)
    names = _by_name(placed, left_out)
    found = [reading for reading in (table, names) if reading]
    if len(found) == 2 and not all(name.isdigit() for name in found[0].classes):
        del found[1]  # numbers may stand for what the names say, words say it themselves
    if first and not (found and _is_container(first)):
        found.append(first)
    return _Found(found, undecided=len(found) > 1)


def _are_numbered(names: Collection[str]) -> bool:
    """Whether they differ only by a number, as `images_part_1` and `images_part_2`."""
    plain = {tuple(word for word in words_of(name) if not word.isdigit()) for name in names}
    return len(plain) == 1 and any(any(map(str.isdigit, words_of(name))) for name in names)


def _is_container(reading: Reading) -> bool:
    """Whether its classes are only folders that hold everything, such as `images` and `masks`."""
    return reading.key.startswith("level") and all(map(annotations.says_no_class, reading.classes))


Label = Callable[[Placed], str | Message]  # its class, or why it has none


def _level(number: int) -> Label:
    def label(one: Placed) -> str | Message:
        if len(one.folders) > number:
            return one.folders[number]
        if one.split is None or one.folders:
            return say("It isn't in the folder of a class. Move it into one.")
        return say(
            "The images in {folder} lie in no folders of classes. Make one for each class in it.",
            folder=one.name.split("/")[0],
        )

    return label


def _reading(key: str, title: Message, placed: list[Placed], label: Label, left_out: list[Skipped]) -> Reading | None:
    """The images with this label; None where none has one."""
    has_splits = any(one.split for one in placed)
    entries: list[tuple[Placed, str]] = []
    skipped = list(left_out)
    for one in placed:
        found = say(_BESIDE) if has_splits and one.split is None else label(one)
        if isinstance(found, str):
            entries.append((one, found))
        else:
            skipped.append(Skipped(one.name, found))
    kinds = {one.split for one, _label in entries}
    held_out = next((kind for kind in (Split.VALIDATION, Split.TEST) if kind in kinds), None)
    if has_splits and Split.TRAIN not in kinds:
        return None
    kept = []
    for one, name in entries:
        if one.split in (None, Split.TRAIN, held_out):
            kept.append(_entry(one, name, one.split is held_out if held_out else None))
        else:
            skipped.append(Skipped(one.name, say(_BESIDE)))
    return Reading(key, title, tuple(sorted(kept, key=_order)), tuple(skipped)) if kept else None


_BESIDE = "It is outside of the folders for training and validation."


def _entry(one: Placed, label: str, validation: bool | None) -> Entry:
    return Entry(one.name, label, validation, one.file.read)


def _order(entry: Entry) -> tuple[bool, str, str]:
    """The order of torchvision's `ImageFolder`: plain code on the same folder holds out the same images."""
    return bool(entry.validation), entry.label, entry.name


def _tells_apart(placed: list[Placed], second: Reading) -> bool:
    """Whether the second level could name the classes as well: most images have it, and it parts a first folder."""
    if len({one.folders[:2] for one in placed}) == len({one.folders[:1] for one in placed}):
        return False  # Cat/Cat, Dog/Dog
    total = sum(1 for one in placed if one.folders)
    names = second.classes
    return len(second.entries) >= _MOST * total and len(names) > 1 and len(second.entries) >= _EACH * len(names)


def _repeats(placed: list[Placed]) -> bool:
    """Whether most names of the second level lie in more than one folder of the first."""
    pairs = {one.folders[:2] for one in placed if len(one.folders) > 1}
    above = Counter(second for _first, second in pairs)
    return 2 * sum(count > 1 for count in above.values()) >= len(above)


def _by_split(placed: list[Placed], left_out: list[Skipped]) -> Reading | None:
    """Two or three folders with the same classes in each may be splits with names that nobody here knows."""
    inside = [one for one in placed if len(one.folders) > 1]
    sizes = Counter(one.folders[0] for one in inside)
    classes = {name: {one.folders[1] for one in inside if one.folders[0] == name} for name in sizes}
    if any(one.split for one in placed) or not 2 <= len(sizes) <= 3 or len(set(map(frozenset, classes.values()))) > 1:
        return None
    largest = max(sorted(sizes), key=lambda name: sizes[name])
    found = {name: Split.TRAIN if name == largest else Split.VALIDATION for name in sizes}
    title = say(
        "The second folder names the class. {train} is to learn from, {others} to check with",
        train=largest,
        others=", ".join(sorted(name for name in sizes if name != largest)),
    )
    return _reading("split", title, [_in_split(one, 0, found) for one in placed], _level(0), left_out)


# --- a table, and the names of the files --------------------------------------------------------------------------


def _with_labels(
    placed: list[Placed], others: list[File], left_out: list[Skipped]
) -> tuple[list[Placed], list[Skipped]]:
    """Images of a split without folders get the class that a table says, where others lie in a folder of it."""
    folders = {one.folders[0] for one in placed if one.split is Split.TRAIN and one.folders}
    flat = [one.file.parts for one in placed if one.split and not one.folders]
    found = tables.labels(flat, others) if flat and len(folders) > 1 else None
    if found is None:
        return placed, left_out
    known = {_number(name): name for name in folders}
    said = {
        parts: known.get(_number(label)) if isinstance(label, str) else None
        for parts, label in zip(flat, found.labels, strict=True)
    }
    placed = [replace(one, folders=(name,)) if (name := said.get(one.file.parts)) else one for one in placed]
    return placed, [one for one in left_out if one.name not in found.files]


def _number(label: str) -> str:
    """The same for 7 and 00007."""
    return str(int(label)) if label.isdecimal() else label


def _by_table(placed: list[Placed], others: list[File], left_out: list[Skipped]) -> Reading | None:
    found = tables.labels([one.file.parts for one in placed], others)
    if found is None:
        return None
    places = {one.file.parts: label for one, label in zip(placed, found.labels, strict=True)}
    rest = [one for one in left_out if one.name not in found.files]
    title = say("The table {name} names the class", name=", ".join(found.files[:3]))
    label: Label = lambda one: places[one.file.parts]  # noqa: E731 - a closure of one line
    return _enough(_reading("table", title, placed, label, rest), placed, _NAMED)


# Names that cameras, phones and programs give, in `words_of`'s spelling.
_CAMERA = words(
    """
    img image imagen imagem imatge dsc dscn dscf dcim pxl mvimg pano photo foto fotografia picture pic
    bild scan screenshot captura capture whatsapp wechat mmexport signal telegram gopr gopro dji frame
    vid video file download descarga sin titulo untitled new copy copia camera cam snapshot burst webcam
    bildschirmfoto unbenannt 图片 照片 微信图片 截图 屏幕截图 写真 사진 фото изображение صورة
    """
)
_NUMBERED = re.compile(r"(?P<label>.*[^\W\d_])[\s._-]*\(?[\s._-]*\d[\d\s._-]*\)?|(?P<digit>\d{1,3})[_-]\(?\d+\)?")
_COPY = re.compile(r"[\s_-]*(copy|copia|kopie|copie|副本|\(\d+\))$")


def label_in_name(name: str) -> str | None:
    """The class that a file's name begins with: "cat.0.jpg", "dog (12).jpg", "great_dane_7.png", "3_14.png"."""
    stem = PurePosixPath(name).stem
    match = _NUMBERED.fullmatch(stem) or _NUMBERED.fullmatch(_COPY.sub("", stem))
    if match is None:
        return None
    label = display(match["label"] or match["digit"])
    named = words_of(label.lower())  # lower, so that WhatsApp is one word
    return None if not named or all(word in _CAMERA or len(word) > 30 for word in named) else label


def _by_name(placed: list[Placed], left_out: list[Skipped]) -> Reading | None:
    def label(one: Placed) -> str | Message:
        found = label_in_name(one.file.parts[-1])
        return found or say("Neither its name nor a folder says its class.")

    found = _enough(
        _reading("names", say("The beginning of each file's name names the class"), placed, label, left_out),
        placed,
        _MOST,
    )
    spelled = {folded(name) for name in found.classes} if found else set()
    return found if found and len(found.entries) >= _EACH * len(spelled) else None


def _enough(reading: Reading | None, placed: list[Placed], share: float) -> Reading | None:
    """The reading, if it gives this share of the images to learn from a class, and at least two classes."""
    if reading is None or len(reading.classes) < 2:
        return None
    total = sum(1 for one in placed if one.split in (None, Split.TRAIN))
    learnt = sum(1 for entry in reading.entries if not entry.validation)
    return reading if learnt >= share * total else None
