"""Checks a configuration before the run starts, and reports all problems together."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from core.config import DataConfig, LayerStack, RunConfig, parse
from core.data import catalog
from core.data.own import stored
from core.data.own.trainable import obstacles
from core.data.split import validation_mask
from core.errors import ConfigError, Problem
from core.messages import N_, say
from core.models import layers, network
from core.training import device, last_batch, losses, memory, transfer


def checked(settings: Mapping[str, Any] | RunConfig) -> RunConfig:
    """The validated configuration.

    Raises:
        ConfigError: with all problems.
    """
    config = settings if isinstance(settings, RunConfig) else parse(settings)
    found = problems(config)
    if found:
        raise ConfigError(found)
    return config


def problems(config: RunConfig) -> list[Problem]:
    """Problems between settings that are each valid on their own."""
    found = catalog.problems(config.data)
    found += losses.problems(config)
    found += device.problems(config)
    if catalog.exists(config.data.dataset):
        found += _model_problems(config)
    if not found:
        found += image_problems(config.data) + last_batch.problems(config)
    return found


def image_problems(config: DataConfig) -> list[Problem]:
    """Why images of one's own can't be trained with this split."""
    if not (stored.is_name(config.dataset) and stored.exists(config.dataset)):
        return []
    return _image_problems(config.dataset, config.validation_fraction, config.split_seed)


@lru_cache(maxsize=256)
def _image_problems(name: str, fraction: float, seed: int) -> list[Problem]:
    """A stored set never changes under its name, so that it is looked at once."""
    images = stored.load(name)
    mask = validation_mask(images, DataConfig(dataset=name, validation_fraction=fraction, split_seed=seed))
    return [Problem("data.dataset", found.sentences) for found in obstacles(images, mask)]


def _model_problems(config: RunConfig) -> list[Problem]:
    classes = len(catalog.info(config.data.dataset).classes)
    if isinstance(config.model, LayerStack):
        shape = catalog.input_shape(config.data)
        if catalog.has_points(config.data) and (found := _pixel_layers(config)):
            return found
        if not catalog.has_points(config.data) and (size := catalog.image_size(config.data)) != shape[1]:
            return [_two_sizes(size, shape[1])]
        _rows, problem = layers.summarise(config.model, shape)
        if problem:
            return [problem]
    elif config.probe:
        return [Problem("probe", say("“Look inside” needs your own layers. Switch it off, or choose another network."))]
    try:
        summary = network.summarise(config, classes)
    except ConfigError as error:
        return list(error.problems)
    found = transfer.problems(config, summary.parts)
    return [*found, *_output_problems(classes, summary.output), *_memory_problems(config, summary)]


def _pixel_layers(config: RunConfig) -> list[Problem]:
    """Layers that need an image, where the network gets the two numbers of a point."""
    if not any(layer.kind in ("conv2d", "max_pool2d", "avg_pool2d") for layer in config.layers):
        return []
    message = say("Points have no pixels. Remove the layers Conv2d, MaxPool2d and AvgPool2d, or choose images.")
    return [Problem("model.layers", message)]


def _two_sizes(training: int, validation: int) -> Problem:
    message = say(
        "Random crops make training images of {training} pixels, but the centre crop makes validation images of "
        "{validation} pixels. This network needs one size. Leave the centre crop empty.",
        training=training,
        validation=validation,
    )
    return Problem("data.center_crop", message)


def _output_problems(classes: int, output: tuple[int, ...]) -> list[Problem]:
    if output == (classes,):
        return []
    message = say(
        "The output of the last layer is {output}, but there are {classes} classes. Make the last layer a Linear layer "
        "of size {classes}.",
        output="×".join(map(str, output)),
        classes=classes,
    )
    return [Problem("model.layers", message)]


def _memory_problems(config: RunConfig, summary: network.Summary) -> list[Problem]:
    needed, limit = memory.training_bytes(config, summary), memory.memory_limit()
    if needed <= limit:
        return []
    if isinstance(config.model, LayerStack):
        remedy = N_(
            "Training this network needs about {needed} MB of memory, but a run may use only {limit} MB. "
            "Use smaller layers or smaller batches."
        )
    else:
        remedy = N_(
            "Training this network needs about {needed} MB of memory, but a run may use only {limit} MB. "
            "Freeze more parts, or use smaller batches or a smaller network."
        )
    return [Problem("model.layers", say(remedy, needed=round(needed / 1e6), limit=round(limit / 1e6)))]
