"""Batch norm computes a mean over a batch, which one number doesn't have: no batch may hold a single image then."""

from functools import lru_cache

import torch
from torch import nn

from core.config import DataConfig, LayerStack, RunConfig
from core.data import catalog, datasets
from core.errors import Problem
from core.messages import say
from core.models import backbones, layers
from core.training import transfer


def problems(config: RunConfig, images: int | None = None) -> list[Problem]:
    """Whether batch norm would get a batch of one image.

    Args:
        config: Settings whose network fits its images.
        images: How many there are to learn from; None: counted, where they are on this server.
    """
    images = _images(config.data) if images is None else images
    left = 1 if config.batch_size == 1 else None if images is None else images % config.batch_size
    model = RunConfig(model=config.model, transfer=config.transfer)
    if left != 1 or not _needs_two(model, _classes(config), catalog.input_shape(config.data)):
        return []
    if config.batch_size == 1:
        return [Problem("batch_size", say("Batch norm needs at least two images in a batch. Choose 2 or more."))]
    better = next(size for size in range(config.batch_size + 1, 3 * config.batch_size + 3) if (images or 0) % size != 1)
    message = say(
        "With {images} images, the last batch of each epoch would hold a single one, and batch norm needs at least "
        "two. Choose another batch size, such as {better}.",
        images=images or 0,
        better=better,
    )
    return [Problem("batch_size", message)]


def _classes(config: RunConfig) -> int:
    return len(catalog.info(config.data.dataset).classes)


def _images(config: DataConfig) -> int | None:
    if not datasets.ready(config):
        return None
    if catalog.has_points(config):
        return len(datasets.load(config).train)
    return _counted(datasets.what_decides(config))


@lru_cache(maxsize=64)
def _counted(config: DataConfig) -> int:
    return len(datasets.load(config).train)


@lru_cache(maxsize=64)
def _needs_two(config: RunConfig, classes: int, shape: tuple[int, ...]) -> bool:
    """Whether a layer of batch norm gets a single number for each channel of an image. Takes no memory for weights."""
    with torch.device("meta"), torch.no_grad():
        if isinstance(config.model, LayerStack):
            model: nn.Module = layers.build(config.model, shape)
        else:
            model = backbones.build(config.model.name, classes)
        norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
        if not norms:
            return False
        transfer.train_mode(model, config)  # frozen layers keep their averages
        try:
            model(torch.empty((1, *shape)))
        except ValueError:
            return True
    return False
