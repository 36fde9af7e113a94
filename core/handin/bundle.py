"""The whole run in one zip."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator

from core.errors import RunError
from core.handin import files
from core.handin.report import Translate, report
from core.handin.script import train_script
from core.runs import history
from core.runs.run import Run
from core.runs.store import Store

README = """report.html          one page with curves and numbers; open it in any browser
train.py             the run as a plain PyTorch script: python train.py
config.json          all settings
metrics.csv          one row an epoch
losses.csv           one row a step
environment.txt      versions and device
weights.safetensors  the best epoch's weights, if there is one
"""


def bundle(store: Store, run: Run, translate: Translate = str, language: str = "en") -> bytes:
    """The zip, everything in a folder of the run's name. Weights are left out where there are none yet."""
    written = io.BytesIO()
    folder = file_name(run)
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _contents(store, run, translate, language):
            packed = zipfile.ZIP_STORED if name.endswith(".safetensors") else None  # weights don't shrink
            archive.writestr(f"{folder}/{name}", content, packed)
    return written.getvalue()


def _contents(store: Store, run: Run, translate: Translate, language: str) -> Iterator[tuple[str, str | bytes]]:
    environment = files.environment_text(run)
    yield "README.txt", README
    yield "report.html", report(store, run, environment, translate, language)
    yield "train.py", script_of(store, run)
    yield "config.json", run.config.model_dump_json(indent=2) + "\n"
    yield "metrics.csv", files.metrics_csv(store, run)
    yield "losses.csv", files.losses_csv(store, run)
    yield "environment.txt", environment
    try:
        yield "weights.safetensors", files.weights(run)
    except RunError:
        return


def script_of(store: Store, run: Run) -> str:
    """The run's `train.py`. Raises ClassroomError where its configuration can't be trained."""
    return train_script(run.name, run.config, history.epoch_records(store.database, run.id))


def file_name(run: Run) -> str:
    """The run's name as every system takes it for a file, and its id, so that no two are alike."""
    words = re.findall(r"[a-z0-9]+", run.name.lower())
    return "-".join([*words, run.id])[-60:]


# What can be taken one by one: name of the file → how to make it.
SINGLE: dict[str, Callable[[Store, Run], str | bytes]] = {
    "train.py": script_of,
    "config.json": lambda _store, run: run.config.model_dump_json(indent=2) + "\n",
    "metrics.csv": files.metrics_csv,
    "losses.csv": files.losses_csv,
    "report.html": lambda store, run: report(store, run, files.environment_text(run)),
    "weights.safetensors": lambda _store, run: files.weights(run),
    "events.out.tfevents": files.event_file,
    "model.onnx": lambda _store, run: files.onnx(run),
}
