"""Batches: what a run learns from, with augmentation, of built-in images and of one's own."""

from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.config import RunConfig, parse
from core.data import catalog, datasets
from core.data.batches import Randomness, training_batches, validation_batches
from core.data.datasets import ImageData
from core.data.own import squares, stored
from core.data.split import validation_mask
from core.errors import ConfigError
from core.export import script
from core.torchvision_compat import torchvision
from core.training import checkpoint, loop
from core.training.check import checked
from core.training.loop import Trainer
from core.training.records import LossRecord
from tests.core.data.own.pictures import as_file, jpeg
from tests.core.data.sets import imported, pets

CPU = torch.device("cpu")
AUGMENTED = {"crop_scale": 0.5, "rotation": 15, "horizontal_flip": 0.5, "brightness": 0.2, "saturation": 0.5}


def configured(classes: int = 10, **data: Any) -> RunConfig:
    """A linear network on the small digits or what `data` says, for two epochs."""
    layers = [{"kind": "flatten"}, {"kind": "linear", "out_features": classes}]
    given = {"validation_fraction": 0.2, **data}
    return checked(parse({"data": given, "model": {"layers": layers}, "epochs": 2, "batch_size": 8, "device": "cpu"}))


def opened(config: RunConfig) -> ImageData:
    for _ in datasets.prepare(config.data):
        pass
    return datasets.load(config.data)


def own(cats: int = 20, dogs: int = 12) -> str:
    return imported(pets(cats, dogs)).name


def losses(trainer: Trainer) -> list[float]:
    return [loss for record in trainer.records() if isinstance(record, LossRecord) for loss in record.losses]


def test_an_augmented_run_interrupted_anywhere_resumes_with_the_same_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop, "RECORD_SECONDS", 0.0)
    for config in (configured(augmentation=AUGMENTED), configured(2, dataset=own(), augmentation=AUGMENTED)):
        data = opened(config)
        whole = losses(Trainer(config, data, CPU))
        for place in (0, 2, 3, 4, 5):
            first = Trainer(config, data, CPU)
            before = [
                loss
                for record in islice(first.records(), place + 1)
                if isinstance(record, LossRecord)
                for loss in record.losses
            ]
            checkpoint.save(first, "run")
            second = Trainer(config, data, CPU)
            assert checkpoint.restore(second, "run") is None
            assert second.position == first.position
            assert before + losses(second) == whole, f"stopped after record {place}"


def test_augmentation_is_drawn_anew_in_every_epoch_and_leaves_the_order_alone() -> None:
    config = configured(augmentation=AUGMENTED)
    plain = configured()
    data = opened(config)
    randomness = Randomness.of(0)
    batches = training_batches(config, data.train, CPU, randomness)
    ordinary = training_batches(plain, data.train, CPU, Randomness.of(0))
    (images, labels), (others, same_labels) = next(batches.epoch()), next(ordinary.epoch())
    assert torch.equal(labels, same_labels)
    assert not torch.equal(images, others)
    positions = torch.arange(8)
    assert not torch.equal(batches.batch(positions)[0], batches.batch(positions)[0])


def test_validation_images_are_the_same_with_and_without_augmentation() -> None:
    augmented, plain = configured(augmentation=AUGMENTED), configured()
    data = opened(plain)
    ours, theirs = (next(validation_batches(config, data.validation, CPU).epoch()) for config in (augmented, plain))
    assert torch.equal(ours[0], theirs[0])


def test_images_of_ones_own_are_split_and_cut_to_squares() -> None:
    name = own()
    config = configured(2, dataset=name, image_size=16)
    data = opened(config)
    images = stored.load(name)
    assert (len(data.train), len(data.validation), data.classes) == (26, 6, ("Cat", "Dog"))
    held = validation_mask(images, config.data)
    assert data.train.rows is not None
    assert data.train.rows.tolist() == np.flatnonzero(~held).tolist()
    batch, labels = validation_batches(config, data.validation, CPU).batch(slice(0, 6))
    for position, row in enumerate(np.flatnonzero(held)):
        expected = torch.from_numpy(squares.square(images.image(int(row)), 16)).float() / 255
        torch.testing.assert_close(batch[position], expected)
        assert labels[position] == images.labels[row]


def test_left_out_and_relabelled_images_count() -> None:
    name = own()
    chosen = stored.choose(name, stored.load(name).choices.without([0, 1]).relabelled({5: 1}))
    data = opened(configured(2, dataset=chosen))
    assert len(data.train) + len(data.validation) == 30
    labels = torch.cat([data.train.labels, data.validation.labels])
    assert labels.bincount().tolist() == [17, 13]


def test_a_validation_folder_is_kept_unless_a_share_is_held_out() -> None:
    files = {f"train/{name}/{seed}.jpg": jpeg(seed + 50 * (name == "b")) for name in "ab" for seed in range(6)}
    files |= {f"val/{name}/{seed}.jpg": jpeg(seed + 20 + 50 * (name == "b")) for name in "ab" for seed in range(2)}
    name = imported(files).name
    data = opened(configured(2, dataset=name, validation_fraction=0.0))
    assert (len(data.train), len(data.validation)) == (12, 4)
    data = opened(configured(2, dataset=name, validation_fraction=0.5))
    assert (len(data.train), len(data.validation)) == (8, 8)


def test_another_seed_holds_out_other_images() -> None:
    name = own()
    one, same, other = (opened(configured(2, dataset=name, split_seed=seed)).validation.rows for seed in (0, 0, 1))
    assert one is not None
    assert same is not None
    assert other is not None
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_random_crops_of_imported_images_come_from_whole_pictures() -> None:
    # Left half black, right half white: the centre square of so wide a picture would show both.
    wide = np.zeros((20, 80, 3), np.uint8)
    wide[:, 40:] = 255
    files = {f"{kind}/{n}.png": as_file(Image.fromarray(np.roll(wide, n, 0) + n)) for kind in "ab" for n in range(8)}
    config = configured(2, dataset=imported(files).name, image_size=16, augmentation={"crop_scale": 0.1})
    data = opened(config)
    batches = training_batches(config, data.train, CPU, Randomness.of(0))
    uniform = sum(
        float(image.std()) < 0.05 for _ in range(8) for images, _labels in batches.epoch() for image in images
    )
    assert uniform > 10, "only crops from beyond the centre square show a single colour"


def test_a_name_that_is_not_on_this_server_is_reported_before_training() -> None:
    with pytest.raises(ConfigError) as caught:
        configured(dataset="images-0123456789abcdef")
    assert str(caught.value.problems[0].message) == ("These images aren't on this server. Import them again.")
    with pytest.raises(ConfigError, match=r"There is no data set \.\./x\. Choose one of digits"):
        configured(dataset="../x")


def test_imported_images_without_validation_are_reported() -> None:
    with pytest.raises(ConfigError, match=r"has no test images\. Set a share for validation"):
        configured(2, dataset=own(), validation_fraction=0.0)


def test_a_centre_crop_larger_than_the_image_is_reported() -> None:
    with pytest.raises(ConfigError, match="The centre crop of 12 pixels is larger than the images of 8 pixels"):
        configured(center_crop=12)


def test_two_sizes_are_reported_to_a_network_that_takes_one() -> None:
    with pytest.raises(
        ConfigError,
        match="Random crops make training images of 8 pixels, but the centre crop makes validation images of 6",
    ):
        configured(center_crop=6, augmentation={"crop_scale": 0.5})


def test_a_set_knows_its_facts_before_any_image_is_read() -> None:
    info = catalog.info(own())
    assert (info.classes, info.channels, info.size, info.splits) == (("Cat", "Dog"), 3, 64, {"train": 32})


def test_few_images_of_each_class_are_part_of_more_and_the_validation_stays() -> None:
    name = own()
    few, more, every = (opened(configured(2, dataset=name, per_class=number)) for number in (3, 6, None))
    assert [np.bincount(one.train.labels).tolist() for one in (few, more, every)] == [[3, 3], [6, 6], [16, 10]]
    rows = [set(one.train.rows.tolist()) for one in (few, more, every) if one.train.rows is not None]
    assert rows[0] < rows[1] < rows[2]
    assert few.train.pictures is not None
    for position in range(len(few.train)):
        picture = few.train.pictures.images.image(int(few.train.pictures.positions[position]))
        assert np.array_equal(squares.square(picture, 64), few.train.at(slice(position, position + 1))[0])
    assert torch.equal(few.validation.labels, every.validation.labels)
    assert torch.equal(few.validation.at(slice(None)), every.validation.at(slice(None)))
    assert catalog.total(configured(2, dataset=name, per_class=3).data) == 6


CODE = {
    "digits": {"augmentation": AUGMENTED},
    "digits, cropped": {"center_crop": 6},
    "digits, larger": {"image_size": 12, "center_crop": 10, "augmentation": {"rotation": 10}},
}


@pytest.mark.parametrize("data", CODE.values(), ids=CODE)
def test_the_plain_script_runs(data: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    torchvision()  # as whoever runs the script has it working
    exec(script(configured(**data)), {})
    assert capsys.readouterr().out.count("epoch") == 2


def test_the_plain_script_of_imported_images_reads_their_list() -> None:
    code = script(configured(2, dataset=own(), augmentation=AUGMENTED, split_seed=3))
    assert 'Listed("train", train_transform)' in code
    assert "transforms.RandomResizedCrop(64, scale=(0.5, 1.0))" in code
    compile(code, "script", "exec")
