"""RunConfig: validated once, all problems together, the same after a round trip."""

import json
from typing import Any

import pytest
from pydantic import BaseModel

from core import config as config_module
from core.config import (
    LAYERS,
    OPTIMIZERS,
    SCHEDULERS,
    SGD,
    Activation,
    DataConfig,
    RunConfig,
    Settings,
    differences,
    from_json,
    parse,
    refusal,
    title_of,
    with_settings,
)
from core.errors import ConfigError
from core.recipes import recipes

LINEAR: dict[str, Any] = {"model": {"layers": [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}]}}


@pytest.mark.parametrize("name", recipes())
def test_every_recipe_survives_the_round_trip_through_json(name: str) -> None:
    config = recipes()[name].config
    assert from_json(config.to_json()) == config
    assert from_json(config.to_json()).to_json() == config.to_json()


def test_all_problems_are_reported_together_each_with_its_place() -> None:
    with pytest.raises(ConfigError) as caught:
        parse({**LINEAR, "epochs": 0, "optimizer": {"name": "sgd", "lr": -1}, "loss": "guess", "colour": "red"})
    assert [problem.where for problem in caught.value.problems] == ["loss", "optimizer.lr", "epochs", "colour"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"epochs": 0}, "epochs is 0. Choose at least 1."),
        ({"epochs": 1.5}, "epochs is 1.5. It needs a whole number."),
        ({"optimizer": {"name": "sgd", "lr": 0}}, "optimizer.lr is 0. Choose a value above 0."),
        ({"optimizer": {"name": "sgd", "lr": float("nan")}}, "optimizer.lr is nan. It needs a finite number."),
        ({"optimizer": {"name": "adam", "momentum": 0.9}}, "There is no setting optimizer.momentum."),
        ({"optimizer": {"name": "sgd", "nesterov": True}}, "Nesterov needs momentum. Set momentum to 0.9"),
        ({"optimizer": {"name": "best"}}, "Choose one of 'sgd', 'adam'"),
        ({"model": {"layers": []}}, "model.layers is too short. It needs at least 1."),
        ({"model": {"layers": [{"kind": "relu", "alpha": 2}]}}, "relu has no alpha. Leave it out."),
        ({"model": {"layers": [{"kind": "linear"}]}}, "model.layers.0.out_features is missing. Add it."),
    ],
)
def test_a_wrong_setting_is_reported_with_its_remedy(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse({**LINEAR, **settings})
    (problem,) = caught.value.problems
    assert sentence in str(problem.message)


def test_text_that_is_not_json_is_refused_in_a_sentence() -> None:
    with pytest.raises(ConfigError, match="it isn't JSON"):
        from_json("{")


def test_settings_change_by_dotted_path() -> None:
    config = with_settings(parse(LINEAR), {"optimizer.lr": 0.5, "epochs": 3, "data.mean": [0.5]})
    assert (config.optimizer.lr, config.epochs, config.data.mean) == (0.5, 3, (0.5,))


def test_another_optimizer_starts_from_its_own_defaults_whatever_the_order() -> None:
    base = with_settings(parse(LINEAR), {"optimizer.momentum": 0.9})
    changed = with_settings(base, {"optimizer.lr": 0.02, "optimizer.name": "adam"})
    assert changed.optimizer.model_dump() == {"name": "adam", "lr": 0.02, "weight_decay": 0.0}


@pytest.mark.parametrize("path", ["optimiser.lr", "nothing", "epochs.more", "data.size.x"])
def test_a_path_that_does_not_exist_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match="no setting"):
        with_settings(parse(LINEAR), {path: 1})


def test_differences_are_what_turns_one_configuration_into_the_other() -> None:
    base = parse(LINEAR)
    changes = {"optimizer.name": "rmsprop", "optimizer.alpha": 0.5, "epochs": 9, "scheduler.name": "step"}
    changed = with_settings(base, changes)
    assert differences(changed, base) == changes
    assert with_settings(base, differences(changed, base)) == changed
    assert differences(base, base) == {}


@pytest.mark.parametrize("first", recipes())
@pytest.mark.parametrize("second", recipes())
def test_any_recipe_is_another_with_settings(first: str, second: str) -> None:
    config, base = recipes()[first].config, recipes()[second].config
    changes = json.loads(json.dumps(differences(config, base)))
    assert with_settings(base, changes) == config


def test_every_setting_has_a_label_and_an_explanation() -> None:
    groups: list[type[BaseModel]] = [RunConfig, DataConfig, *OPTIMIZERS.values(), *SCHEDULERS.values()]
    for group in groups:
        for name, field in group.model_fields.items():
            if name in ("name", "data", "model", "optimizer", "scheduler", "transfer"):
                continue
            assert field.title, f"{group.__name__}.{name} has no title"
            assert field.description, f"{group.__name__}.{name} has no description"


def test_every_kind_of_layer_is_known_by_one_name() -> None:
    assert set(config_module.ACTIVATIONS) < set(LAYERS)
    assert LAYERS["tanh"] is Activation
    assert Activation(kind="elu", alpha=2).parameters == {"alpha": 2.0}
    assert Activation(kind="elu").parameters == {"alpha": 1.0}


@pytest.mark.parametrize(
    ("group", "name", "value", "sentence"),
    [
        (SGD, "lr", -1.0, "Learning rate is -1. Choose a value above 0."),
        (SGD, "lr", float("inf"), "Learning rate is inf. It needs a finite number."),
        (RunConfig, "epochs", 99_999_999, "Epochs is 99999999. Choose at most 10000."),
        (DataConfig, "std", [0.5, 0], "Standard deviation is 0. Choose a value above 0."),
        (DataConfig, "image_size", None, None),
        (RunConfig, "epochs", 10_000, None),
    ],
)
def test_one_field_can_be_asked_whether_it_takes_a_value(
    group: type[Settings], name: str, value: object, sentence: str | None
) -> None:
    why = refusal(group, name, value)
    assert (str(why) if why else None) == sentence


def test_settings_have_titles() -> None:
    assert title_of("optimizer.lr") == "Learning rate"
    assert title_of("data.augmentation.rotation") == "Random rotation"
    assert title_of("epochs") == "Epochs"
    assert title_of("model.layers.3") is None
    assert title_of("nothing.lr") is None
