"""Predicts one image or many with trained networks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from core.config import DataConfig
from core.data.builtin import photo_sets
from core.data.catalog import full_size
from core.data.own import opener, stored
from core.data.own.importing import SIDE
from core.errors import DataError
from core.evaluation.predictions import judge
from core.inference.preparation import Steps, automatic, subjects, to_input
from core.messages import Message, say
from core.training import device
from core.training.weights import Trained

CHUNK, CHUNK_BYTES = 32, 16 * 2**20  # files in memory at once
SMALL_SIDE = 480  # pixels of the shorter side enough to distinguish paper and ink, also for a small digit on a page
NOTHING = say("Nothing is drawn here.")
SEVERAL = say("Several things are drawn here. Open it under Upload, which answers each.")
THUMBNAIL = 64  # pixels of the longer side
CPU = torch.device("cpu")

Floats = NDArray[np.float32]
Read = Callable[[], bytes | Message]  # returns the bytes of a file, or why it can't be read


@dataclass(frozen=True)
class Opinion:
    """The prediction of a network for one image."""

    probabilities: Floats  # [classes]
    best: int  # the predicted class

    @property
    def confidence(self) -> float:
        """The probability of the predicted class, 0..1."""
        return float(self.probabilities[self.best])


@dataclass(frozen=True)
class Answer:
    """The predictions of all networks for one file, or why it can't be read."""

    name: str
    opinions: tuple[Opinion, ...] = ()
    thumbnail: Image.Image | None = None
    error: Message | None = None


@torch.no_grad()
def predict(found: Trained, images: torch.Tensor) -> list[Opinion]:
    """Predict prepared images, float32 [B, C, H, W]."""
    reduced = device.precision(found.config, CPU) == "bfloat16"
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=reduced):
        outputs = found.model(images)
    labels = torch.zeros(len(images), dtype=torch.int64)  # only for the losses, which aren't used
    probabilities, _losses = judge(outputs.float(), labels, found.config.loss)
    # Use the largest output, as in training: different outputs can be rounded to the same probability.
    best = outputs.argmax(1).tolist()
    return [Opinion(row, place) for row, place in zip(probabilities.numpy(), best, strict=True)]


def opened(data: bytes, networks: Sequence[Trained] = ()) -> Image.Image:
    """The image in a file's bytes, as large as these networks can make use of. Raises DataError.

    A process of its own decodes it: a picture of 25 megapixels would take this one 440 MB.
    """
    return opener.OPENER.open(data, max((_side(found.config.data) for found in networks), default=SIDE))


def _side(config: DataConfig) -> int:
    """The shorter side that a network needs, in pixels: as stored for photos, less for small images."""
    if stored.is_name(config.dataset) or config.dataset in photo_sets.TITLES:
        return SIDE
    return max(SMALL_SIDE, full_size(config))


def predict_files(
    networks: Sequence[Trained], files: Iterable[tuple[str, Read]], steps: Steps | None = None
) -> Iterator[Answer]:
    """Predict all files, in order. Memory doesn't grow with their number.

    Args:
        networks: The networks to predict with.
        files: Names and readers. May be a generator: at most `CHUNK` files are in memory at once.
        steps: The preparation of each image. None chooses the steps that suit it.

    Raises:
        DataError: the files come from an archive that is too large when unpacked.
    """
    with ThreadPoolExecutor(opener.PROCESSES) as threads:
        for chunk in _chunks(files):
            prepared = list(threads.map(lambda file: _prepared(networks, file[1], steps), chunk))
            yield from _answers(networks, [name for name, _data in chunk], prepared)


def _chunks(files: Iterable[tuple[str, Read]]) -> Iterator[list[tuple[str, bytes | Message]]]:
    """Read the files one after the other, in groups that fit into memory."""
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
        inputs.append(to_input(shown[0].image, config, steps or automatic(shown[0].image, config)))
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
