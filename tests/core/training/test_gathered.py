"""Gathered pictures are imported, and their features computed, before somebody trains on them."""

from pathlib import Path

import pytest
import torch

from core.config import RunConfig, parse
from core.data import datasets
from core.data.own import gathered, gathering, stored
from core.data.own.gathering import New
from core.errors import DataError
from core.training import features
from core.training.gathered import prepare
from core.training.loop import Trainer
from tests.core.data.own.pictures import jpeg
from tests.runs import ME

HEAD_ONLY = parse(
    {
        "data": {"dataset": f"images-{'0' * 16}", "image_size": 16, "validation_fraction": 0.25},
        "model": {
            "layers": [
                {"kind": "conv2d", "out_channels": 2, "kernel_size": 3},
                {"kind": "flatten"},
                {"kind": "linear", "out_features": 2},
            ]
        },
        "transfer": {"trains": "head"},
        "batch_size": 4,
    }
)


def gather(number: int, first: int = 0) -> None:
    for place, name in enumerate(("Cup", "Pen")):
        category = gathering.add_class(ME, name).id
        gathering.add(ME, category, [New(jpeg(1_000 * place + first + seed)) for seed in range(number)])


def prepared(config: RunConfig | None = HEAD_ONLY) -> str:
    for _ in prepare("gathering", ME, config.to_json() if config else ""):
        pass
    return gathering.of(ME).prepared


def files() -> set[Path]:
    return set(features._folder().glob("*.npy"))


def test_a_training_finds_the_features_that_it_would_compute(monkeypatch: pytest.MonkeyPatch) -> None:
    gather(8)
    name = prepared()
    before = files()
    assert len(before) == 2  # of training and validation images
    config = HEAD_ONLY.model_copy(update={"data": HEAD_ONLY.data.model_copy(update={"dataset": name})})
    trainer = Trainer(config, datasets.load(config.data), torch.device("cpu"))
    assert list(trainer.compute_features()) == []
    assert files() == before


def test_what_is_ready_is_not_made_again() -> None:
    gather(4)
    name = prepared()
    assert stored.load(name).classes == ("Cup", "Pen")
    written = stored.imported_at(name)
    assert prepared() == name
    assert stored.imported_at(name) == written


def test_a_set_that_nobody_owns_goes_with_the_next_one_and_an_owned_one_stays() -> None:
    gather(2)
    first = prepared(None)
    gather(2, first=50)
    second = prepared(None)
    assert not stored.exists(first)
    stored.claim(second, ME)
    gather(1, first=90)
    third = prepared(None)
    assert stored.exists(second)
    gathered.forget(ME)
    assert not stored.exists(third)
    assert [one.name for one in stored.listed(ME)] == [second]


def test_nothing_to_prepare_is_told() -> None:
    with pytest.raises(DataError, match="There is no image here"):
        prepared()
