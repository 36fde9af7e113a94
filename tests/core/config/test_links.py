"""Settings as they arrive in links."""

import pytest

from core.config.links import OTHER_NAMES, from_link
from core.config.reading import title_of
from core.recipes import recipe

BASE = recipe("mnist-mlp").config


@pytest.mark.parametrize(
    ("written", "lr", "epochs", "left_out"),
    [
        ({"optimizer.lr": "0.05", "epochs": "7"}, 0.05, 7, ()),
        ({"optimizer.lr": "0.05", "epochs": "7", "fbclid": "IwAR25"}, 0.05, 7, ("fbclid",)),
        ({"epochs": "7", "utm_source": "moodle", "utm_medium": "email"}, None, 7, ("utm_source", "utm_medium")),
        ({"optimizer.lr": "0.05", "epochs": "7."}, 0.05, 7, ()),
        ({"epochs": "7)"}, None, 7, ()),
        ({"epochs": "7”."}, None, 7, ()),
        ({"data.mean": "[0.5]).", "epochs": "7"}, None, 7, ()),
        ({"epochs": "many", "optimizer.lr": "0.05"}, 0.05, 3, ("epochs",)),
        ({"optimizer.unknown": "1", "data.x": "2", "epochs": "7"}, None, 7, ("optimizer.unknown",
                                                                                     "data.x")),
        ({"optimizer.lr": "0.01,", "optimizer.name": "adam"}, 0.01, 3, ()),
        ({"lr": "0.05", "batch": "32", "epochs": "7"}, 0.05, 7, ()),
        ({"learning_rate": "0.2", "optimizer.lr": "0.05"}, 0.05, 3, ()),  # its own name counts
        ({"optimizer": '{"name":"adam","lr":0.02}'}, 0.02, 3, ()),
        ({"lr": "much", "epochs": "7"}, None, 7, ("optimizer.lr",)),
        ({}, None, 3, ()),
    ],
)  # fmt: skip
def test_what_fits_is_kept_and_the_rest_is_named(
    written: dict[str, str], lr: float | None, epochs: int, left_out: tuple[str, ...]
) -> None:
    arrived = from_link(BASE, written)
    assert arrived.config.optimizer.lr == (lr or BASE.optimizer.lr)
    assert arrived.config.epochs == epochs
    assert {*arrived.foreign, *(problem.where for problem in arrived.problems)} == set(left_out)


def test_another_optimizer_keeps_its_own_settings() -> None:
    arrived = from_link(BASE, {"optimizer.name": "adamw", "optimizer.weight_decay": "0.02", "gclid": "x"})
    assert arrived.config.optimizer.name == "adamw"
    assert arrived.config.optimizer.model_dump()["weight_decay"] == 0.02
    assert arrived.foreign == ("gclid",)


def test_every_other_name_leads_to_a_setting() -> None:
    for name, path in OTHER_NAMES.items():
        assert title_of(path) or path in ("optimizer.name", "scheduler.name", "model.layers"), name
        assert title_of(name) is None


def test_a_mistake_is_told_with_its_reason() -> None:
    arrived = from_link(BASE, {"epoch": "7", "epochs": "0", "fbclid": "x"})
    assert arrived.foreign == ("fbclid",)
    assert {str(problem.message) for problem in arrived.problems} == {
        "There is no setting epoch. Check the spelling.",
        "epochs is 0. Choose at least 1.",
    }
