"""Transfer learning: start with trained weights, and let only some of them learn."""

from collections.abc import Iterator

import torch
from torch import nn

from core.config import LayerStack, RunConfig
from core.errors import ConfigError, Problem, RunError
from core.messages import say
from core.models import backbones, network
from core.progress import Progress
from core.training import weights


def download_weights(config: RunConfig) -> Iterator[Progress]:
    """Download the starting weights unless they are there. Raises DataError or RunError."""
    if config.transfer.weights == "imagenet" and not isinstance(config.model, LayerStack):
        yield from backbones.download(config.model.name)


def load_start(model: nn.Module, config: RunConfig) -> None:
    """Load the starting weights, except those of the head, and freeze the parts that don't learn.

    Raises:
        RunError: the run to start from has no weights, or another network.
    """
    if config.transfer.weights != "random":
        _load(model, config)
    for name, parameter in model.named_parameters():
        parameter.requires_grad = learns(config, name)


def learns(config: RunConfig, parameter: str) -> bool:
    """Whether the parameter of this name is trained."""
    if config.transfer.trains == "all":
        return True
    return any(_inside(parameter, part) for part in (*config.transfer.parts, network.head_name(config)))


def train_mode(model: nn.Module, config: RunConfig) -> None:
    """Set training mode, except for frozen parts.

    Everything before the first part that learns stays in evaluation mode, so that it gives the same output for the same
    image. Frozen batch norms after it stay in evaluation mode, too.
    """
    model.train()
    if config.transfer.trains == "all":
        return
    begun = False
    for name, module in model.named_modules():
        if any(True for _ in module.children()):
            continue
        own = [learns(config, f"{name}.{parameter}") for parameter, _ in module.named_parameters()]
        begun = begun or any(own)
        if not begun or (own and not any(own)):
            module.eval()


def problems(config: RunConfig, parts: tuple[network.Part, ...]) -> list[Problem]:
    """Problems between the starting weights, the parts that learn, and the network."""
    found = []
    known = {part.name for part in parts if part.parameters}
    for name in config.transfer.parts:
        if name not in known:
            message = say(
                "The network has no part {name} with weights. Choose from {known}.",
                name=name,
                known=", ".join(part.name for part in parts if part.parameters and not part.depth),
            )
            found.append(Problem("transfer.trains", message))
    if config.transfer.weights == "imagenet" and isinstance(config.model, LayerStack):
        message = say("ImageNet's weights only fit torchvision's networks. Choose such a network, or random weights.")
        found.append(Problem("transfer.weights", message))
    if config.transfer.weights not in ("random", "imagenet"):
        found += _start_problems(config)
    return found


def _start_problems(config: RunConfig) -> list[Problem]:
    try:
        begun = weights.read_config(weights.best_path(config.transfer.weights))
    except RunError as error:
        return [Problem("transfer.weights", error.message)]
    if same_body(begun, config):
        return []
    message = say("The run with the starting weights has another network. Choose the same network, or another run.")
    return [Problem("transfer.weights", message)]


def same_body(one: RunConfig, other: RunConfig) -> bool:
    """Whether two networks are the same except for their heads."""
    if isinstance(one.model, LayerStack) and isinstance(other.model, LayerStack):
        place = int(network.head_name(one))
        return one.layers[:place] == other.layers[:place] and network.head_name(other) == str(place)
    return one.model == other.model


def _load(model: nn.Module, config: RunConfig) -> None:
    head = network.head_name(config)
    wanted = {name: tensor for name, tensor in model.state_dict().items() if not _inside(name, head)}
    given = _weights(config)
    fitting = {name: given[name] for name in wanted if name in given and given[name].shape == wanted[name].shape}
    if fitting.keys() != wanted.keys():
        raise RunError(
            say(
                "The starting weights don't fit this network at {layer}. Use the same layers and image size, "
                "or random weights.",
                layer=next(name for name in wanted if name not in fitting),
            )
        )
    model.load_state_dict(fitting, strict=False)


def _weights(config: RunConfig) -> dict[str, torch.Tensor]:
    if config.transfer.weights != "imagenet":
        return weights.read(weights.best_path(config.transfer.weights))[2]
    if isinstance(config.model, LayerStack):
        raise ConfigError(problems(config, ()))
    return backbones.imagenet(config.model.name)


def _inside(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")
