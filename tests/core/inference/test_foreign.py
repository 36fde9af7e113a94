"""Networks of other programs: named, and opened where bare weights fit a known network."""

import io
import json
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load as read
from safetensors.torch import save
from torch import nn

from core.errors import RunError
from core.inference import foreign, outside
from core.models import backbones, network
from core.recipes import configure

CASES = Path(__file__).parents[4] / "shared" / "cases" / "M01-foreign-models"
LETTERS = tuple("abcdefghij")


def saved(thing: object) -> bytes:
    file = io.BytesIO()
    torch.save(thing, file)
    return file.getvalue()


def zipped(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, b"{}")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (saved(nn.Linear(2, 3).state_dict()), "PyTorch"),
        (zipped("model/code/__torch__.py"), "a zip archive"),
        (zipped("config.json"), "Keras"),
        (b"\x89HDF\r\n\x1a\n" + bytes(50), "Keras (HDF5)"),
        (b"\x1c\0\0\0TFL3" + bytes(50), "TensorFlow Lite"),
        (b"\x08\x07\x12\x07pytorch" + bytes(50), "ONNX"),
        (pickle.dumps([1]), "a Python pickle"),
        (save({"a": torch.zeros(1)}), None),
        (b"hello", None),
    ],
)
def test_files_of_other_programs_are_named(data: bytes, kind: str | None) -> None:
    assert foreign.kind(data) == kind
    with pytest.raises(RunError, match="isn't a network of this app"):
        outside.keep(data)


def test_a_pytorch_file_says_how_to_save_it() -> None:
    with pytest.raises(RunError, match=r"safetensors\.torch\.save_file"):
        outside.keep(saved(nn.Linear(2, 3).state_dict()))


def opened(model: nn.Module, classes: tuple[str, ...]) -> nn.Module:
    """The model as the app opens its weights."""
    data = save(model.state_dict())
    found = foreign.unnamed(data)
    assert found
    assert found.classes == len(classes)
    trained = outside.load(outside.keep(foreign.named(data, found, classes)))
    assert trained.classes == classes
    return trained.model


def test_a_network_of_torchvision_is_recognised_by_its_weights() -> None:
    model = backbones.build("resnet18", 3).eval()
    image = torch.randn(1, 3, 64, 64)
    torch.testing.assert_close(opened(model, ("cat", "dog", "fox"))(image), model(image))


def test_a_recipe_s_network_is_recognised_by_its_weights() -> None:
    model = network.build(configure("mnist-mlp", {}), 10).eval()
    image = torch.randn(1, 1, 28, 28)
    torch.testing.assert_close(opened(model, LETTERS)(image), model(image))


def test_linear_layers_are_recognised_by_their_weights() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 20), nn.ReLU(), nn.Linear(20, 10)).eval()
    image = torch.randn(1, 1, 8, 8)
    torch.testing.assert_close(opened(model, LETTERS)(image), model(image))


def test_linear_layers_of_other_names_are_recognised() -> None:
    model = nn.Sequential()
    model.add_module("flatten", nn.Flatten())
    model.add_module("input", nn.Linear(784, 32))
    model.add_module("activation", nn.ReLU())
    model.add_module("second", nn.Linear(32, 32))
    model.add_module("again", nn.ReLU())
    model.add_module("answer", nn.Linear(32, 10))
    image = torch.randn(1, 1, 28, 28)
    torch.testing.assert_close(opened(model.eval(), LETTERS)(image), model(image))


def test_other_weights_are_not_recognised() -> None:
    for model in (nn.Sequential(nn.Flatten(), nn.Linear(63, 10)), nn.LSTM(3, 4), nn.Bilinear(8, 8, 64)):
        data = save(model.state_dict())
        assert foreign.unnamed(data) is None
        with pytest.raises(
            RunError, match="its weights fit none that is known here: those of the recipes, EfficientNet"
        ):
            outside.keep(data)
    assert foreign.unnamed(b"") is None


def test_each_class_needs_a_name_of_its_own() -> None:
    data = save(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).state_dict())
    found = foreign.unnamed(data)
    assert found
    for names in (LETTERS[:9], ("a",) * 10):
        with pytest.raises(RunError, match="Give 10 different names"):
            foreign.named(data, found, names)
    assert read(foreign.named(data, found, LETTERS)).keys() == {"1.weight", "1.bias"}


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases aren't here")
def test_files_that_were_brought() -> None:
    kinds = {path.name: foreign.kind(path.read_bytes()) for path in CASES.iterdir() if path.name != "README"}
    assert {name for name, kind in kinds.items() if kind is None} == {"model.safetensors", "named.safetensors"}
    for name in ("model.safetensors", "named.safetensors"):
        assert foreign.unnamed((CASES / name).read_bytes()) is not None


def test_safetensors_whose_length_looks_like_a_pickle_are_no_pickle() -> None:
    header = json.dumps({"__metadata__": {"name": "one"}})
    header = header.ljust(0x580)
    assert foreign.kind(len(header).to_bytes(8, "little") + header.encode()) is None
    assert foreign.kind(pickle.dumps({"weights": [1.0]}, protocol=5)) == "a Python pickle"
