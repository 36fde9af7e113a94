"""The search for a learning rate takes the very steps that training takes."""

from typing import Any

import pytest
import torch

from core.data import datasets
from core.recipes import configure
from core.training import lr_finder
from core.training.loop import Trainer
from core.training.records import LossRecord

# Two blocks with batch norm and dropout: what is frozen keeps its averages and drops nothing.
LAYERS = [
    {"kind": "flatten"},
    {"kind": "linear", "out_features": 32},
    {"kind": "batch_norm"},
    {"kind": "relu"},
    {"kind": "dropout", "p": 0.5},
    {"kind": "linear", "out_features": 24},
    {"kind": "batch_norm"},
    {"kind": "relu"},
    {"kind": "dropout", "p": 0.3},
    {"kind": "linear", "out_features": 10},
]


def trainer(**changes: Any) -> Trainer:
    settings = {"model.layers": LAYERS, "optimizer.lr": lr_finder.LOWEST, "epochs": 1, "batch_size": 100}
    config = configure("digits", settings | {name.replace("__", "."): value for name, value in changes.items()})
    for _ in datasets.prepare(config.data):
        pass
    return Trainer(config, datasets.load(config.data), torch.device("cpu"))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"transfer__trains": "head"},  # whose features are computed once
        {"transfer__trains": "5,6"},
        {"transfer__trains": "head", "data__augmentation": {"rotation": 10.0}},
        {"precision": "bfloat16"},
    ],
    ids=["everything learns", "only the head", "chosen layers", "only the head, images changed", "bfloat16"],
)
def test_its_first_step_is_that_of_a_training_at_the_same_rate(changes: dict[str, Any]) -> None:
    trained = [
        loss for record in trainer(**changes).records() if isinstance(record, LossRecord) for loss in record.losses
    ]
    searching = trainer(**changes)
    for _ in searching.compute_features():
        pass
    _rate, loss, _share = next(lr_finder.sweep(searching))
    assert loss == trained[2], "two steps at the lowest rate warm up"


def test_what_is_frozen_stays_as_it_was() -> None:
    searching = trainer(transfer__trains="5,6", data__augmentation={"rotation": 10.0})
    before = {name: tensor.clone() for name, tensor in searching.model.state_dict().items()}
    for number, _ in enumerate(lr_finder.sweep(searching)):
        if number == 20:
            break
    after = searching.model.state_dict()
    changed = {name.split(".")[0] for name, tensor in before.items() if not torch.equal(tensor, after[name])}
    assert changed == {"5", "6", "9"}, "the chosen layers and the head, batch norm's averages included"
