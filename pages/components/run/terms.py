"""The glossary's terms for the pages that show a run."""

from core.config import RunConfig

_ALWAYS = ("Accuracy", "Batch", "Epoch", "Gradient", "Learning rate", "Loss", "Optimizer", "Seed", "Step", "Weights")
_OF_LAYERS = {
    "conv2d": ("Convolution", "Kernel"),
    "max_pool2d": ("Pooling",),
    "avg_pool2d": ("Pooling",),
    "dropout": ("Dropout",),
}
EVALUATION_TERMS = ("Confidence", "Confusion matrix", "Precision", "Recall")


def training_terms(config: RunConfig) -> set[str]:
    """The terms of every training, and those of this run's layers and settings."""
    terms = {*_ALWAYS, "Validation"}
    for layer in config.layers:
        terms.update(_OF_LAYERS.get(layer.kind, ()))
    if hasattr(config.optimizer, "momentum"):
        terms.add("Momentum")
    return terms
