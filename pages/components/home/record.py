"""Makes Home's film and the pictures of its cards: `python -m pages.components.home.record`.

The film is the first lesson as it really learns, in one file of safetensors: what stays the same, as in
`core.training.snapshots`, and of all snapshots together `steps` int16 [T], `answers` float32 [T, A, classes], `places`
int8 [T, P, 2] of the features in their plane; `losses` float32 by step. Needs MNIST and Fashion-MNIST in `DATA_DIR`.
To be run again when the lesson or the form of snapshots changes.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import save_file

from core.recipes import recipe, recipes

FOLDER = Path(__file__).parent
FILM = FOLDER / "first_lesson.safetensors"
LESSON, EPOCHS = "digits", 12
MOMENTS, POINTS = 40, 240
SHOWN, SIDE = 8, 56  # images on a card, and their size in pixels
# Photos that belong to others aren't given away with the app.
PICTURED = [name for name in recipes() if recipe(name).config.data.dataset in ("digits", "mnist", "fashion_mnist")]


def record() -> None:
    """Train the first lesson and write its film."""
    from core.config import with_settings
    from core.training.device import choose_device, use_threads
    from core.training.loop import Trainer
    from core.training.records import LossRecord, Snapshot

    config = with_settings(recipe(LESSON).config, {"epochs": EPOCHS})
    use_threads(config)
    trainer = Trainer(config, _data(LESSON), choose_device(config), watched=True)
    snapshots: list[Snapshot] = []
    losses: list[float] = []
    for told in trainer.records():
        if isinstance(told, Snapshot):
            snapshots.append(told)
        elif isinstance(told, LossRecord):
            losses += told.losses
    assert trainer.recorder
    chosen = [snapshots[round(place)] for place in np.linspace(0, len(snapshots) - 1, MOMENTS)]
    scene = dict(trainer.recorder.scene.arrays)
    scene["point_labels"] = scene["point_labels"][:: _every(scene["point_labels"])]
    arrays = scene | {
        "steps": np.array([one.step for one in chosen], np.int16),
        "answers": np.stack([one.arrays["answers"] for one in chosen]),
        "places": _places([_features(one.arrays) for one in chosen]),
        "losses": np.array(losses, np.float32),
    }
    header = trainer.recorder.scene.header | {"steps_per_epoch": len(losses) / EPOCHS}
    save_file(arrays, FILM, metadata={"scene": json.dumps(header)})


def _data(lesson: str) -> Any:
    from core.data import datasets

    config = recipe(lesson).config.data
    for _progress in datasets.prepare(config):
        pass
    return datasets.load(config)


def _every(points: Sequence[Any] | NDArray[Any]) -> int:
    return -(-len(points) // POINTS)


def _features(arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    features: NDArray[np.float64] = arrays["features"] * (arrays["features_scale"] / 127.0)
    return features[:: _every(features)]


def _places(features: Sequence[NDArray[np.float64]]) -> NDArray[np.int8]:
    """Features [P, K] of each moment in the plane of the last one, the farthest at the edge."""
    last = features[-1] - features[-1].mean(0)
    plane = np.linalg.svd(last, full_matrices=False)[2][:2].T
    places = np.stack([one @ plane for one in features])
    scaled: NDArray[np.float64] = np.rint(places * (127 / np.quantile(np.abs(places), 0.999)))
    return scaled.clip(-127, 127).astype(np.int8)


def draw_card(name: str) -> None:
    """Write some of a lesson's images beside each other, one of each class, as the network gets them."""
    images = _data(name).train
    labels = images.labels.numpy()
    first = [int(np.flatnonzero(labels == label)[label]) for label in range(SHOWN)]
    pixels = np.concatenate([images.at(slice(place, place + 1)).numpy() for place in first])
    tiles = [Image.fromarray(tile[0]).resize((SIDE, SIDE), Image.Resampling.NEAREST) for tile in pixels]
    strip = Image.new("L", (SHOWN * SIDE, SIDE))
    for place, tile in enumerate(tiles):
        strip.paste(tile, (place * SIDE, 0))
    strip.quantize(16).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    record()
    for lesson in PICTURED:
        draw_card(lesson)
