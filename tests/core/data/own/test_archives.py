import io
import random
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.own import archives
from core.data.own.archives import archive
from core.data.own.entries import Limits, Source
from core.data.own.images import MAX_BYTES
from core.errors import DataError
from core.messages import Message
from tests.core.data.own.pictures import jpeg
from tests.core.data.sets import zipped

Members = Mapping[Any, bytes]  # name or zipfile.ZipInfo → content
PHOTOS = {"Pets/Cat/1.jpg": jpeg(1), "Pets/Cat/2.jpg": jpeg(2), "Pets/Dog/1.jpg": jpeg(3)}


ARCHIVE = zipped({"a/1.jpg": b"1", "b/2.jpg": b"22"}).getvalue()  # nearly all of it headers


def with_photos(files: Members) -> Source:
    return archive(zipped({**PHOTOS, **files}))


def sentence(file: io.BytesIO, limits: Limits = Limits()) -> str:  # noqa: B008 - never changed
    with pytest.raises(DataError) as caught:
        archive(file, limits)
    return str(caught.value)


def only_reason(source: Source) -> str:
    """Why the one file that isn't a photo of ours was left out."""
    assert len(source.entries) == len(PHOTOS)
    (skipped,) = source.skipped
    return str(skipped.reason)


def test_every_folder_is_a_class_below_the_one_they_share() -> None:
    source = archive(zipped(PHOTOS))
    assert [(entry.label, entry.name) for entry in source.entries] == [
        ("Cat", "Cat/1.jpg"),
        ("Cat", "Cat/2.jpg"),
        ("Dog", "Dog/1.jpg"),
    ]
    assert [entry.read() for entry in source.entries] == list(PHOTOS.values())
    assert source.skipped == []


def test_a_file_on_disk_is_closed_with_its_source(tmp_path: Path) -> None:
    place = tmp_path / "photos.zip"
    place.write_bytes(zipped(PHOTOS).getvalue())
    source = archive(place)
    assert source.entries[0].read() == jpeg(1)
    source.close()
    assert isinstance(source.entries[0].read(), Message)


# --- hostile ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../../evil.jpg", "/etc/evil.jpg", "C:\\evil.jpg", "Cat/../../evil.jpg", "..\\evil.jpg"]
)
def test_zip_slip_is_left_out(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert (
        only_reason(with_photos({name: jpeg()}))
        == "Its name points outside of the archive. Make a new archive of the folder."
    )
    assert [path.name for path in tmp_path.rglob("*")] == ["here"]


def test_a_zip_bomb_is_refused_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "BOMB", 10 * 2**20)
    bomb = zipped({"Cat/1.jpg": bytes(50 * 2**20)})
    assert len(bomb.getvalue()) < 60_000
    with pytest.raises(DataError, match="more than 100 times as large as the archive"):
        archive(bomb).entries[0].read()


def test_a_bomb_that_lies_about_its_size_gives_no_more_than_it_says() -> None:
    bomb = zipped({"Cat/1.jpg": bytes(50 * 2**20)}).getvalue()
    lie = bomb.replace((50 * 2**20).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    assert lie != bomb
    data = archive(io.BytesIO(lie)).entries[0].read()
    assert isinstance(data, Message)  # the checksum doesn't fit 1,000 bytes
    assert "It is damaged" in str(data)


def test_what_it_says_to_unpack_to_is_limited() -> None:
    assert sentence(zipped({"Cat/1.jpg": bytes(3 * 2**20)}), Limits(unpacked_bytes=2 * 2**20)) == (
        "The unpacked images are larger than 2 MB. Use fewer or smaller images."
    )


def test_one_file_is_read_only_to_the_limit_of_an_image() -> None:
    data = archive(zipped({"Cat/1.bmp": bytes(MAX_BYTES + 2**22)})).entries[0].read()
    assert isinstance(data, bytes)
    assert MAX_BYTES < len(data) <= MAX_BYTES + 2**20


def test_its_own_size_is_limited() -> None:
    limits = Limits(archive_bytes=2**20)
    assert "larger than 1 MB" in sentence(zipped({"Cat/1.jpg": bytes(2**21)}, zipfile.ZIP_STORED), limits)


def test_a_link_is_not_followed() -> None:
    link = zipfile.ZipInfo("Pets/Cat/link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "It is a link" in only_reason(with_photos({link: b"/etc/passwd"}))


@pytest.mark.parametrize("name", ["Pets/more.tar.gz", "Pets/more.7z"])
def test_an_archive_inside_of_another_kind_is_not_opened(name: str) -> None:
    assert only_reason(with_photos({name: b"PK"})).startswith("It is an archive inside. Unpack it")


def test_zips_inside_are_unpacked_one_level() -> None:
    deepest = zipped({"3.jpg": jpeg(3)}).getvalue()
    inner = {name: zipped({"1.jpg": jpeg(1), "2.jpg": jpeg(2)}).getvalue() for name in ("Cat.zip", "Dog.zip")}
    inner["Fox.zip"] = zipped({"1.jpg": jpeg(4), "deep.zip": deepest}).getvalue()
    source = archive(zipped({f"set/{name}": data for name, data in inner.items()}))
    assert [entry.name for entry in source.entries] == [
        "Cat/1.jpg",
        "Cat/2.jpg",
        "Dog/1.jpg",
        "Dog/2.jpg",
        "Fox/1.jpg",
    ]
    assert source.entries[0].read() == jpeg(1)
    assert [skipped.name for skipped in source.skipped] == ["set/Fox/deep.zip"]
    source.close()
    assert isinstance(source.entries[0].read(), Message)


def test_zips_inside_count_towards_the_same_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = zipped({f"Cat/{number}.jpg": b"" for number in range(60)}).getvalue()
    assert "more than 100 files" in sentence(zipped({"a.zip": inner, "b.zip": inner}), Limits(files=100))
    monkeypatch.setattr(archives, "BOMB", 2**20)
    bomb = zipped({"Cat/1.jpg": bytes(50 * 2**20)}).getvalue()
    packed = zipped({"a.zip": bomb, "Dog/1.jpg": b""})
    assert len(packed.getvalue()) < 100_000
    source = archive(packed)
    with pytest.raises(DataError, match="as in a zip bomb"):
        next(entry for entry in source.entries if entry.label == "a").read()
    source.close()


def test_a_broken_zip_inside_is_left_out() -> None:
    assert only_reason(with_photos({"Pets/Cat/more.zip": b"PK"})).startswith("This file isn't a zip archive")


def test_an_encrypted_archive_is_refused() -> None:
    data = bytearray(zipped({"Cat/1.jpg": jpeg()}).getvalue())
    data[6] |= 1  # the flag in the member's own header, and in the list of contents
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert sentence(io.BytesIO(bytes(data))) == ("The archive has a password. Make a new archive without a password.")


def test_ten_thousand_empty_files_are_refused_in_one_sentence() -> None:
    files = {f"Cat/{number}": b"" for number in range(10_000)}
    assert sentence(zipped(files)) == (
        "There is no usable image here. Cat/0: It isn't an image. "
        "These formats are allowed: JPEG, PNG, WebP, BMP, GIF, TIFF, PPM, AVIF."
    )


def test_too_many_files_are_refused() -> None:
    files = {f"Cat/{number}.jpg": b"" for number in range(101)}
    assert "more than 100 files" in sentence(zipped(files), Limits(files=100))


def test_a_list_of_contents_that_would_fill_the_memory_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_DIRECTORY", 10_000)
    files = {f"Cat/{number}.jpg": b"" for number in range(1_000)}
    assert "too many entries" in sentence(zipped(files))


@pytest.mark.parametrize(
    "data",
    [b"", b"Rar!\x1a\x07", b"PK\3\4 but no more", jpeg(), zipped(PHOTOS).getvalue()[:-30]],
    ids=["empty", "rar", "only a signature", "jpeg", "cut short"],
)
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    assert sentence(io.BytesIO(data)).startswith("This file isn't a zip archive, or it is damaged.")


def test_a_damaged_member_is_left_out_when_it_is_read() -> None:
    data = bytearray(zipped(PHOTOS, zipfile.ZIP_STORED).getvalue())
    data[data.index(jpeg(2)) + 100] ^= 0xFF
    outcomes = [entry.read() for entry in archive(io.BytesIO(bytes(data))).entries]
    assert [isinstance(outcome, bytes) for outcome in outcomes] == [True, False, True]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_packing_is_left_out(method: int) -> None:
    assert "ordinary zip" in sentence(zipped({"Cat/1.jpg": jpeg()}, method))


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 2**32), st.integers(1, 12))
def test_mutated_archives_raise_nothing_but_our_own_error(seed: int, changes: int) -> None:
    generator = random.Random(seed)
    data = bytearray(ARCHIVE)
    for _ in range(changes):
        data[generator.randrange(len(data))] = generator.randrange(256)
    try:
        source = archive(io.BytesIO(bytes(data)))
    except DataError:
        return
    for entry in source.entries:
        assert isinstance(entry.read(), bytes | Message)


# --- odd, but innocent --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["__MACOSX/Pets/Cat/._1.jpg", "Pets/.DS_Store", "Pets/Cat/.hidden.jpg", "Pets/Thumbs.db"]
)
def test_what_systems_leave_behind_is_passed_over_in_silence(name: str) -> None:
    source = with_photos({name: b""})
    assert len(source.entries) == len(PHOTOS)
    assert source.skipped == []


def test_chinese_names_with_the_flag_are_read() -> None:
    assert archive(zipped({"猫/一.jpg": jpeg(1), "狗/二.jpg": jpeg(2)})).classes == ("狗", "猫")


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_chinese_names_without_the_flag_are_read(encoding: str) -> None:
    data = zipped({"XXXXXX/1.jpg": jpeg(1)}).getvalue()
    name = "小猫咪"[: 6 // len("猫".encode(encoding))]
    data = data.replace(b"XXXXXX", name.encode(encoding))
    assert archive(io.BytesIO(data)).classes == (name,)


def test_old_western_names_keep_their_letters() -> None:
    data = zipped({"XXXX/1.jpg": jpeg(1)}).getvalue().replace(b"XXXX", "Käse".encode("cp437"))
    assert archive(io.BytesIO(data)).classes == ("Käse",)


def test_backslashes_separate_folders_too() -> None:
    entry = zipfile.ZipInfo("Pets/Cat/1.jpg")
    data = zipped({entry: jpeg()}).getvalue().replace(b"Pets/Cat/1.jpg", b"Pets\\Cat\\1.jpg")
    assert archive(io.BytesIO(data)).classes == ("Cat",)
