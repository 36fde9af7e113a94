"""Damaged checkpoints: the one before is used, or the run begins again; the numbers are the same, and it is told."""

import pickle
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from core.data import datasets
from core.recipes import configure
from core.runs.state import State
from core.runs.store import Store
from core.training import checkpoint, loop, run_files, state_file
from core.training.loop import Trainer
from core.training.records import LossRecord, Record
from tests.runs import claimed, queue, train_next

CONFIG = configure("digits", {"epochs": 2})


class Evil:
    """A pickle that would make a file when it is read."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return Path.touch, (Path("executed"),)  # type: ignore[return-value]


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1000] ^= 1
    path.write_bytes(content)


def of_another_run(path: Path) -> None:
    state_file.write(path, state_file.read(path, owner="run"), owner="another")


def pickled(path: Path) -> None:
    path.write_bytes(pickle.dumps(Evil()))


def torch_pickled(path: Path) -> None:
    torch.save({"model": torch.sparse_coo_tensor(torch.tensor([[10**6]]), torch.tensor([1.0]), (3,))}, path)


def of_other_content(path: Path) -> None:
    save_file({"0": torch.zeros(3)}, path, metadata={"owner": "run", "state": "{}", "checksum": "0"})


DAMAGES = (truncated, zeroed, empty, flipped, of_another_run, pickled, torch_pickled, of_other_content)


def trainer() -> Trainer:
    for _ in datasets.prepare(CONFIG.data):
        pass
    return Trainer(CONFIG, datasets.load(CONFIG.data), torch.device("cpu"))


def losses(records: list[Record]) -> list[float]:
    return [loss for record in records if isinstance(record, LossRecord) for loss in record.losses]


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_checkpoint_before_a_damaged_one_is_used(
    damage: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "RECORD_SECONDS", 0.0)
    whole = losses(list(trainer().records()))
    first = trainer()
    records = first.records()
    before = list(islice(records, 20))
    checkpoint.save(first, "run")
    saved = first.position.step
    list(islice(records, 10))
    checkpoint.save(first, "run")
    damage(run_files.last_checkpoint("run"))
    second = trainer()
    note = checkpoint.restore(second, "run")
    assert "went on from the one before" in str(note)
    assert second.position.step == saved
    assert losses(before) + losses(list(second.records())) == whole
    assert not Path("executed").exists()


def test_where_both_are_damaged_the_run_begins_again() -> None:
    ours = trainer()
    list(ours.records())
    checkpoint.save(ours, "run")
    checkpoint.save(ours, "run")
    for path in (run_files.last_checkpoint("run"), run_files.previous_checkpoint("run")):
        truncated(path)
    again = trainer()
    assert "from its first step" in str(checkpoint.restore(again, "run"))
    assert losses(list(again.records())) == losses(list(trainer().records()))


def test_a_kill_between_the_two_renames_loses_nothing() -> None:
    ours = trainer()
    list(islice(ours.records(), 1))
    checkpoint.save(ours, "run")
    run_files.last_checkpoint("run").rename(run_files.previous_checkpoint("run"))
    again = trainer()
    assert checkpoint.restore(again, "run") is None
    assert again.position == ours.position


def test_a_checkpoint_of_the_version_before_is_not_read_and_it_is_told() -> None:
    ours = trainer()
    run_files.folder("run").mkdir(parents=True)
    torch.save(ours.state_dict(), run_files.checkpoint_of_0_1("run"))
    assert checkpoint.restore(trainer(), "run") == checkpoint.SAVED_BY_0_1


def test_the_owner_of_a_run_reads_that_its_checkpoint_was_damaged(store: Store) -> None:
    run_id = queue(store, epochs=2)
    journal = claimed(store)
    run_files.folder(run_id).mkdir(parents=True)
    run_files.last_checkpoint(run_id).write_bytes(b"half a fi")
    store.give_back(run_id, journal.attempt)
    run = train_next(store)
    assert run.state == State.FINISHED
    assert "damaged" in str(run.note)


def test_a_state_comes_back_as_it_was(tmp_path: Path) -> None:
    state: dict[Any, Any] = {
        "numbers": [1, 2.5, float("inf"), None, True, "text"],
        3: {"pair": (1, (2.0, "x"))},
        "tensors": [torch.tensor(1.5), torch.arange(6).reshape(2, 3), torch.tensor([], dtype=torch.uint8)],
        "half": torch.randn(3).to(torch.bfloat16),
        "empty": {},
    }
    state_file.write(tmp_path / "state", state, owner="me")
    back = state_file.read(tmp_path / "state", owner="me")
    assert back.keys() == state.keys()
    assert back["numbers"] == state["numbers"]
    assert {3: back[3]} == {3: state[3]}  # type: ignore[index]
    assert back["empty"] == {}
    for ours, theirs in zip([*back["tensors"], back["half"]], [*state["tensors"], state["half"]], strict=True):
        assert ours.dtype == theirs.dtype
        assert torch.equal(ours, theirs)
    with pytest.raises(TypeError, match="can't hold a set"):
        state_file.write(tmp_path / "state", {"a": {1}}, owner="me")
