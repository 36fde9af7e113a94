"""What is handed in: whole, true to the run, and working without the app."""

import csv
import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load

from core.config import from_json
from core.handin.bundle import PLAIN, bundle, file_name, single
from core.handin.script import printed, train_script
from core.handin.snapshot import Snapshot
from core.recipes import configure
from core.runs import history
from core.runs.run import Run
from core.runs.store import Store
from core.training.records import EpochRecord
from tests.core.data.idx import shortened
from tests.runs import ME, queue, trained

pytestmark = pytest.mark.usefixtures("shared_folders")  # and so one trained run for all
ROOT = Path(__file__).parents[3]
# Runs the script as it is, in a process that knows nothing of the app. Where torchvision was built for another torch,
# the names that it insists on are declared first (see `core.torchvision_compat`).
RUN = """
import runpy, sys
try:
    import torchvision
except RuntimeError:
    import torch
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision
assert not any(name.split(".")[0] == "core" for name in sys.modules)
runpy.run_path("train.py", run_name="__main__")
"""


def on_its_own(script: str, folder: Path, data: Path | None = None) -> list[str]:
    """What the script prints in a folder with nothing but itself and the data."""
    folder.mkdir()
    (folder / "train.py").write_text(script.replace("download=True", "download=False"))
    if data:
        (folder / "data").symlink_to(data)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "OMP"))}
    done = subprocess.run(
        [sys.executable, "-c", RUN], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def unzipped(content: bytes) -> dict[str, bytes]:
    """The files of a hand-in by name, without their folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def test_the_first_recipe_s_script_prints_on_its_own_what_the_app_found(
    store: Store, run: Run, snapshot: Snapshot, tmp_path: Path
) -> None:
    script = str(single(store, run.id, "train.py"))
    assert on_its_own(script, tmp_path / "alone") == [printed(record) for record in snapshot.epochs]
    assert len(snapshot.epochs) == 3


def test_a_recipe_on_mnist_prints_on_its_own_what_the_app_found(
    store: Store, tmp_path: Path, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "few"
    shortened(real_data, data, monkeypatch, train=2_000, test=500)
    monkeypatch.setenv("DATA_DIR", str(data))
    run = trained(store, recipe="mnist-mlp", epochs=3)
    records = history.epoch_records(store.database, run.id)
    script = str(single(store, run.id, "train.py"))
    assert on_its_own(script, tmp_path / "alone", data) == [printed(record) for record in records]
    assert records[-1].val_accuracy > 0.5


@pytest.mark.parametrize("fraction", [0.0, 0.2])
def test_a_lesson_on_the_sample_prints_on_its_own_what_the_app_found(
    fraction: float, store: Store, tmp_path: Path, real_data: Path
) -> None:
    run = trained(store, recipe="mnist-mlp", epochs=2, data__dataset="mnist_sample", data__validation_fraction=fraction)
    records = history.epoch_records(store.database, run.id)
    script = str(single(store, run.id, "train.py"))
    assert on_its_own(script, tmp_path / "alone", real_data) == [printed(record) for record in records]


def test_a_script_reads_like_a_tutorial_and_shows_what_to_expect() -> None:
    epochs = [EpochRecord(number, 9 * number, 0.5, 0.8, 0.4, 0.9, 0.1, 1.0, best=True) for number in range(1, 8)]
    script = train_script('Mine """ \\ \n import os', configure("digits", {}), epochs)
    compile(script, "train.py", "exec")
    head = script.split('"""')[1]
    assert head.startswith("Mine")
    assert printed(epochs[0]) in head
    assert "    …" in head
    assert [line for line in script.splitlines() if re.match(r"# \d\. ", line)] == [
        "# 1. Build the network", "# 2. Set up the optimizer", "# 3. Set the criterion", "# 4. Set up the data",
        "# 5. Train",
    ]  # fmt: skip
    assert script.count("import torch\n") == 1
    assert "torch.set_num_threads(1)" in script
    assert max(map(len, script.splitlines())) <= 120


def test_the_zip_holds_all_and_gives_the_same_run_back(store: Store, run: Run, snapshot: Snapshot) -> None:
    content = unzipped(bundle(store, run.id))
    assert set(content) == {
        "README.txt", "report.html", "train.py", "config.json", "metrics.csv", "losses.csv", "events.out.tfevents",
        "environment.txt", "weights.safetensors",
    }  # fmt: skip
    assert from_json(content["config.json"].decode()) == run.config
    rows = list(csv.DictReader(io.StringIO(content["metrics.csv"].decode())))
    assert [float(row["val_loss"]) for row in rows] == [record.val_loss for record in snapshot.epochs]
    losses = list(csv.DictReader(io.StringIO(content["losses.csv"].decode())))
    assert len(losses) == run.step
    assert [float(row["train_loss"]) for row in losses] == pytest.approx(snapshot.losses.tolist(), rel=1e-7)
    weights = load(content["weights.safetensors"])
    assert sum(tensor.numel() for tensor in weights.values()) == 17_226
    assert f"after epoch {run.best_epoch}," in content["README.txt"].decode()
    assert f"torch {torch.__version__}" in content["environment.txt"].decode()
    assert str(ROOT) not in content["environment.txt"].decode()


def test_the_zip_s_folder_has_a_name_for_every_system(store: Store, run: Run) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle(store, run.id))) as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {file_name(run)}
    assert re.fullmatch(r"[a-z0-9-]+", file_name(run))


def test_a_single_file_is_the_one_in_the_zip(store: Store, run: Run) -> None:
    for name, content in unzipped(bundle(store, run.id)).items():
        if name in PLAIN or name == "report.html":
            alone = single(store, run.id, name)
            assert content == (alone.encode() if isinstance(alone, str) else alone), name


def test_a_run_without_weights_is_handed_in_without_them(store: Store) -> None:
    run_id = queue(store)
    store.request_stop(run_id, owner=ME)
    content = unzipped(bundle(store, run_id))
    assert "weights.safetensors" not in content
    assert "weights" not in content["README.txt"].decode()
    assert content["metrics.csv"].count(b"\n") == 1
