"""Passes a run's images through its frozen network once more, now with ImageNet's own last layer."""

from collections.abc import Generator, Iterator

import torch

from core.config import LayerStack, RunConfig
from core.data import datasets
from core.data.batches import validation_batches
from core.data.datasets import ImageData
from core.data.split import few_of_each
from core.errors import RunError
from core.evaluation import knowledge
from core.evaluation.knowledge import Floats, Integers, Knowledge
from core.messages import say
from core.models import backbones
from core.progress import Progress
from core.torchvision_compat import torchvision
from core.training import weights

MOST = 600  # images; a hundredth of a second each
LEAST_OF_EACH = 20  # images of a class, however many classes there are
_CONCEPTS = 1_000
_AT_ONCE = 32
_CPU = torch.device("cpu")


def concept_names() -> list[str]:
    """ImageNet's thousand names, in the order of the networks' outputs."""
    names: list[str] = torchvision().models.ResNet34_Weights.IMAGENET1K_V1.meta["categories"]
    return names


def borrow(run_id: str) -> Iterator[Progress]:
    """Compute what a run borrows from ImageNet and save it in the run's folder.

    Raises:
        RunError: the run has no network that knows ImageNet.
        DataError: the images or the weights are gone.
    """
    config = weights.read_config(weights.best_path(run_id))
    if not knowledge.known(config) or isinstance(config.model, LayerStack):
        raise RunError(say("This run doesn't use a frozen network that knows ImageNet."))
    yield from datasets.prepare(config.data)
    yield from backbones.download(config.model.name)
    data = datasets.load(config.data)
    labels, positions = _chosen(data)
    features, probabilities = yield from _seen(config, data, positions)
    concepts, strengths, examples = knowledge.strongest(probabilities, labels, len(data.classes))
    found = Knowledge(
        concepts,
        strengths,
        examples,
        positions,
        labels,
        knowledge.two_components(features),
        knowledge.odd_ones(features, labels),
        len(data.train) + len(data.validation),
    )
    knowledge.keep(run_id, found)


def _chosen(data: ImageData) -> tuple[Integers, Integers]:
    """Labels and positions of the same number of images of each class, training images before validation images."""
    labels = torch.cat([data.train.labels, data.validation.labels]).numpy()
    positions = few_of_each(labels, max(LEAST_OF_EACH, MOST // len(data.classes)), seed=0)
    return labels[positions], positions


def _seen(config: RunConfig, data: ImageData, positions: Integers) -> Generator[Progress, None, tuple[Floats, Floats]]:
    """Features [N, F] of the images, and the probability of each of ImageNet's concepts, [N, 1000]."""
    assert not isinstance(config.model, LayerStack)
    model = backbones.build(config.model.name, _CONCEPTS)
    model.load_state_dict(backbones.imagenet(config.model.name), strict=False)
    model.eval()
    given: list[torch.Tensor] = []
    head = model.get_submodule(backbones.BACKBONES[config.model.name].head)
    head.register_forward_pre_hook(lambda _module, inputs: given.append(inputs[0]))
    sets = [(data.train, positions[positions < len(data.train)])]
    sets.append((data.validation, positions[len(sets[0][1]) :] - len(data.train)))
    probabilities = []
    for images, rows in sets:
        batches = validation_batches(config, images, _CPU)
        for part in torch.from_numpy(rows).split(_AT_ONCE):
            with torch.no_grad():
                outputs = model(batches.batch(part)[0])
            probabilities.append(outputs.float().softmax(1))
            done = sum(map(len, probabilities))
            message = say(
                "Asking ImageNet's own last layer about image {done} of {total}", done=done, total=len(positions)
            )
            yield Progress(message, done / len(positions))
    features = [one.mean((-2, -1)) if one.ndim == 4 else one.flatten(1) for one in given]
    return torch.cat(features).float().numpy(), torch.cat(probabilities).numpy()
