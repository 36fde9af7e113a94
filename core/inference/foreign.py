"""Networks of other programs: what such a file is, and how one of torchvision's or of a recipe can be opened.

Files are only looked at, never run: a pickle could do anything. Importing ONNX is left out on purpose: its networks
needn't be one that this app can build, train or explain.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from safetensors.torch import load as read
from safetensors.torch import save

from core.config import RunConfig
from core.data.own.images import MALFORMED
from core.errors import ConfigError, RunError
from core.messages import Message, say
from core.models import backbones, network
from core.recipes import configure, recipes

_PYTORCH = "PyTorch"
_MOST_CLASSES = 1_000
_BACKBONE_RECIPE = "cats-dogs-transfer"
_LINEAR = re.compile(r"\d{1,3}\.weight")
_RECIPE_OF_INPUTS = {28 * 28: "mnist-mlp", 8 * 8: "digits"}  # whose images have so many pixels

Shapes = dict[str, tuple[int, ...]]


def kind(data: bytes) -> str | None:
    """Which program's file this is; None for safetensors, and for what isn't known."""
    # Safetensors are JSON after its length, whose bytes may look like the beginning of another file.
    return None if data[8:9] == b"{" else _foreign_kind(data)


def _foreign_kind(data: bytes) -> str | None:
    if data.startswith(b"PK\x03\x04"):
        return _kind_of_zip(data)
    if data.startswith(b"\x89HDF\r\n\x1a\n"):
        return "Keras (HDF5)"
    if data[4:8] == b"TFL3":
        return "TensorFlow Lite"
    if data.startswith(b"\x80") and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "a Python pickle"
    if data[:1] == b"\x08" and any(word in data[:200] for word in (b"pytorch", b"onnx", b"tf2onnx", b"keras2onnx")):
        return "ONNX"
    return None


def _kind_of_zip(data: bytes) -> str:
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, *MALFORMED):
        names = []
    if any(name.endswith("data.pkl") for name in names):
        return "TorchScript" if any("/code/" in name for name in names) else _PYTORCH
    return "Keras" if any(name.endswith((".weights.h5", "config.json")) for name in names) else "a zip archive"


def sentence(kind: str) -> Message:
    """Why a file of that kind isn't opened, and what to do."""
    if kind == _PYTORCH:
        return say(
            "This isn't a network of this app, but a PyTorch file, which could run any code. Save its weights with "
            "safetensors.torch.save_file(model.state_dict(), 'weights.safetensors') and open that file."
        )
    return say(
        "This isn't a network of this app: it is {kind}. Only weights.safetensors opens here: take it from Hand in on "
        "the page Runs, or save a PyTorch network's state_dict as safetensors.",
        kind=kind,
    )


# --- weights without settings -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unnamed:
    """Weights whose network is known, but not what its classes are called."""

    config: RunConfig
    title: str
    classes: int
    names: Mapping[str, str]  # of each tensor in the file, its name here


def unnamed(data: bytes) -> Unnamed | None:
    """The network that bare weights fit; None where the file says itself what it is, or fits none."""
    written = _shapes(data)
    if not written:
        return None
    for names in ({name: name for name in written}, _numbered(written)):
        shapes = {names[name]: shape for name, shape in written.items()} if names else {}
        for title, config, classes in _candidates(shapes):
            if 1 < classes <= _MOST_CLASSES and _wanted(config, classes) == shapes:
                return Unnamed(config, title, classes, names)
    return None


def _numbered(shapes: Shapes) -> dict[str, str]:
    """The names that linear layers of any names have in an nn.Sequential of Flatten, Linear, ReLU, Linear …

    They follow each other where the outputs of one are the inputs of the next. Empty where they don't.
    """
    left = {name.removesuffix(".weight"): shape for name, shape in shapes.items() if name.endswith(".weight")}
    if any(len(shape) != 2 for shape in left.values()) or set(shapes) != {
        f"{name}.{part}" for name in left for part in ("weight", "bias")
    }:
        return {}
    names: dict[str, str] = {}
    following = next((name for name in left if left[name][1] in _RECIPE_OF_INPUTS), None)
    place = 1
    while following is not None:
        names |= {f"{following}.{part}": f"{place}.{part}" for part in ("weight", "bias")}
        outputs = left.pop(following)[0]
        fitting = [name for name in left if left[name][1] == outputs]
        # Of several the square ones first, fc2 before fc10.
        following = min(fitting, key=lambda name: (left[name][0] != outputs, len(name), name), default=None)
        place += 2
    return {} if left else names


def unfitting(data: bytes) -> Message | None:
    """What to say of bare weights that fit no network; None where the file is something else."""
    if not _shapes(data):
        return None
    return say(
        "This isn't a network of this app, and its weights fit none that is known here: those of the recipes, {names}, "
        "and linear layers on images of 28 or 8 pixels.",
        names=", ".join(backbone.title for backbone in backbones.BACKBONES.values()),
    )


def named(data: bytes, found: Unnamed, classes: tuple[str, ...]) -> bytes:
    """The file as this app writes it. Raises RunError where the number of names isn't that of the classes."""
    if len(classes) != found.classes or len(set(classes)) != len(classes):
        raise RunError(
            say("Give {number} different names, one a line: as many as the network has outputs.", number=found.classes)
        )
    tensors = {found.names[name]: tensor for name, tensor in read(data).items()}
    return save(tensors, {"config": found.config.to_json(), "classes": json.dumps(classes), "epoch": "1"})


def _shapes(data: bytes) -> Shapes | None:
    """The shapes in a safetensors file that has no settings of this app, read from its header alone."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(len(data) - 8, 2**20):
        return None
    try:
        header = json.loads(data[8 : 8 + length])
        about = header.pop("__metadata__", {})
        shapes = {str(name): tuple(map(int, one["shape"])) for name, one in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return None if "config" in about else shapes


def _candidates(shapes: Shapes) -> Iterator[tuple[str, RunConfig, int]]:
    """Networks that the weights could be: those of the recipes, then torchvision's."""
    for recipe in recipes().values():
        outputs = shapes.get(f"{network.head_name(recipe.config)}.weight", (0,))[0]
        yield recipe.title, recipe.config, outputs
    if stack := _linear_stack(shapes):
        yield stack
    for name, backbone in backbones.BACKBONES.items():
        outputs = shapes.get(f"{backbone.head}.weight", (0,))[0]
        wanted = backbones.suited(name)
        changes = {"model": {"name": name}, "data.mean": wanted.mean, "data.std": wanted.std}
        yield backbone.title, configure(_BACKBONE_RECIPE, changes), outputs


def _linear_stack(shapes: Shapes) -> tuple[str, RunConfig, int] | None:
    """Linear layers in an nn.Sequential behind a Flatten; a module without weights between two of them is a ReLU."""
    sizes = {int(name.split(".")[0]): shape for name, shape in shapes.items() if _LINEAR.fullmatch(name)}
    places = sorted(sizes)
    if not places or places[0] != 1 or any(len(sizes[place]) != 2 for place in places):
        return None
    recipe = _RECIPE_OF_INPUTS.get(sizes[places[0]][1])
    if recipe is None:
        return None
    layers: list[dict[str, object]] = [{"kind": "flatten"}]
    for place in places:
        if place - len(layers) not in (0, 1):
            return None
        layers += [{"kind": "relu"}] * (place - len(layers))
        layers.append({"kind": "linear", "out_features": sizes[place][0]})
    config = configure(recipe, {"model.layers": layers, "loss": "cross_entropy"})
    return "Linear, ReLU", config, sizes[places[-1]][0]


def _wanted(config: RunConfig, classes: int) -> Shapes | None:
    try:
        with torch.device("meta"):
            built = network.build(config, classes).state_dict()
    except (ConfigError, RuntimeError):
        return None
    return {name: tuple(tensor.shape) for name, tensor in built.items()}
