import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from core.data.own import decoders, stored
from core.data.own.entries import Source
from core.data.own.images import Trait, decode
from core.data.own.importing import SIDE, importing, limited
from core.data.own.sources import folder, uploads
from core.data.own.stored import preparing
from core.errors import DataError
from tests.core.data.own.pictures import as_file, huge_png, jpeg, scene, turned
from tests.core.data.sets import imported, pets


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path))


def left_behind(folder: Path) -> list[str]:
    """What lies in the folder of sets, beside the finished ones."""
    return [path.name for path in (folder / "datasets").glob("*") if not stored.is_name(f"images-{path.name}")]


# --- importing ----------------------------------------------------------------------------------------------------


def test_stored_images_are_what_the_one_decoder_gives() -> None:
    files = pets()
    images = imported(files)
    assert images.classes == ("Cat", "Dog")
    assert images.labels.tolist() == [0, 0, 0, 1, 1]
    assert images.files == tuple(files)
    for position, data in enumerate(files.values()):
        np.testing.assert_array_equal(images.image(position), np.asarray(decode(data, SIDE).image))


def test_large_images_are_stored_small_and_the_rest_as_they_are() -> None:
    images = imported({"a/1.png": as_file(scene(600, 300)), "a/2.png": as_file(scene(20, 30))})
    assert images.sizes.tolist() == [[256, 512], [30, 20]]
    assert images.originals.tolist() == [[300, 600], [30, 20]]
    assert imported({"a/1.png": as_file(scene(600, 300))}, side=64).sizes.tolist() == [[64, 128]]


def test_what_was_unusual_is_noted() -> None:
    images = imported({"a/1.jpg": as_file(scene(), "JPEG", exif=turned(6)), "a/2.png": as_file(scene().convert("L"))})
    assert [Trait(int(bits)) for bits in images.traits] == [Trait.ROTATED, Trait.GREY]


def test_files_that_cannot_be_read_are_skipped_with_their_reason() -> None:
    images = imported(
        {
            **pets(),
            "Cat/x.jpg": b"text",
            "Cat/y.jpg": jpeg()[:-200],
            "Dog/z.png": huge_png(),
            "Dog/0.gif": b"",
            "Dog/page.jpg": b"<!DOCTYPE html><html>",
        }
    )
    assert len(images) == 5
    assert {skipped.name: str(skipped.reason).split(".")[0] for skipped in images.skipped} == {
        "Cat/x.jpg": "This image can't be read",
        "Cat/y.jpg": "The image is damaged or incomplete",
        "Dog/z.png": "The image has more than 25 million pixels",
        "Dog/0.gif": "The file is empty",
        "Dog/page.jpg": "The file is a web page and can't be read",  # a message in a message
    }


def test_if_nothing_can_be_read_nothing_is_stored(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"No image can be read\. Cat/1\.jpg: This image can.t be read"):
        imported({"Cat/1.jpg": b"text"})
    assert list((tmp_path / "datasets").iterdir()) == []


def test_progress_ends_at_all_images_with_the_name_of_the_set() -> None:
    steps = list(importing(uploads(pets().items())))
    fractions = [step.fraction or 0.0 for step in steps]
    assert fractions == sorted(fractions)
    assert steps[-1] == preparing(5, 5, steps[-1].name)
    assert str(steps[-1].message) == "Preparing image 5 of 5"
    assert all(step.name is None for step in steps[:-1])


def test_the_same_images_have_the_same_name_and_are_stored_once() -> None:
    files = pets()
    first = imported(files)
    again = imported({f"other/folder/{name}": files[name] for name in reversed(files)})
    assert again.name == first.name
    assert [place.name for place in stored.root().iterdir()] == [first.name.removeprefix("images-")]
    assert imported({**files, "Dog/2.jpg": jpeg(9)}).name != first.name
    assert imported({("Dog/7.jpg" if name == "Cat/0.jpg" else name): files[name] for name in files}).name != first.name


def test_validation_folders_are_kept() -> None:
    images = imported({"train/a/1.jpg": jpeg(1), "train/b/1.jpg": jpeg(2), "val/a/1.jpg": jpeg(3)})
    assert images.validation is not None
    assert images.validation.tolist() == [False, False, True]
    assert imported(pets()).validation is None


def test_a_limit_draws_the_same_images_of_each_class_for_the_same_seed() -> None:
    images = imported(pets(8, 3), per_class=4)
    assert np.bincount(images.labels).tolist() == [4, 3]
    assert imported(pets(8, 3), per_class=4).name == images.name
    assert imported(pets(8, 3), per_class=4, seed=5).name != images.name


def test_the_source_is_closed_when_done_and_when_it_failed() -> None:
    closed = []
    for data in (jpeg(), b"text"):
        source = uploads([("a/1.jpg", data)])
        source.close = lambda: closed.append(True)
        try:
            list(importing(source))
        except DataError:
            continue
    assert len(closed) == 2


def test_cancelling_leaves_nothing_behind(tmp_path: Path) -> None:
    before = set(psutil.Process().children())
    slow = as_file(scene(900, 900), compress_level=1)
    steps = importing(uploads((f"a/{number}.png", slow) for number in range(200)))
    for step in steps:
        assert step.name is None
        break
    assert left_behind(tmp_path)
    assert set(psutil.Process().children()) > before
    steps.close()
    assert list((tmp_path / "datasets").iterdir()) == []
    assert set(psutil.Process().children()) == before


def test_a_zip_bomb_found_halfway_leaves_nothing_behind(tmp_path: Path) -> None:
    def bomb() -> bytes:
        raise DataError(decoders.CRASHED)

    source = uploads(pets().items())
    source.entries[-1] = type(source.entries[-1])("Dog/9.jpg", "Dog", None, bomb)
    with pytest.raises(DataError):
        list(importing(source))
    assert list((tmp_path / "datasets").iterdir()) == []


def test_what_a_killed_import_left_is_removed_a_day_later(tmp_path: Path) -> None:
    old, new = tmp_path / "datasets" / ".partial-old", tmp_path / "datasets" / ".partial-new"
    for rest in (old, new):
        rest.mkdir(parents=True)
        (rest / "pixels-0.bin").touch()
    os.utime(old, (0, 0))
    imported(pets())
    assert left_behind(tmp_path) == [".partial-new"]


def test_nothing_of_a_name_becomes_part_of_a_path(tmp_path: Path) -> None:
    imported({"../../../evil/1.jpg": jpeg(), "a/../..//b\\c:/2.jpg": jpeg(2)})
    names = {path.name for path in tmp_path.rglob("*")}
    assert all(
        name in {"datasets", "index.npz", "meta.json"} or name.startswith("pixels-") or len(name) == 16
        for name in names
    )


def test_a_message_in_a_message_is_kept_as_text() -> None:
    source: Source = uploads([("a/1.jpg", jpeg()), ("a/2.txt", b"")])
    *_, last = importing(source)
    assert last.name
    meta = json.loads((stored.root() / last.name.removeprefix("images-") / "meta.json").read_text("utf-8"))
    assert meta["skipped"][0][0] == "a/2.txt"
    assert "allowed: JPEG" in str(stored.load(last.name).skipped[0].reason)


def test_real_photos_go_in(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW_FOLDER_PATHS", "1")
    *_, last = importing(folder(real_data / "PetImages"), per_class=20)
    assert last.name
    images = stored.load(last.name)
    assert np.bincount(images.labels).tolist() == [20, 20]
    assert images.skipped == ()
    assert all(images.image(position).std() > 10 for position in range(40))


# --- decoding children --------------------------------------------------------------------------------------------

# A decoder that does to some files what a bug in a library would.
ROGUE = """
import os, signal, sys, time
from core.data.own import decoders
honest = decoders.decode
def decode(data, side):
    if data == b"crash": os.abort()
    if data == b"hang": time.sleep(600)
    if data == b"stop": os.kill(os.getpid(), signal.SIGSTOP)
    return honest(data, side)
decoders.decode, decoders.SECONDS = decode, 2
decoders.main()
"""


@pytest.fixture
def decode_with(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], None]:
    """Decode with children that run this source instead."""

    def replace(source: str) -> None:
        folder = tmp_path_factory.mktemp("decoder")
        (folder / "rogue_decoder.py").write_text(source)
        monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
        monkeypatch.setattr(decoders, "MODULE", "rogue_decoder")

    return replace


@pytest.mark.parametrize("evil", [b"crash", b"hang", b"stop"])
def test_a_file_that_ends_or_stops_its_decoder_costs_only_itself(
    evil: bytes, decode_with: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    decode_with(ROGUE)
    monkeypatch.setattr(decoders, "SILENT_SECONDS", 4)
    images = imported({**pets(40, 2), "Cat/5x.jpg": evil})
    assert len(images) == 42
    assert [str(skipped.reason) for skipped in images.skipped] == [
        "The image takes too long to decode, or crashes the decoder. Save it again with another program."
    ]
    for position in (0, 6, 41):
        assert images.image(position).shape[2] == 3


def test_a_full_disk_is_one_sentence(decode_with: Callable[[str], None], tmp_path: Path) -> None:
    decode_with("import sys; from core.data.own import decoders; sys.argv[1] = '/dev/full'; decoders.main()")
    with pytest.raises(DataError, match=r"can't be saved \(No space left on device\)\. Free some disk space"):
        imported(pets())
    assert list((tmp_path / "datasets").iterdir()) == []


def test_a_decoder_that_does_not_start_is_a_bug_and_not_the_files_fault(decode_with: Callable[[str], None]) -> None:
    decode_with("raise SystemExit(1)")
    with pytest.raises(RuntimeError, match="doesn't start"):
        imported(pets())


def test_limited_positions_stay_in_order() -> None:
    labels = np.array([0, 1, 0, 1, 0, 0])
    drawn = limited(labels, 2)
    assert drawn.tolist() == sorted(drawn.tolist())
    assert np.bincount(labels[drawn]).tolist() == [2, 2]
