"""The script of a run on images of one's own: it runs on the folders as they were brought, or says why it can't."""

import csv
import io
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.config import RunConfig, parse
from core.data.own import stored
from core.data.own.archives import archive
from core.data.own.images import decode
from core.data.own.importing import SIDE, importing
from core.data.own.squares import square
from core.data.own.stored import StoredImages
from core.export.pictures import LIST, reading_code
from core.handin.bundle import bundle
from core.handin.script import printed
from core.runs import history
from core.runs.store import Store
from tests.core.data.own.pictures import as_file, jpeg, scene, turned
from tests.core.data.sets import imported
from tests.core.handin.test_handin import RUN, unzipped
from tests.runs import ME, train_next

CASES = Path(__file__).parents[4] / "shared" / "cases"


def pictures() -> dict[str, bytes]:
    """Images as cameras and programs write them, which the app brings into one form."""
    clear = scene(70, 50, 3).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    chalk = Image.new("RGBA", (40, 40), (255, 255, 255, 0))
    chalk.paste((250, 250, 250, 255), (10, 5, 30, 35))
    return {
        "large.jpg": as_file(scene(900, 700, 1), "JPEG"),
        "turned.jpg": as_file(scene(640, 420, 2), "JPEG", exif=turned(6)),
        "mirrored.png": as_file(scene(60, 44, 2), exif=turned(5)),
        "panorama.png": as_file(scene(3_000, 300, 4)),
        "strip.gif": as_file(scene(20, 170, 5).quantize(16), "GIF"),
        "clear.png": as_file(clear),
        "chalk.png": as_file(chalk),
        "palette.png": as_file(clear.quantize(20)),
        "print.jpg": as_file(scene(300, 400, 6).convert("CMYK"), "JPEG"),
        "scan.tif": as_file(scene(90, 40, 7), "TIFF", exif=turned(8)),
        "grey.png": as_file(scene(48, 64, 8).convert("L")),
    }


def configured(name: str, classes: int, fraction: float) -> RunConfig:
    data = {"dataset": name, "image_size": 12, "validation_fraction": fraction, "mean": [0.4], "std": [0.3]}
    layers = [{"kind": "flatten"}, {"kind": "linear", "out_features": classes}]
    return parse({"data": data, "model": {"layers": layers}, "epochs": 2, "batch_size": 4, "device": "cpu"})


def handed_in(store: Store, images: StoredImages, fraction: float = 0.0) -> tuple[dict[str, bytes], list[str]]:
    """The files of a run on these images, and the lines that its script should print."""
    run_id = store.create(configured(images.name, len(images.classes), fraction), owner=ME, name="mine")
    train_next(store)
    return unzipped(bundle(store, run_id)), [printed(one) for one in history.epoch_records(store.database, run_id)]


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_the_script_runs_on_the_folders_as_they_were_brought_and_prints_the_app_s_numbers(
    store: Store, tmp_path: Path
) -> None:
    brought = {f"Mine/train/{kind}/{seed}.jpg": jpeg(9 * seed + kind) for kind in (1, 2) for seed in range(9)}
    brought |= {f"Mine/train/{1 + (place % 2)}/{name}": data for place, (name, data) in enumerate(pictures().items())}
    brought |= {f"Mine/train/=3/{seed}.jpg": jpeg(70 + seed) for seed in range(3)}  # on one side only
    brought |= {f"Mine/valid/{kind}/{seed}.jpg": jpeg(9 * seed + kind + 40) for kind in (1, 2) for seed in range(4)}
    brought["Mine/train/1/broken.jpg"] = b"no image"
    images = imported(brought)
    chosen = stored.load(stored.choose(images.name, images.choices.without([2, 5]).relabelled({7: 2})))
    files, expected = handed_in(store, chosen)
    assert len(expected) == 2
    rows = list(csv.DictReader(io.StringIO(files[LIST].decode("utf-8-sig"))))
    assert len(rows) == len(chosen)
    assert {row["class"] for row in rows} == {"1", "2", "'=3"}

    script = {"train.py": files["train.py"]}
    done = run(written(tmp_path / "list", script))
    assert (done.returncode, done.stderr.strip()) == (
        1, "images.csv isn't here. Copy it from the zip of the hand-in into this folder."
    )  # fmt: skip
    script[LIST] = files[LIST]
    done = run(written(tmp_path / "some", script | {name: brought[name] for name in list(brought)[6:]}))
    assert done.returncode == 1
    assert "4 of the 38 images of the run aren't in" in done.stderr
    done = run(written(tmp_path / "all", script | {f"images/{name}": brought[name] for name in brought}))
    assert done.stdout.splitlines() == expected, done.stderr


def test_without_a_validation_folder_the_script_holds_out_the_same_images(store: Store, tmp_path: Path) -> None:
    brought = {f"{kind}/{seed}.jpg": jpeg(9 * seed + kind) for kind in (1, 2) for seed in range(10)}
    files, expected = handed_in(store, imported(brought), 0.3)
    assert run(written(tmp_path / "beside", files | brought)).stdout.splitlines() == expected


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases aren't here")
@pytest.mark.parametrize("case", ["L11-chinese-split-folders", "L07-roboflow-multilabel-csv"])
def test_sets_that_people_brought_run_as_they_are(case: str, store: Store, tmp_path: Path) -> None:
    (file,) = (CASES / case).glob("*.zip")
    *_, last = importing(archive(file))
    files, expected = handed_in(store, stored.load(str(last.name)))
    folder = written(tmp_path / "own", files)
    with zipfile.ZipFile(file) as packed:
        packed.extractall(folder / "images")
    assert run(folder).stdout.splitlines() == expected


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a script leaves its files open
def test_the_script_prepares_every_kind_of_image_as_the_app_does(tmp_path: Path) -> None:
    names: dict[str, object] = {}
    exec("import sys\nimport numpy as np\nfrom PIL import Image, ImageOps\nDataset = object\n", names)
    exec("\n".join(reading_code(32)), names)
    folder = written(tmp_path, pictures())
    for name, data in pictures().items():
        theirs = np.asarray(names["middle"](names["stored"](folder / name)))  # type: ignore[operator]
        ours = square(np.asarray(decode(data, SIDE).image), 32).transpose(1, 2, 0)
        assert np.array_equal(theirs, ours), name
    deep = Image.fromarray(np.linspace(0, 60_000, 400, dtype=np.uint16).reshape(20, 20))
    written(tmp_path, {"deep.png": as_file(deep)})
    with pytest.raises(SystemExit, match="more than 8 bits a colour"):
        names["stored"](folder / "deep.png")  # type: ignore[operator]
