"""Files for other programs, read as those programs read them."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator
from tensorboard.backend.event_processing.event_accumulator import SCALARS, EventAccumulator, ScalarEvent

from core.data.catalog import input_shape
from core.errors import RunError
from core.handin import files, tensorboard
from core.handin.snapshot import Snapshot
from core.training import weights

pytestmark = pytest.mark.usefixtures("shared_folders")  # and so one trained run for all


def read_by_tensorboard(content: bytes, folder: Path) -> dict[str, list[ScalarEvent]]:
    """Every scalar in an event file by its tag: step, value and wall time."""
    folder.mkdir(exist_ok=True)
    (folder / "events.out.tfevents").write_bytes(content)
    reader = EventAccumulator(str(folder), size_guidance={SCALARS: 0})  # 0: all of them
    reader.Reload()
    return {tag: reader.Scalars(tag) for tag in reader.Tags()[SCALARS]}


def test_tensorboard_reads_every_loss_and_every_epoch(snapshot: Snapshot, tmp_path: Path) -> None:
    found = read_by_tensorboard(files.event_file(snapshot), tmp_path)
    began = snapshot.run.started_at
    assert began
    pace = snapshot.run.seconds / snapshot.run.step
    assert found.pop("loss/step") == [
        ScalarEvent(began + pace * step, step, loss) for step, loss in enumerate(snapshot.losses.tolist())
    ]
    of_epochs = {
        "loss/training": [one.train_loss for one in snapshot.epochs],
        "loss/validation": [one.val_loss for one in snapshot.epochs],
        "accuracy/training": [one.train_accuracy for one in snapshot.epochs],
        "accuracy/validation": [one.val_accuracy for one in snapshot.epochs],
        "learning_rate": [one.lr for one in snapshot.epochs],
    }
    assert found == {
        tag: [
            ScalarEvent(began + record.seconds, record.epoch, float(np.float32(value)))
            for record, value in zip(snapshot.epochs, values, strict=True)
        ]
        for tag, values in of_epochs.items()
    }


def test_tensorboard_reads_values_that_are_no_finite_numbers(tmp_path: Path) -> None:
    written = [("loss/step", step, value, 10.0) for step, value in enumerate((float("inf"), float("nan"), 0.5))]
    values = [one.value for one in read_by_tensorboard(tensorboard.event_file(written), tmp_path)["loss/step"]]
    assert values[0] == float("inf")
    assert np.isnan(values[1])
    assert values[2] == 0.5


def test_other_programs_get_the_network_s_outputs_from_the_onnx_file(snapshot: Snapshot) -> None:
    model = onnx.load_from_string(files.onnx(snapshot))
    onnx.checker.check_model(model, full_check=True)
    trained = weights.load(snapshot.run.id)
    images = torch.rand(5, *input_shape(trained.config.data), generator=torch.Generator().manual_seed(0))
    (outputs,) = map(np.asarray, ReferenceEvaluator(model).run(None, {"images": images.numpy()}))
    assert outputs.shape == (5, 10)
    np.testing.assert_allclose(outputs, trained.model(images).numpy(), rtol=1e-4, atol=1e-5)


def test_a_server_without_the_onnx_packages_names_them(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "find_spec", lambda _name: None)
    with pytest.raises(RunError, match="pip install onnx onnxscript"):
        files.onnx(snapshot)
