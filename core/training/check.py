"""Everything that can be wrong with a run, found before it starts and reported together."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from core import environment
from core.config import Backbone, DataConfig, LayerStack, RunConfig, parse
from core.data import catalog
from core.data.own import stored
from core.data.own.trainable import obstacles
from core.data.split import validation_mask
from core.errors import ConfigError, Problem
from core.messages import N_, say
from core.models import layers, network
from core.training import device, features, last_batch, losses, transfer

# What fits beside the app on a small server.
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
        if (size := catalog.image_size(config.data)) != shape[1]:
            return [_two_sizes(size, shape[1])]
        _rows, problem = layers.summarise(config.model, shape)
        if problem:
            return [problem]
    elif config.probe:
        return [Problem("probe", say("Only layers of your own can be looked into. Switch Look inside off."))]
    try:
        summary = network.summarise(config, classes)
    except ConfigError as error:
        return list(error.problems)
    found = transfer.problems(config, summary.parts)
    return [*found, *_output_problems(classes, summary.output), *_memory_problems(config, summary)]


def _two_sizes(training: int, validation: int) -> Problem:
    message = say(
        "Random crops give images of {training} pixels for training, the centre crop {validation} for validation. "
        "This network takes one size: leave the centre crop empty.",
        training=training,
        validation=validation,
    )
    return Problem("data.center_crop", message)


def _output_problems(classes: int, output: tuple[int, ...]) -> list[Problem]:
    if output == (classes,):
        return []
    message = say(
        "The last layer gives {output}, but there are {classes} classes. End with a linear layer of {classes} outputs.",
        output="×".join(map(str, output)),
        classes=classes,
    )
    return [Problem("model.layers", message)]


def _memory_problems(config: RunConfig, summary: network.Summary) -> list[Problem]:
    needed, limit = training_bytes(config, summary), memory_limit()
    if needed <= limit:
        return []
    if isinstance(config.model, LayerStack):
        remedy = N_(
            "This network needs about {needed} MB to train, more than the {limit} MB there are. "
            "Make its layers or the batches smaller."
        )
    else:
        remedy = N_(
            "This network needs about {needed} MB to train, more than the {limit} MB there are. "
            "Freeze more of it, take smaller batches, or a smaller network."
        )
    return [Problem("model.layers", say(remedy, needed=round(needed / 1e6), limit=round(limit / 1e6)))]


def training_bytes(config: RunConfig, summary: network.Summary) -> int:
    """A rough upper bound of the memory that training takes, all numbers float32.

    Each weight is there twice, in the network and as the best so far; one that learns also has a gradient and up to two
    moments. What layers give is kept where gradients pass, else only from one layer to the next.
    """
    learning = learning_parameters(config, summary)
    if config.transfer.trains == "head" and isinstance(config.model, Backbone):
        kept = features.AT_ONCE * summary.values // 10
    else:
        kept = config.batch_size * summary.values * (1 if isinstance(config.model, Backbone) else 2)
    return 4 * (2 * summary.parameters + 3 * learning + kept)


def learning_parameters(config: RunConfig, summary: network.Summary) -> int:
    """How many weights learn."""
    if config.transfer.trains == "all":
        return summary.parameters
    chosen = {*config.transfer.parts, summary.head}
    # A part inside one that is chosen as well counts once.
    outermost = {name for name in chosen if not any(name.startswith(f"{other}.") for other in chosen)}
    return sum(summary.sizes[name] for name in outermost if name in summary.sizes)


def memory_limit() -> int:
    """What one training run may take of this machine's memory, in bytes."""
    return max(TRAINING_BYTES, environment.memory() // (3 * environment.training_slots()))
