"""Checks imported images before training. Each finding says what to do.

for finding in inspect(images, validation):
    ...
    name = stored.choose(images.name, remedied(images, finding))
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.own.entries import similar
from core.data.own.images import LONGEST, Trait
from core.data.own.stored import Choices, Integers, Mask, StoredImages
from core.data.own.trainable import obstacles, one_sided
from core.messages import N_, Message, say

FEW = 20  # a class with fewer images is hardly learned
UNEVEN = 3  # the largest class may have at most this many times as many images as the smallest
SMALL = 4  # an image is reported if it is this many times smaller than the median
TINY = 8  # pixels; narrower images show nothing
DARK = 16  # of 255; an image without a lighter part looks black

# Two images look alike if their grey 16×16 thumbnails agree up to brightness and contrast. Measured on 500 photos:
# saving with quality 20, halving the size, 20 % more brightness or less contrast give a difference of at most 4.3 grey
# levels. Different photos differ by at least 20, different handwritten digits by at least 8.
_DIFFERENCE = 6.0  # root mean square, in grey levels of 0 to 255
_SHARE = 0.1  # of the thumbnail's own contrast
_NOISE = 1.0  # grey levels that plain surfaces differ by
_BRIGHTNESS = 32.0  # grey levels between the means
_BLOCK = 256


@dataclass(frozen=True)
class Finding:
    """A finding. Positions refer to the images as loaded."""

    # "unreadable", "copies", "alike", "leak", "labels", "split", "spellings", "few", "uneven", "sizes", "dark", or a
    # trait's name
    kind: str
    message: Message
    remedy: Message
    positions: tuple[int, ...] = ()  # the images that show it
    groups: tuple[tuple[int, ...], ...] = ()  # which of them belong together
    exclude: tuple[int, ...] = ()  # images that the remedy leaves out; empty if there is no such remedy
    serious: bool = False  # whether it makes results wrong


def inspect(images: StoredImages, validation: Mask | None = None) -> list[Finding]:
    """All findings, serious ones first. `validation` is the mask of the validation images."""
    copies = _grouped(_copies(images.digests))
    alike = _grouped(_alike(images.thumbnails))
    found = [
        *_unreadable(images),
        *_leaks(alike, validation),
        *_contradictions(images, copies),
        *_split(images, validation),
        *_spellings(images),
        *_counts(images),
        *_repeated(copies, alike),
        *_sizes(images),
        *_dark(images),
        *_traits(images),
    ]
    return sorted(found, key=lambda finding: not finding.serious)


def remedied(images: StoredImages, finding: Finding) -> Choices:
    """The choices for these images, with the remedy of this finding added."""
    return images.choices.without(images.rows[list(finding.exclude)])


# --- the same image twice -----------------------------------------------------------------------------------------


def _copies(digests: NDArray[np.uint8]) -> Integers:
    """For each file, the position of the first one with the same bytes."""
    whole = np.ascontiguousarray(digests).view("V32").ravel()
    _, first, numbers = np.unique(whole, return_index=True, return_inverse=True)
    return np.asarray(first[numbers], np.int64)


def _alike(thumbnails: NDArray[np.uint8]) -> Integers:
    """For each image, the position of the first one that looks alike, [N]. One matrix product for 256 images."""
    grey = thumbnails.reshape(len(thumbnails), -1).astype(np.float32)
    means = grey.mean(axis=1)
    grey -= means[:, None]
    contrast = np.sqrt((grey**2).mean(axis=1))
    grey /= np.maximum(contrast, 1e-6)[:, None] * np.sqrt(grey.shape[1])
    plain = contrast <= _NOISE / _SHARE
    first = np.arange(len(grey))
    for start in range(0, len(grey), _BLOCK):
        stop = min(start + _BLOCK, len(grey))
        correlation = grey[start:stop] @ grey[:stop].T
        # This excludes nearly all pairs. The difference is √(1 − r²) of the contrast. Plain images correlate by chance.
        one, other = np.nonzero((correlation > 0.99) | (plain[start:stop, None] & plain[:stop]))
        r = np.clip(correlation[one, other], 0, 1)
        one += start
        stronger, weaker = np.maximum(contrast[one], contrast[other]), np.minimum(contrast[one], contrast[other])
        same = stronger * np.sqrt(1 - r**2) <= np.minimum(_DIFFERENCE, np.maximum(_NOISE, _SHARE * weaker))
        same &= np.abs(means[one] - means[other]) <= _BRIGHTNESS
        earliest = np.arange(stop)
        np.minimum.at(earliest, one[same], other[same])
        for row in range(start, stop):
            first[row] = first[earliest[row]]
    return first


def _grouped(first: Integers) -> list[tuple[int, ...]]:
    """Groups of at least two positions with the same first one."""
    shared = np.flatnonzero(np.bincount(first, minlength=len(first))[first] > 1)
    order = shared[np.argsort(first[shared], kind="stable")]
    starts = np.flatnonzero(np.diff(first[order], prepend=-1))
    return [tuple(group.tolist()) for group in np.split(order, starts[1:]) if len(group)]


def _leaks(groups: list[tuple[int, ...]], validation: Mask | None) -> Iterator[Finding]:
    if validation is None:
        return
    both = [group for group in groups if 0 < sum(validation[list(group)]) < len(group)]
    if both:
        yield Finding(
            "leak",
            say("Images that are in both training and validation: {number}.", number=len(both)),
            say("Leave out their copies in training. Otherwise validation accuracy is too high."),
            *_shown(both),
            exclude=tuple(position for group in both for position in group if not validation[position]),
            serious=True,
        )


def _contradictions(images: StoredImages, copies: list[tuple[int, ...]]) -> Iterator[Finding]:
    both = [group for group in copies if len(set(images.labels[list(group)].tolist())) > 1]
    if both:
        yield Finding(
            "labels",
            say("The same image in several classes: {number}.", number=len(both)),
            say("Leave out all of these copies, or correct their classes first."),
            *_shown(both),
            exclude=tuple(position for group in both for position in group),
            serious=True,
        )


def _repeated(copies: list[tuple[int, ...]], alike: list[tuple[int, ...]]) -> Iterator[Finding]:
    if copies:
        yield Finding(
            "copies",
            say("Images that occur more than once: {number}.", number=len(copies)),
            say("Keep one of each."),
            *_shown(copies),
            exclude=tuple(position for group in copies for position in group[1:]),
        )
    known = set(copies)
    similar = [group for group in alike if group not in known]
    if similar:
        yield Finding(
            "alike",
            say("Images that look almost the same: {number}.", number=len(similar)),
            say("Look at them. If they show the same, keep only one of each."),
            *_shown(similar),
            exclude=tuple(position for group in similar for position in group[1:]),
        )


def _shown(groups: list[tuple[int, ...]]) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    return tuple(position for group in groups for position in group), tuple(groups)


# --- files, classes, sizes, colours -------------------------------------------------------------------------------


def _unreadable(images: StoredImages) -> Iterator[Finding]:
    if images.skipped:
        first = images.skipped[0]
        yield Finding(
            "unreadable",
            say(
                "Files that can't be used: {number}. For example {name}: {reason}",
                number=len(images.skipped),
                name=first.name,
                reason=first.reason,
            ),
            say("If you need them, repair them and import them again."),
        )


def _split(images: StoredImages, validation: Mask | None) -> Iterator[Finding]:
    """What can't be trained, and classes that are only learned or only checked."""
    for obstacle in (*obstacles(images, validation), *one_sided(images, validation)):
        positions = _positions(np.isin(images.labels, obstacle.classes))
        yield Finding("split", obstacle.message, obstacle.remedy, positions, serious=True)


def merged(images: StoredImages) -> Choices:
    """The choices for these images, with classes of the same name but for its spelling merged into the largest."""
    numbers = dict(zip(images.classes, images.numbers, strict=True))
    groups = similar(_class_counts(images))
    return images.choices.with_merged({numbers[one]: numbers[group[0]] for group in groups for one in group[1:]})


def _class_counts(images: StoredImages) -> dict[str, int]:
    counts = np.bincount(images.labels, minlength=len(images.classes)).tolist()
    return dict(zip(images.classes, counts, strict=True))


def _spellings(images: StoredImages) -> Iterator[Finding]:
    groups = similar(_class_counts(images))
    if groups:
        yield Finding(
            "spellings",
            say("Classes that look like the same one: {names}.", names=_listed(", ".join(group) for group in groups)),
            say("If they are, merge them: each becomes a part of the one with the most images."),
            serious=True,
        )


def _counts(images: StoredImages) -> Iterator[Finding]:
    counts = np.bincount(images.labels, minlength=len(images.classes))
    few = [number for number in range(len(counts)) if counts[number] < FEW]
    if few:
        yield Finding(
            "few",
            say(
                "Classes with fewer than {limit} images: {names}.",
                limit=FEW,
                names=_listed(f"{images.classes[number]} ({counts[number]})" for number in few),
            ),
            say("Add images. A network hardly learns from so few."),
            _positions(np.isin(images.labels, few)),
            serious=bool((counts == 0).any()),
        )
    most, least = int(counts.argmax()), int(counts.argmin())
    if counts[least] and counts[most] > UNEVEN * counts[least]:
        yield Finding(
            "uneven",
            say(
                "{large} has {many} images and {small} only {few}.",
                large=images.classes[most],
                many=int(counts[most]),
                small=images.classes[least],
                few=int(counts[least]),
            ),
            say("Add images to the small classes, or import the images again with a limit per class."),
        )


def _sizes(images: StoredImages) -> Iterator[Finding]:
    shorter, longer = images.originals.min(axis=1), images.originals.max(axis=1)
    small = (shorter * SMALL < np.median(shorter)) | (shorter < TINY)
    if small.any():
        yield Finding(
            "sizes",
            say("Images that are much smaller than the others: {number}.", number=int(small.sum())),
            say("Leave them out if too little can be seen on them."),
            _positions(small),
            exclude=_positions(small),
        )
    long = longer > LONGEST * shorter
    if long.any():
        yield Finding(
            "sizes",
            say("Images that are very long and narrow: {number}. Only the middle is used.", number=int(long.sum())),
            say("Leave them out if too little can be seen in the middle."),
            _positions(long),
            exclude=_positions(long),
        )


def _dark(images: StoredImages) -> Iterator[Finding]:
    dark = images.thumbnails.max(axis=(1, 2)) < DARK
    if dark.any():
        yield Finding(
            "dark",
            say("Images that are nearly black: {number}.", number=int(dark.sum())),
            say("Leave them out if nothing can be seen. Images of 16 bits per colour may need saving with 8 bits."),
            _positions(dark),
            exclude=_positions(dark),
        )


_TRAITS = {
    Trait.ROTATED: N_("Turned upright, as stored by the camera: {number}."),
    Trait.GREY: N_("Grey images among coloured ones: {number}. They get three equal colours."),
    Trait.TRANSPARENT: N_(
        "Images with transparent parts: {number}. They get a white background, and white drawings a black one."
    ),
    Trait.CMYK: N_("Images in printing colours (CMYK): {number}. They are converted to red, green and blue."),
    Trait.DEEP: N_("Images with more than 8 bits per colour: {number}. They are converted to 8 bits."),
    Trait.ANIMATED: N_("Animated images: {number}. Only the first picture is used."),
}


def _traits(images: StoredImages) -> Iterator[Finding]:
    for trait, sentence in _TRAITS.items():
        mask = images.traits & int(trait) != 0
        if not mask.any() or (trait is Trait.GREY and mask.all()):
            continue  # if all are grey, none stands out
        yield Finding(
            str(trait.name).lower(),
            Message(sentence, {"number": int(mask.sum())}),
            say("Nothing to do, unless the network will be used on different images."),
            _positions(mask),
        )


def _positions(mask: Mask) -> tuple[int, ...]:
    return tuple(np.flatnonzero(mask).tolist())


def _listed(names: Iterable[str], at_most: int = 10) -> str:
    """Names separated by commas. If there are many, the end is left out."""
    given = list(names)
    return ", ".join(given[:at_most]) + (", …" if len(given) > at_most else "")
