"""Networks from files: a `weights.safetensors` of this app, trained anywhere.

The file isn't trusted. Before any weight is loaded, the header is checked: its size, its settings, and whether the
shapes of all weights are those of the network that the settings describe. The format can't contain code.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from core import environment
from core.config import RunConfig, from_json
from core.data.own.names import display
from core.errors import ClassroomError, RunError
from core.inference import foreign
from core.messages import say
from core.models import network
from core.storage import limit, replacing
from core.training import weights
from core.training.memory import memory_limit
from core.training.weights import Trained

HEADER_BYTES = 2**20
CLASSES = 1_000
# Disk space for all opened files. The longest unused ones are removed first.
KEPT_BYTES = 1_000_000_000
_NAME_LENGTH = 16  # letters of a digest

_NOT_OURS = say(
    "This file isn't a network of this app. Use the file weights.safetensors from the page Runs, tab Hand in."
)


def keep(data: bytes) -> str:
    """Check the bytes of a file and store them. Returns the name for `load`, a digest.

    Raises:
        RunError: the file isn't a network of this app, is damaged, or is too large for this server.
    """
    if kind := foreign.kind(data):
        raise RunError(foreign.sentence(kind))
    if told := foreign.unfitting(data):
        raise RunError(told)
    name = hashlib.sha256(data).hexdigest()[:_NAME_LENGTH]
    target = path(name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as aside:
            aside.write_bytes(data)
            _check(aside, data[:8], len(data))
            limit(target.parent, "*.safetensors", KEPT_BYTES - len(data))
    except OSError as error:
        message = say("The file can't be saved ({reason}). Free some disk space.", reason=error.strerror or "")
        raise RunError(message) from error
    return name


def load(name: str) -> Trained:
    """The network that `keep` stored. Raises RunError if it is gone."""
    if not (name.isalnum() and len(name) == _NAME_LENGTH and path(name).exists()):
        raise RunError(say("This network isn't on the server any more. Open its file again."))
    os.utime(path(name))
    return weights.from_file(path(name))


def path(name: str) -> Path:
    """The stored file with this name."""
    return environment.state_dir() / "opened" / f"{name}.safetensors"


def _check(file: Path, beginning: bytes, size: int) -> None:
    """Raise RunError for a damaged or foreign file. Reads no weights."""
    length = int.from_bytes(beginning, "little")
    if len(beginning) < 8 or length > size - 8:
        raise RunError(_NOT_OURS)
    if length > HEADER_BYTES:
        raise RunError(say("The header of this file is too long. Use a file that this app wrote."))
    try:
        with safe_open(file, framework="pt") as content:
            header = content.metadata() or {}
            shapes = {name: tuple(content.get_slice(name).get_shape()) for name in content.keys()}  # noqa: SIM118
            types = {name: content.get_slice(name).get_dtype() for name in content.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError, RecursionError) as error:
        raise RunError(_NOT_OURS) from error
    config, classes = _described(header)
    _check_shapes(config, len(classes), shapes, types)


def _described(header: dict[str, Any]) -> tuple[RunConfig, tuple[str, ...]]:
    try:
        config, classes = from_json(header["config"]), json.loads(header["classes"])
    except (KeyError, ValueError, RecursionError, ClassroomError) as error:
        raise RunError(_NOT_OURS) from error
    named = isinstance(classes, list) and all(isinstance(one, str) and display(one) == one != "" for one in classes)
    if not named or not 1 < len(classes) <= CLASSES:
        raise RunError(_NOT_OURS)
    return config, tuple(classes)


def _check_shapes(config: RunConfig, classes: int, shapes: dict[str, tuple[int, ...]], types: dict[str, str]) -> None:
    """Raise RunError if the weights don't fit the network, or if the network needs too much memory."""
    summary = network.summarise(config, classes)  # raises ConfigError for a layer that doesn't fit
    if summary.output != (classes,):
        raise RunError(_NOT_OURS)
    with torch.device("meta"):
        wanted = network.build(config, classes).state_dict()
    if shapes != {name: tuple(tensor.shape) for name, tensor in wanted.items()}:
        raise RunError(say("The weights in this file don't fit its network. Download the file again."))
    if any(types[name] != _TYPES.get(tensor.dtype) for name, tensor in wanted.items()):
        raise RunError(_NOT_OURS)
    if 4 * (2 * summary.parameters + summary.values) > memory_limit():
        raise RunError(say("This network is too large for this server. Open it on a machine with more memory."))


_TYPES = {torch.float32: "F32", torch.int64: "I64"}  # of weights, and of batch norm's counter
