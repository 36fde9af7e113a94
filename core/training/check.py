"""Everything that can be wrong with a run, found before it starts and reported together."""

from collections.abc import Mapping
from typing import Any

from core.config import RunConfig, parse
from core.data import catalog
from core.errors import ConfigError, Problem
from core.models.layers import LayerInfo, summarise, training_bytes
from core.training import device, losses
from core.words import say

# More would not fit beside the app on a small server.
TRAINING_BYTES = 500_000_000


def checked(settings: Mapping[str, Any] | RunConfig) -> RunConfig:
    """The configuration, ready to train.

    Raises:
        ConfigError: with all its problems.
    """
    config = settings if isinstance(settings, RunConfig) else parse(settings)
    found = problems(config)
    if found:
        raise ConfigError(found)
    return config


def problems(config: RunConfig) -> list[Problem]:
    """What is wrong across settings that are each fine alone."""
    found = catalog.problems(config.data)
    found += losses.problems(config)
    found += device.problems(config)
    if catalog.exists(config.data.dataset):
        found += _model_problems(config)
    return found


def _model_problems(config: RunConfig) -> list[Problem]:
    shape = catalog.input_shape(config.data)
    if (size := catalog.image_size(config.data)) != shape[1]:
        return [_two_sizes(size, shape[1])]
    rows, problem = summarise(config.model, shape)
    if problem:
        return [problem]
    return [*_output_problems(config, rows), *_memory_problems(config, rows, shape)]


def _two_sizes(training: int, validation: int) -> Problem:
    message = say(
        "Random crops give images of {training} pixels for training, the centre crop {validation} for validation. "
        "This network takes one size: leave the centre crop empty.",
        training=training,
        validation=validation,
    )
    return Problem("data.center_crop", message)


def _output_problems(config: RunConfig, rows: list[LayerInfo]) -> list[Problem]:
    classes = len(catalog.info(config.data.dataset).classes)
    output = rows[-1].output_shape
    if output == (classes,):
        return []
    message = say(
        "The last layer gives {output}, but there are {classes} classes. End with a linear layer of {classes} outputs.",
        output="×".join(map(str, output)),
        classes=classes,
    )
    return [Problem("model.layers", message)]


def _memory_problems(config: RunConfig, rows: list[LayerInfo], shape: tuple[int, ...]) -> list[Problem]:
    needed = training_bytes(rows, shape, config.batch_size)
    if needed <= TRAINING_BYTES:
        return []
    message = say(
        "This network needs about {needed} MB to train, more than the {limit} MB there are. "
        "Make its layers or the batches smaller.",
        needed=round(needed / 1e6),
        limit=round(TRAINING_BYTES / 1e6),
    )
    return [Problem("model.layers", message)]
