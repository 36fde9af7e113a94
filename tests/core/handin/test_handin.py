"""What is handed in: whole, true to the run, and working without the app."""

import csv
import io
import json
import os
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load

from core.config import from_json
from core.evaluation.predictions import evaluate
from core.handin import files
from core.handin.bundle import SINGLE, bundle, file_name, script_of
from core.handin.script import printed
from core.handin.svg import Line, line_chart
from core.handin.tensorboard import crc32c, events
from core.messages import Message
from core.runs import history, owner_actions
from core.runs.store import Store
from tests.core.data.idx import shortened
from tests.runs import ME, queue, trained

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


def test_the_first_lesson_s_script_prints_on_its_own_what_the_app_found(store: Store, tmp_path: Path) -> None:
    run = trained(store, epochs=3)
    records = history.epoch_records(store.database, run.id)
    assert on_its_own(script_of(store, run), tmp_path / "alone") == [printed(record) for record in records]
    assert len(records) == 3


def test_a_lesson_on_mnist_prints_on_its_own_what_the_app_found(
    store: Store, tmp_path: Path, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "few"
    shortened(real_data, data, monkeypatch, train=2_000, test=500)
    monkeypatch.setenv("DATA_DIR", str(data))
    run = trained(store, recipe="mnist-mlp", epochs=3)
    records = history.epoch_records(store.database, run.id)
    assert on_its_own(script_of(store, run), tmp_path / "alone", data) == [printed(record) for record in records]
    assert records[-1].val_accuracy > 0.5


def test_a_script_reads_like_a_tutorial_and_says_what_to_expect(store: Store) -> None:
    run = trained(store, epochs=7, name='Mine """ \\ \n import os')
    script = script_of(store, run)
    compile(script, "train.py", "exec")
    head = script.split('"""')[1]
    assert head.startswith("Mine")
    assert printed(history.epoch_records(store.database, run.id)[0]) in head
    assert "    …" in head
    assert [line for line in script.splitlines() if re.match(r"# \d\. ", line)] == [
        "# 1. Build the network", "# 2. Set up the optimizer", "# 3. Set the criterion", "# 4. Set up the data",
        "# 5. Train",
    ]  # fmt: skip
    assert script.count("import torch\n") == 1
    assert "torch.set_num_threads(1)" in script
    assert max(map(len, script.splitlines())) <= 120


def test_the_zip_holds_all_and_gives_the_same_run_back(store: Store) -> None:
    run = trained(store, "Größe: ../../x")
    for _ in evaluate(run.id, run.best_epoch or 0):
        pass
    with zipfile.ZipFile(io.BytesIO(bundle(store, run))) as archive:
        assert archive.testzip() is None
        folder = file_name(run)
        names = {name.removeprefix(f"{folder}/") for name in archive.namelist()}
        assert names == {
            "README.txt", "report.html", "train.py", "config.json", "metrics.csv", "losses.csv", "environment.txt",
            "weights.safetensors",
        }  # fmt: skip
        content = {name: archive.read(f"{folder}/{name}") for name in names}
    assert re.fullmatch(r"[a-z0-9-]+", folder)
    assert from_json(content["config.json"].decode()) == run.config
    rows = list(csv.DictReader(io.StringIO(content["metrics.csv"].decode())))
    records = history.epoch_records(store.database, run.id)
    assert [float(row["val_loss"]) for row in rows] == [record.val_loss for record in records]
    losses = list(csv.DictReader(io.StringIO(content["losses.csv"].decode())))
    assert len(losses) == run.step
    _first, stored = history.step_losses(store.database, run.id)
    assert [float(row["train_loss"]) for row in losses] == pytest.approx(stored.tolist(), rel=1e-7)
    weights = load(content["weights.safetensors"])
    assert sum(tensor.numel() for tensor in weights.values()) == 17_226
    assert f"torch {torch.__version__}" in content["environment.txt"].decode()
    assert str(ROOT) not in content["environment.txt"].decode()


def test_a_run_without_weights_is_handed_in_without_them(store: Store) -> None:
    run = store.get(queue(store))
    with zipfile.ZipFile(io.BytesIO(bundle(store, run))) as archive:
        assert not [name for name in archive.namelist() if "weights" in name]


def test_a_report_needs_nothing_from_outside_and_runs_nothing(store: Store) -> None:
    run = trained(store)
    owner_actions.describe(
        store, run.id, owner=ME, name="<script>alert(1)</script>", remark="<img src=x onerror=alert(1)>"
    )
    for _ in evaluate(run.id, run.best_epoch or 0):
        pass
    page = str(SINGLE["report.html"](store, store.get(run.id)))
    assert "<script" not in page
    assert "<img" not in page
    assert not re.findall(r'(?:src|href)="', page)
    assert page.count("<svg") == 2
    assert page.count("<polyline") == 4
    assert "&lt;script&gt;" in page
    assert 'class="matrix"' in page
    assert len(page) < 100_000


def test_a_report_speaks_the_reader_s_language(store: Store) -> None:
    from core.handin.report import report

    run = trained(store, epochs=2)

    def foreign(message: Message) -> str:
        return f"⟦{message}⟧"

    page = report(store, run, "", foreign, "de")
    assert '<html lang="de">' in page
    assert "<h2>⟦Diagnosis⟧</h2>" in page
    assert "⟦Loss by step⟧" in page


def test_a_long_run_has_a_small_report(store: Store) -> None:
    curve = Line("training", list(range(100_000)), [1.0] * 100_000, "#000000")
    assert line_chart("empty", [Line("none", [1.0], [float("nan")], "#000000")], "x", "y") == ""
    assert "<polyline" in line_chart("long", [curve], "x", "y")


# --- TensorBoard --------------------------------------------------------------------------------------------------


def test_the_checksum_is_the_standard_s() -> None:
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4


def unpacked(content: bytes) -> list[bytes]:
    """The records of an event file, their checksums compared."""
    found = []
    while content:
        length = struct.unpack("<Q", content[:8])[0]
        record = content[12 : 12 + length]
        for data, checksum in ((content[:8], content[8:12]), (record, content[12 + length : 16 + length])):
            value = crc32c(data)
            masked = (((value >> 15) | (value << 17)) + 0xA282EAD8) & 0xFFFFFFFF
            assert struct.unpack("<I", checksum)[0] == masked
        found.append(record)
        content = content[16 + length :]
    return found


def test_an_event_file_is_written_as_tensorboard_reads_it() -> None:
    version, event = unpacked(events([("loss/step", 300, 0.5, 2.0)]))
    assert version == b"\x09" + struct.pack("<d", 0.0) + b"\x1a\x0dbrain.Event:2"
    value = b"\x0a\x09loss/step" + b"\x15" + struct.pack("<f", 0.5)
    summary = b"\x0a" + bytes([len(value)]) + value
    assert event == b"\x09" + struct.pack("<d", 2.0) + b"\x10\xac\x02" + b"\x2a" + bytes([len(summary)]) + summary


def test_an_event_file_has_every_epoch(store: Store) -> None:
    run = trained(store, epochs=2)
    assert len(unpacked(files.event_file(store, run))) == 1 + run.step + 5 * 2


def test_an_export_to_onnx_works_or_says_what_it_needs(store: Store) -> None:
    run = trained(store, epochs=1)
    if missing := files.onnx_missing():
        assert "pip install onnx" in str(missing)
    else:
        assert len(files.onnx(run)) > 17_226 * 4


def test_every_single_file_can_be_made(store: Store) -> None:
    run = trained(store, epochs=1)
    for name, make in SINGLE.items():
        if name != "model.onnx":
            assert make(store, run), name
    assert json.loads(str(SINGLE["config.json"](store, run)))["epochs"] == 1
