"""Networks that come as files."""

import json
import struct

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from core import environment
from core.errors import ClassroomError, RunError
from core.inference import outside
from core.models import network
from core.recipes import configure
from core.runs.store import Store
from core.training import memory, weights
from tests import runs

CONFIG = configure("digits", {})
CLASSES = tuple("0123456789")


def exported(**header: str) -> bytes:
    """A file as the app writes it, with another header if wanted."""
    weights = network.build(CONFIG, 10).state_dict()
    return save(weights, {"config": CONFIG.to_json(), "classes": json.dumps(CLASSES), "epoch": "1"} | header)


def test_our_own_export_opens_and_says_the_same(store: Store) -> None:
    run = runs.trained(store, epochs=1)
    name = outside.keep(weights.best_path(run.id).read_bytes())
    here, there = weights.load(run.id), outside.load(name)
    image = torch.randn(3, 1, 8, 8)
    assert torch.equal(here.model(image), there.model(image))
    assert here.classes == there.classes
    assert outside.keep(weights.best_path(run.id).read_bytes()) == name


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no",
        b"PK\x03\x04" + bytes(100),
        struct.pack("<Q", 2**40) + b"{}",
        struct.pack("<Q", 2) + b"{}",
        save({"weight": torch.zeros(3)}),
        exported(config="{"),
        exported(config="[" * 100_000),
        exported(config='{"epochs": "many"}'),
        exported(classes='{"0": 1}'),
        exported(classes='["one"]'),
        exported(classes=json.dumps(["<b>", *CLASSES[1:]])),
        exported()[:-10],
    ],
    # The bytes themselves are no names: safetensors writes a header's entries in another order in each process.
    ids=[
        "empty",
        "two bytes",
        "zip",
        "endless header",
        "empty header",
        "no settings",
        "unfinished settings",
        "nested settings",
        "wrong settings",
        "classes no list",
        "one class",
        "markup in a class",
        "cut short",
    ],
)
def test_anything_else_is_refused_with_one_sentence(data: bytes) -> None:
    with pytest.raises(RunError, match="isn't a network of this app"):
        outside.keep(data)
    assert not list((environment.state_dir() / "opened").glob("*"))


def test_weights_must_be_those_of_the_network() -> None:
    weights = network.build(CONFIG, 10).state_dict()
    header = {"config": CONFIG.to_json(), "classes": json.dumps(CLASSES)}
    smaller = {name: tensor[:1] for name, tensor in weights.items()}
    for wrong in (smaller, {name: weights[name] for name in list(weights)[:-1]}, weights | {"more": torch.zeros(1)}):
        with pytest.raises(RunError, match="don't fit its network"):
            outside.keep(save(wrong, header))
    with pytest.raises(RunError, match="isn't a network of this app"):
        outside.keep(save({name: tensor.double() for name, tensor in weights.items()}, header))


def test_a_network_too_large_is_refused_before_memory_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "memory_limit", lambda: 1_000)
    built: list[object] = []
    monkeypatch.setattr(weights, "from_file", built.append)
    with pytest.raises(RunError, match="too large for this server"):
        outside.keep(exported())
    assert not built
    assert memory.memory_limit() > 1_000


def test_a_long_header_isnt_even_read() -> None:
    length = outside.HEADER_BYTES + 1
    with pytest.raises(RunError, match="too long"):
        outside.keep(struct.pack("<Q", length) + b" " * length)


def test_the_oldest_files_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (outside.keep(exported(epoch=str(number))) for number in (1, 2))
    monkeypatch.setattr(outside, "KEPT_BYTES", 3 * len(exported()) - 1)
    outside.load(first)  # now the second was used longest ago
    third = outside.keep(exported(epoch="3"))
    assert outside.path(first).exists()
    assert outside.path(third).exists()
    with pytest.raises(RunError, match="isn't on the server any more"):
        outside.load(second)


@pytest.mark.parametrize("name", ["", "../../runs", "a/b", "0" * 16])
def test_no_name_leads_elsewhere(name: str) -> None:
    with pytest.raises(RunError, match="isn't on the server any more"):
        outside.load(name)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(places=st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 255)), min_size=1, max_size=6))
def test_mutated_files_open_or_are_refused(places: list[tuple[int, int]]) -> None:
    data = bytearray(exported())
    for place, value in places:
        data[place] = value
    try:
        name = outside.keep(bytes(data))
    except ClassroomError:
        return
    outside.load(name)
