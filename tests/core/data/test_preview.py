"""What is looked at is what is learnt from."""

from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch

from core.config import RunConfig, with_settings
from core.data import catalog, datasets, preview
from core.data.batches import Randomness, training_batches
from core.data.statistics import pixel_statistics
from core.recipes import recipe
from tests.core.data.sets import imported, pets

CPU = torch.device("cpu")
AUGMENTED = {"data.augmentation.crop_scale": 0.4, "data.augmentation.rotation": 20, "batch_size": 7}


def configured(**changes: Any) -> tuple[RunConfig, datasets.ImageData]:
    config = with_settings(recipe("digits").config, {name.replace("__", "."): value for name, value in changes.items()})
    for _ in datasets.prepare(config.data):
        pass
    return config, datasets.load(config.data)


@pytest.mark.parametrize("number", [0, 1, 3])
@pytest.mark.parametrize("own", [False, True], ids=["digits", "own images"])
def test_any_batch_of_the_first_epoch_is_the_one_that_training_gets(own: bool, number: int) -> None:
    changes = AUGMENTED | ({"data.dataset": imported(pets(24, 20)).name} if own else {})
    config, data = configured(**changes)
    epoch = training_batches(config, data.train, CPU, Randomness.of(config.seed)).epoch()
    images, labels = next(islice(epoch, number, None))
    seen = preview.batch(config, data, "train", number)
    assert torch.equal(seen.images, images)
    assert torch.equal(seen.labels, labels)
    assert torch.equal(data.train.labels[seen.positions], labels)


def test_validation_is_seen_in_its_order_and_without_augmentation() -> None:
    config, data = configured(**AUGMENTED)
    plain, _ = configured(batch_size=7)
    seen = preview.batch(config, data, "validation", 2)
    assert seen.positions.tolist() == list(range(14, 21))
    assert torch.equal(seen.images, preview.batch(plain, data, "validation", 2).images)


def test_all_batches_of_a_class_hold_each_of_its_images_once() -> None:
    config, data = configured(batch_size=50)
    batches = preview.count(config, data, "train", 3)
    positions = torch.cat([preview.batch(config, data, "train", number, 3).positions for number in range(batches)])
    assert sorted(positions.tolist()) == (data.train.labels == 3).nonzero()[:, 0].tolist()


def test_an_image_goes_through_the_steps_of_training() -> None:
    config, data = configured(**AUGMENTED)
    shown = preview.step_by_step(config, data, 5, seed=3)
    assert [str(step.name).split(",")[0] for step in shown] == [
        "Resized to 8×8",
        "Random resized crop",
        "Random rotation",
        "Normalised",
    ]
    assert torch.equal(shown[0].picture, data.train.at(torch.tensor([5]))[0])
    assert len({step.picture.numpy().tobytes() for step in shown}) == 4


def test_large_pictures_are_shown_smaller_and_small_ones_as_they_are() -> None:
    pictures = torch.randint(0, 256, (2, 3, 40, 20), dtype=torch.uint8)
    assert preview.smaller(pictures, 40) is pictures
    assert preview.smaller(pictures, 10).shape == (2, 3, 10, 5)


def test_pixels_are_counted_whole_and_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    _config, data = configured(data__dataset=imported(pets(24, 20)).name, data__image_size=16)
    assert data.train.rows is not None
    pixels = data.train.images[data.train.rows].double() / 255
    facts = pixel_statistics(data.train)
    assert facts.images == len(data.train)
    assert facts.mean == pytest.approx(pixels.mean((0, 2, 3)).tolist())
    assert facts.std == pytest.approx(pixels.std((0, 2, 3), correction=0).tolist())
    monkeypatch.setattr("core.data.statistics.AT_MOST", 3 * 16 * 16 * 10)
    assert pixel_statistics(data.train).images == 9  # every fourth of 35


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_usual_normalising_is_that_of_the_real_training_images(name: str, real_data: Path) -> None:
    usual = catalog.usual(name)
    for _ in datasets.prepare(usual):
        pass
    facts = pixel_statistics(datasets.load(usual).train)
    assert facts.mean == pytest.approx(usual.mean, abs=1e-3)
    assert facts.std == pytest.approx(usual.std, abs=1e-3)
