import os
from pathlib import Path

import pytest

from core.data.own.entries import Limits, Source
from core.data.own.images import MAX_BYTES
from core.data.own.sources import folder, uploads
from core.errors import DataError
from core.messages import Message
from tests.core.data.own.pictures import jpeg


def arranged(*names: str) -> Source:
    return uploads((name, b"") for name in names)


def labels(source: Source) -> list[tuple[str, bool | None]]:
    return [(entry.label, entry.validation) for entry in source.entries]


def reasons(source: Source) -> dict[str, str]:
    return {skipped.name: str(skipped.reason) for skipped in source.skipped}


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW_FOLDER_PATHS", "1")


# --- folders as classes -------------------------------------------------------------------------------------------


def test_the_first_folder_is_the_class_however_deep_the_image_lies() -> None:
    assert labels(arranged("Cat/1.jpg", "Cat/old/2.jpg", "Dog/1.jpg")) == [("Cat", None), ("Cat", None), ("Dog", None)]


def test_folders_around_everything_are_skipped() -> None:
    source = arranged("download/PetImages/Cat/1.jpg", "download/PetImages/Dog/1.jpg")
    assert source.classes == ("Cat", "Dog")


def test_a_single_class_keeps_its_folder() -> None:
    assert arranged("Pets/Cat/1.jpg", "Pets/Cat/2.jpg").classes == ("Cat",)
    assert arranged("Cat/1.jpg", "Cat/2.jpg").classes == ("Cat",)
    assert arranged("Cat/1.jpg", "Cat/2.jpg", "Cat/old/2.jpg").classes == ("Cat",)


def test_an_image_beside_the_class_folders_is_left_out() -> None:
    source = arranged("Pets/cover.jpg", "Pets/Cat/1.jpg", "Pets/Dog/1.jpg")
    assert source.classes == ("Cat", "Dog")
    assert reasons(source) == {"cover.jpg": "It isn't in the folder of a class. Move it into one."}


@pytest.mark.parametrize("name", ["val", "valid", "Validation", "test"])
def test_folders_for_training_and_validation_are_kept(name: str) -> None:
    source = arranged("set/train/Cat/1.jpg", "set/train/Dog/1.jpg", f"set/{name}/Cat/2.jpg")
    assert labels(source) == [("Cat", False), ("Dog", False), ("Cat", True)]


def test_beside_a_validation_folder_test_images_are_left_out() -> None:
    source = arranged("train/Cat/1.jpg", "val/Cat/2.jpg", "test/Cat/3.jpg")
    assert labels(source) == [("Cat", False), ("Cat", True)]
    assert reasons(source) == {"test/Cat/3.jpg": "It is outside of the folders for training and validation."}


def test_training_images_alone_are_split_by_the_app() -> None:
    assert labels(arranged("train/Cat/1.jpg", "train/Dog/1.jpg")) == [("Cat", None), ("Dog", None)]
    assert labels(arranged("train/Cat/1.jpg", "train/Dog/1.jpg", "test/7.jpg")) == [("Cat", None), ("Dog", None)]


def test_a_train_can_also_be_what_the_pictures_show() -> None:
    assert arranged("train/1.jpg", "car/1.jpg", "plane/1.jpg").classes == ("car", "plane", "train")


def test_images_in_no_folder_at_all_are_refused() -> None:
    with pytest.raises(DataError, match="Put the images of each class into a folder with the name"):
        arranged("1.jpg", "2.jpg")


def test_no_image_at_all_is_refused_with_a_reason() -> None:
    with pytest.raises(DataError, match=r"There is no usable image here\. Cat/1\.txt: It isn't an image\."):
        arranged("Cat/1.txt", "Dog/2.txt")
    with pytest.raises(DataError, match="There is no image here"):
        arranged()


def test_photos_of_a_phone_in_another_format_get_their_own_advice() -> None:
    assert "Save the image as JPEG" in reasons(arranged("Cat/1.heic", "Cat/2.jpg"))["Cat/1.heic"]


def test_too_many_classes_are_refused() -> None:
    with pytest.raises(DataError, match="more than 3 classes"):
        uploads(((f"{number}/1.jpg", b"") for number in range(4)), Limits(classes=3))


def test_the_order_does_not_depend_on_how_the_files_came() -> None:
    names = ["Dog/1.jpg", "Cat/10.jpg", "Cat/9.jpg", "Cat/b.jpg", "Cat/A.jpg"]
    expected = ["Cat/10.jpg", "Cat/9.jpg", "Cat/A.jpg", "Cat/b.jpg", "Dog/1.jpg"]  # as ImageFolder sorts them
    assert [entry.name for entry in arranged(*names).entries] == expected
    assert [entry.name for entry in arranged(*reversed(names)).entries] == expected


# --- a folder of the server ---------------------------------------------------------------------------------------


def test_a_folder_is_opened_only_where_the_server_allows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLOW_FOLDER_PATHS", raising=False)
    with pytest.raises(DataError, match="This server doesn't allow folders"):
        folder(tmp_path)


@pytest.mark.usefixtures("allowed")
def test_a_folder_is_read_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "set" / "Cat").mkdir(parents=True)
    (tmp_path / "set" / "Cat" / "1.jpg").write_bytes(jpeg())
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s.jpg").write_bytes(jpeg())
    (tmp_path / "set" / "Cat" / "2.jpg").symlink_to(tmp_path / "secret" / "s.jpg")
    (tmp_path / "set" / "Dog").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "set" / "Cat" / "3.jpg")  # reading it would wait for ever
    source = folder(tmp_path / "set")
    assert [(entry.label, entry.read()) for entry in source.entries] == [("Cat", jpeg())]
    assert set(reasons(source)) == {"Cat/2.jpg", "Cat/3.jpg", "Dog"}


@pytest.mark.usefixtures("allowed")
def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no folder"):
        folder(tmp_path / "nowhere")


@pytest.mark.usefixtures("allowed")
def test_a_file_that_vanishes_or_is_huge_does_not_stop_the_rest(tmp_path: Path) -> None:
    (tmp_path / "Cat").mkdir()
    (tmp_path / "Cat" / "1.jpg").write_bytes(jpeg())
    with (tmp_path / "Cat" / "2.jpg").open("wb") as huge:
        huge.truncate(MAX_BYTES * 4)
    first, second = folder(tmp_path).entries
    (tmp_path / "Cat" / "1.jpg").unlink()
    assert isinstance(first.read(), Message)
    data = second.read()
    assert isinstance(data, bytes)
    assert len(data) == MAX_BYTES + 1


@pytest.mark.usefixtures("allowed")
def test_too_many_files_in_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "Cat").mkdir()
    for number in range(4):
        (tmp_path / "Cat" / f"{number}.jpg").touch()
    with pytest.raises(DataError, match="more than 3 files"):
        folder(tmp_path, Limits(files=3))
