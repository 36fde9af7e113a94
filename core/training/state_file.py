"""A nested state in one file of safetensors: tensors as they are, all else as JSON in the header. No pickle.

A file carries its owner's name and a checksum over everything, so that a damaged file, or somebody else's, is noticed
before anything is taken from it.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

_TENSOR, _TUPLE, _MAP = "tensor", "tuple", "map"


class DamagedError(Exception):
    """The file isn't what was written."""


def write(path: Path, state: Mapping[str, Any], owner: str) -> None:
    """Write a state of dicts, lists, tuples, numbers, texts, None and tensors. Raises OSError, SafetensorError."""
    tensors: dict[str, torch.Tensor] = {}
    tree = json.dumps(_packed(state, tensors))
    header = {"owner": owner, "state": tree, "checksum": _checksum(owner, tree, tensors)}
    save_file(tensors, path, metadata=header)


def read(path: Path, owner: str) -> dict[str, Any]:
    """What `write` wrote for this owner, its tensors on the CPU.

    Raises:
        FileNotFoundError: there is no such file.
        DamagedError: it is damaged, or another owner's.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        tree = header["state"]
        whole = header["owner"] == owner and header["checksum"] == _checksum(owner, tree, tensors)
    except FileNotFoundError:
        raise
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise DamagedError(str(error)) from error
    if not whole:
        raise DamagedError("the checksum or the owner differs")
    state: dict[str, Any] = _unpacked(json.loads(tree), tensors)
    return state


def _packed(value: Any, tensors: dict[str, torch.Tensor]) -> Any:
    """The value for JSON, which knows neither tensors nor tuples nor keys that are numbers."""
    if isinstance(value, torch.Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach().cpu().contiguous()
        return {_TENSOR: name}
    if isinstance(value, Mapping):
        return {_MAP: [[key, _packed(one, tensors)] for key, one in value.items()]}
    if isinstance(value, tuple):
        return {_TUPLE: [_packed(one, tensors) for one in value]}
    if isinstance(value, list):
        return [_packed(one, tensors) for one in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a state can't hold a {type(value).__name__}")


def _unpacked(value: Any, tensors: Mapping[str, torch.Tensor]) -> Any:
    if isinstance(value, list):
        return [_unpacked(one, tensors) for one in value]
    if not isinstance(value, dict):
        return value
    if _TENSOR in value:
        return tensors[value[_TENSOR]]
    if _TUPLE in value:
        return tuple(_unpacked(one, tensors) for one in value[_TUPLE])
    return {key: _unpacked(one, tensors) for key, one in value[_MAP]}


def _checksum(owner: str, tree: str, tensors: Mapping[str, torch.Tensor]) -> str:
    digest = hashlib.sha256(f"{owner}\0{tree}\0".encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name}\0{tensor.dtype}\0{tuple(tensor.shape)}\0".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
