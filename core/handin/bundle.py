"""Makes the zip of a run, or single files. Each is made from one snapshot of the run."""

import io
import re
import zipfile
from collections.abc import Callable

from core.errors import RunError
from core.handin import files, images
from core.handin.report import Translate, report
from core.handin.script import train_script
from core.handin.snapshot import Snapshot, take
from core.messages import say
from core.runs.run import Run
from core.runs.store import Store

README = """The run {name} ({run}), {epochs} of {planned} epochs.

report.html          one page with curves and numbers; open it in any browser
train.py             the run as a plain PyTorch script: python train.py
config.json          all settings
metrics.csv          one row an epoch
losses.csv           one row a step
events.out.tfevents  the curves for TensorBoard: tensorboard --logdir .
environment.txt      versions and device
"""
README_IMAGES = "images.csv           the images that train.py needs, each with class, split and digest\n"
README_WEIGHTS = "weights.safetensors  the weights after epoch {epoch}, the best that was saved\n"


def _config_json(snapshot: Snapshot) -> str:
    return snapshot.run.config.model_dump_json(indent=2) + "\n"


def _script(snapshot: Snapshot) -> str:
    return train_script(snapshot.run.name, snapshot.run.config, snapshot.epochs)


# File name → function, for all files that don't depend on the reader's language.
PLAIN: dict[str, Callable[[Snapshot], str | bytes]] = {
    "train.py": _script,
    "config.json": _config_json,
    "metrics.csv": files.metrics_csv,
    "losses.csv": files.losses_csv,
    "events.out.tfevents": files.event_file,
    "environment.txt": files.environment_text,
    images.LIST: lambda snapshot: images.images_csv(snapshot.run.config.data),
    "weights.safetensors": lambda snapshot: snapshot.needed_weights().content,
    "model.onnx": files.onnx,
}
NEED_WEIGHTS = ("weights.safetensors", "model.onnx")
ZIPPED = ("report.html", *(name for name in PLAIN if name not in (images.LIST, *NEED_WEIGHTS)))


def bundle(store: Store, run_id: str, translate: Translate = str, language: str = "en") -> bytes:
    """The zip with one folder. Weights are left out if there are none yet, the list of images if there is none.

    Raises:
        RunError: there is no run with this id.
        ConfigError: its configuration isn't valid.
    """
    snapshot = take(store.database, run_id, weights=True)
    written = io.BytesIO()
    folder = file_name(snapshot.run)
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{folder}/README.txt", _readme(snapshot))
        listed = [images.LIST] if images.is_listed(snapshot.run.config.data) else []
        for name in (*ZIPPED, *listed):
            archive.writestr(f"{folder}/{name}", _content(name, snapshot, translate, language))
        if snapshot.weights:  # weights don't compress
            archive.writestr(f"{folder}/weights.safetensors", snapshot.weights.content, zipfile.ZIP_STORED)
    return written.getvalue()


def single(store: Store, run_id: str, name: str, translate: Translate = str, language: str = "en") -> str | bytes:
    """One file: "report.html" or one of `PLAIN`.

    Raises:
        RunError: there is no run with this id, or it has no weights.
        DataError: its images are gone.
        ConfigError: its configuration isn't valid.
    """
    snapshot = take(store.database, run_id, weights=name in NEED_WEIGHTS)
    return _content(name, snapshot, translate, language)


def _content(name: str, snapshot: Snapshot, translate: Translate, language: str) -> str | bytes:
    if name != "report.html" and name not in PLAIN:
        raise RunError(say("There is no such file. Open the run's page and choose one there."))
    if name == "report.html":
        return report(snapshot, files.environment_text(snapshot), translate, language)
    return PLAIN[name](snapshot)


def _readme(snapshot: Snapshot) -> str:
    run = snapshot.run
    text = README.format(name=run.name, run=run.id, epochs=len(snapshot.epochs), planned=run.config.epochs)
    text += README_IMAGES if images.is_listed(run.config.data) else ""
    return text + (README_WEIGHTS.format(epoch=snapshot.weights.epoch) if snapshot.weights else "")


def file_name(run: Run) -> str:
    """A file name from the run's name and id, valid on all systems."""
    words = re.findall(r"[a-z0-9]+", run.name.lower())
    return "-".join([*words, run.id])[-60:]
