"""`RunConfig`: the complete configuration of a run.

Recipes, links, database rows, checkpoints and exported scripts all contain the same object. Field names are those of
PyTorch, if it has one. Pages show `title` and `description` of a field as label and help of its widget.
"""

from core.config.base import Settings
from core.config.data import Augmentation, DataConfig, PointCloud
from core.config.layers import (
    ACTIVATIONS,
    Activation,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    LayerStack,
    Linear,
    LogSoftmax,
    MaxPool2d,
)
from core.config.optimizers import (
    SGD,
    Adadelta,
    Adam,
    AdamW,
    Constant,
    Cosine,
    OneCycle,
    Optimizer,
    Plateau,
    RMSprop,
    Scheduler,
    StepLR,
)
from core.config.reading import (
    LAYERS,
    OPTIMIZERS,
    SCHEDULERS,
    differences,
    from_json,
    parse,
    parse_layers,
    read_setting,
    refusal,
    title_of,
    with_settings,
)
from core.config.run import RunConfig
from core.config.transfer import Backbone, BackboneName, Transfer

__all__ = [
    "ACTIVATIONS",
    "LAYERS",
    "OPTIMIZERS",
    "SCHEDULERS",
    "SGD",
    "Activation",
    "Adadelta",
    "Adam",
    "AdamW",
    "Augmentation",
    "AvgPool2d",
    "Backbone",
    "BackboneName",
    "BatchNorm",
    "Constant",
    "Conv2d",
    "Cosine",
    "DataConfig",
    "Dropout",
    "Flatten",
    "Layer",
    "LayerStack",
    "Linear",
    "LogSoftmax",
    "MaxPool2d",
    "OneCycle",
    "Optimizer",
    "Plateau",
    "PointCloud",
    "RMSprop",
    "RunConfig",
    "Scheduler",
    "Settings",
    "StepLR",
    "Transfer",
    "differences",
    "from_json",
    "parse",
    "parse_layers",
    "read_setting",
    "refusal",
    "title_of",
    "with_settings",
]
