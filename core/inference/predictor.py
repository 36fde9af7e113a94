"""What a trained network takes images for: one, or as many as there are."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from core import environment
from core.config import DataConfig
from core.data.builtin import photo_sets
from core.data.catalog import full_size
from core.data.own import stored
from core.data.own.images import decode
from core.data.own.importing import SIDE
from core.errors import DataError
from core.evaluation.predictions import judge
from core.inference.preparation import Steps, automatic, prepare, subjects
from core.messages import Message, say
from core.training import device
from core.training.weights import Trained

CHUNK, CHUNK_BYTES = 32, 16 * 2**20  # files in memory at once
SMALL_SIDE = 480  # pixels of the shorter side in which paper and ink are told apart: a digit may be small on a page
NOTHING = say("Nothing is drawn here.")
SEVERAL = say("Several things are drawn here. Open it under Upload, which answers each.")
THUMBNAIL = 64  # pixels of the longer side
CPU = torch.device("cpu")

Floats = NDArray[np.float32]
Read = Callable[[], bytes | Message]  # a file's bytes, or why they can't be had


@dataclass(frozen=True)
class Opinion:
    """What a network says to one image."""

    probabilities: Floats  # [classes]
    best: int  # the class it names

    @property
    def confidence(self) -> float:
        """The probability of the class that it names, 0..1."""
        return float(self.probabilities[self.best])


@dataclass(frozen=True)
class Answer:
    """What networks say to one file: one opinion each, or why it can't be read."""

    name: str
    opinions: tuple[Opinion, ...] = ()
    thumbnail: Image.Image | None = None
    error: Message | None = None


@torch.no_grad()
def predict(found: Trained, images: torch.Tensor) -> list[Opinion]:
    """What the network says to prepared images, float32 [B, C, H, W]."""
    reduced = device.precision(found.config, CPU) == "bfloat16"
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=reduced):
        outputs = found.model(images)
    labels = torch.zeros(len(images), dtype=torch.int64)  # for losses that nobody asks for
    probabilities, _losses = judge(outputs.float(), labels, found.config.loss)
    # The largest output, as in training: two probabilities may be rounded to the same number.
    best = outputs.argmax(1).tolist()
    return [Opinion(row, place) for row, place in zip(probabilities.numpy(), best, strict=True)]


def opened(data: bytes, networks: Sequence[Trained] = ()) -> Image.Image:
    """The image in a file's bytes, as large as these networks can make use of. Raises DataError."""
    return decode(data, max((_side(found.config.data) for found in networks), default=SIDE)).image


def _side(config: DataConfig) -> int:
    """Of photos, the shorter side in which images of one's own are stored; other data sets have small images."""
    if stored.is_name(config.dataset) or config.dataset in photo_sets.TITLES:
        return SIDE
    return max(SMALL_SIDE, full_size(config))


def predict_files(
    networks: Sequence[Trained], files: Iterable[tuple[str, Read]], steps: Steps | None = None
) -> Iterator[Answer]:
    """An answer for each named file, in order. Memory doesn't grow with their number.

    Args:
        networks: Whose opinions are asked.
        files: May be a generator, of which no more than `CHUNK` files are held.
        steps: What is done to each image; None: what suits it.

    Raises:
        DataError: they come from an archive that unpacks to too much.
    """
    # Pillow decodes and resizes without the interpreter's lock. One processor is left for everybody else.
    with ThreadPoolExecutor(max(1, environment.processors() - 1)) as threads:
        for chunk in _chunks(files):
            prepared = list(threads.map(lambda file: _prepared(networks, file[1], steps), chunk))
            yield from _answers(networks, [name for name, _data in chunk], prepared)


def _chunks(files: Iterable[tuple[str, Read]]) -> Iterator[list[tuple[str, bytes | Message]]]:
    """Files read one after the other, a few at a time."""
    chunk: list[tuple[str, bytes | Message]] = []
    size = 0
    for name, read in files:
        data = read()
        chunk.append((name, data))
        size += len(data) if isinstance(data, bytes) else 0
        if len(chunk) == CHUNK or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


@dataclass(frozen=True)
class _Prepared:
    inputs: tuple[torch.Tensor, ...]  # one for each network
    thumbnail: Image.Image


def _prepared(networks: Sequence[Trained], data: bytes | Message, steps: Steps | None) -> _Prepared | Message:
    if isinstance(data, Message):
        return data
    try:
        image = opened(data, networks)
    except DataError as error:
        return error.message
    inputs = []
    for config in (found.config.data for found in networks):
        shown = subjects(image, config)
        if len(shown) != 1:
            return SEVERAL if shown else NOTHING
        inputs.append(prepare(shown[0].image, config, steps or automatic(shown[0].image, config)))
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BILINEAR)
    return _Prepared(tuple(inputs), image)


def _answers(networks: Sequence[Trained], names: list[str], prepared: list[_Prepared | Message]) -> Iterator[Answer]:
    good = [one for one in prepared if isinstance(one, _Prepared)]
    opinions = [
        iter(predict(found, torch.stack([one.inputs[place] for one in good])) if good else [])
        for place, found in enumerate(networks)
    ]
    for name, one in zip(names, prepared, strict=True):
        if isinstance(one, Message):
            yield Answer(name, error=one)
        else:
            yield Answer(name, tuple(next(theirs) for theirs in opinions), one.thumbnail)
