"""Transfer learning: begin with weights that someone has trained, and let only some of them learn."""

from collections.abc import Iterator

import torch
from torch import nn

from core.config import LayerStack, RunConfig
from core.errors import ConfigError, Problem, RunError
from core.messages import say
from core.models import backbones, network
from core.progress import Progress
from core.training import weights


def prepare(config: RunConfig) -> Iterator[Progress]:
    """Make sure that the starting weights are there. Yields nothing where they are. Raises DataError or RunError."""
    if config.transfer.weights == "imagenet" and not isinstance(config.model, LayerStack):
        yield from backbones.download(config.model.name)


def begin(model: nn.Module, config: RunConfig) -> None:
    """Give the model its starting weights, all but the head's, and freeze what shall not learn.

    Raises:
        RunError: the run to begin with has no weights, or another network.
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
    """Training mode, but for what is frozen.

    What comes before the first part that learns always gives the same for the same image: it stays in evaluation mode,
    dropout and batch norm's averages included. So do frozen batch norms further on.
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
    """What doesn't fit between the starting weights, the parts that shall learn, and the network."""
    found = []
    known = {part.name for part in parts if part.parameters}
    for name in config.transfer.parts:
        if name not in known:
            message = say(
                "The network has no part {name} with weights. Choose among {known}.",
                name=name,
                known=", ".join(part.name for part in parts if part.parameters and not part.depth),
            )
            found.append(Problem("transfer.trains", message))
    if config.transfer.weights == "imagenet" and isinstance(config.model, LayerStack):
        message = say("ImageNet's weights fit torchvision's networks only. Choose one of these, or random weights.")
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
    message = say("That run has another network. Choose the same one, or another run to begin with.")
    return [Problem("transfer.weights", message)]


def same_body(one: RunConfig, other: RunConfig) -> bool:
    """Whether two networks are the same but for their heads."""
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
                "The weights to begin with don't fit this network at {layer}. Take the same layers and "
                "image size, or begin with random weights.",
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
