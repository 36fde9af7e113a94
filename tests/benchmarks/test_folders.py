"""Importing photos: from a zip and from a folder, on one processor and on all."""

import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from core import environment
from core.data.own import checks, stored
from core.data.split import held_out

PHOTOS = environment.data_dir() / "PetImages"
pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not PHOTOS.is_dir(), reason="needs PetImages, with a folder for each class, in DATA_DIR"),
]

# In a process of its own, whose peak memory is then that of this import alone. The children are counted apart.
IMPORT = """
import json, os, re, resource, sys, time
from core.data.own import archives, sources
from core.data.own.importing import importing
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:int(sys.argv[3])])
source = (archives.archive if sys.argv[1].endswith(".zip") else sources.folder)(sys.argv[1])
start = time.perf_counter()
for progress in importing(source, per_class=int(sys.argv[2])):
    pass
seconds = time.perf_counter() - start
peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
children = resource.getrusage(resource.RUSAGE_CHILDREN)
busy = time.process_time(), children.ru_utime + children.ru_stime
print(json.dumps([progress.name, progress.message.values["total"], seconds, peak, children.ru_maxrss / 1024, *busy]))
"""


class Import(NamedTuple):
    name: str
    images: int
    seconds: float
    peak: float  # MB of the importing process
    decoder_peak: float  # MB of the largest decoder
    busy: float  # processor seconds of the importing process
    decoders_busy: float


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ALLOW_FOLDER_PATHS", "1")
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)


def measured(source: Path, per_class: int = 2_500, processors: int | None = None) -> Import:
    run = [sys.executable, "-c", IMPORT, str(source), str(per_class), str(processors or environment.processors())]
    output = subprocess.run(run, capture_output=True, check=True, env={**os.environ, "PYTHONPATH": os.getcwd()})
    result = Import(*json.loads(output.stdout))
    print(f"\n{source.name}, {processors or 'all'} processors, {result.images / result.seconds:.0f} images/s: {result}")
    return result


def test_photos_go_in_from_zip_and_folder_on_all_processors_and_open_at_once(tmp_path: Path) -> None:
    photos = tmp_path / "photos.zip"
    with zipfile.ZipFile(photos, "w") as archive:
        for path in sorted(PHOTOS.rglob("*.jpg")):
            archive.write(path, path.relative_to(PHOTOS.parent))
    alone = measured(photos, processors=1)
    for together in (measured(photos), measured(PHOTOS)):
        assert together.name == alone.name
        assert alone.seconds / together.seconds > 0.6 * environment.processors()
        assert together.busy < 0.5 * together.decoders_busy  # else the server itself would be kept from its pages

    start = time.perf_counter()
    images = stored.load(alone.name)
    opening = time.perf_counter() - start
    start = time.perf_counter()
    found = checks.inspect(images, held_out(images.labels, 0.2))
    checking = time.perf_counter() - start
    print(f"opening {opening:.3f} s, checking {checking:.2f} s, {[str(one.message) for one in found]}")
    assert opening < 0.05 * alone.seconds
    assert opening < 1


def test_memory_does_not_grow_with_the_number_of_images() -> None:
    few, many = measured(PHOTOS, 250), measured(PHOTOS, 2_500)
    assert (few.images, many.images) == (500, 5_000)
    assert many.peak < 1.3 * few.peak
    assert many.decoder_peak < 1.3 * few.decoder_peak
