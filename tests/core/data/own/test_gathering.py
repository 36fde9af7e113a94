"""Pictures that are still being gathered survive on the disk, within bounds."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.data.own import gathered, gathering, quota, stored
from core.data.own.gathering import New
from core.data.own.importing import importing
from core.errors import DataError
from core.runs.expiry import expire
from core.runs.store import Store
from tests.core.data.own.pictures import jpeg
from tests.runs import ME, YOU


def with_pictures(*names: str, each: int = 2) -> list[str]:
    """Classes of ME with pictures; their ids."""
    classes = [gathering.add_class(ME, name).id for name in names]
    for number, category in enumerate(classes):
        gathering.add(ME, category, [New(jpeg(100 * number + seed)) for seed in range(each)])
    return classes


def counts(owner: str = ME) -> dict[str, int]:
    return {one.name: len(one.pictures) for one in gathering.of(owner).classes}


def test_classes_keep_their_order_and_pictures_that_of_their_arrival() -> None:
    cup, pen = with_pictures("Cup", "a pen")
    late = New(jpeg(7), name="late.png")
    gathering.add(ME, cup, [late])
    assert counts() == {"Cup": 3, "a pen": 2}
    assert gathering.of(ME).classes[0].pictures[-1].id == late.id
    assert gathering.find(ME, late.id).path.read_bytes() == late.data
    assert gathering.find(ME, late.id).name == "late.png"
    assert counts(YOU) == {}
    assert pen != cup


def test_a_picture_that_is_sent_twice_is_kept_once() -> None:
    (cup,) = with_pictures("Cup", each=0)
    sent = [New(jpeg(seed)) for seed in range(5)]
    gathering.add(ME, cup, sent)
    gathering.add(ME, cup, sent)
    assert counts() == {"Cup": 5}


def test_a_class_is_renamed_and_removed_with_its_pictures() -> None:
    cup, pen = with_pictures("Cup", "Pen")
    gathering.rename_class(ME, cup, "  Mug ")
    with pytest.raises(DataError, match="There is a class Mug already"):
        gathering.rename_class(ME, pen, "Mug")
    gathering.remove_class(ME, pen)
    assert counts() == {"Mug": 2}
    assert not (gathering.folder(ME) / pen).exists()
    with pytest.raises(DataError, match="doesn't exist any more"):
        gathering.add(ME, pen, [New(jpeg())])
    with pytest.raises(DataError, match="no name"):
        gathering.add_class(ME, " \u200b ")
    assert gathering.add_class(ME, "Mug").id == cup


def test_a_picture_is_deleted_and_the_version_changes() -> None:
    with_pictures("Cup")
    before = gathering.of(ME)
    gathering.remove_picture(ME, before.classes[0].pictures[0].id)
    assert counts() == {"Cup": 1}
    assert gathering.of(ME).version != before.version
    with pytest.raises(DataError, match="doesn't exist any more"):
        gathering.remove_picture(ME, before.classes[0].pictures[0].id)


def test_a_full_class_takes_no_more_not_even_from_many_at_once() -> None:
    (cup,) = with_pictures("Cup", each=0)

    def add(seed: int) -> bool:
        try:
            gathering.add(ME, cup, [New(jpeg(seed))], most=10)
        except DataError:
            return False
        return True

    with ThreadPoolExecutor(8) as visitors:
        assert sum(visitors.map(add, range(40))) == 10
    assert counts() == {"Cup": 10}
    for number in range(gathering.CLASSES - 1):
        gathering.add_class(ME, f"class {number}")
    with pytest.raises(DataError, match="A set can have 50 classes"):
        gathering.add_class(ME, "one more")


@pytest.mark.parametrize("name", ["../../evil.jpg", "a" * 300 + ".jpg", "猫" * 200 + ".png", ".hidden", "x y z.jpg"])
def test_a_file_s_name_is_no_path_and_never_too_long(name: str) -> None:
    (cup,) = with_pictures("Cup", each=0)
    gathering.add(ME, cup, [New(jpeg(), name=name)])
    (picture,) = gathering.of(ME).classes[0].pictures
    assert picture.path.parent == gathering.folder(ME) / cup
    assert picture.name.endswith(name[-4:])


def test_the_set_is_imported_with_names_and_classes() -> None:
    cup, _pen = with_pictures("Cup", "Pen", each=3)
    gathering.add(ME, cup, [New(b"text", name="notes.txt"), New(b"broken", name="broken.jpg")])
    *_, last = importing(gathered.source(ME))
    assert last.name
    images = stored.load(last.name)
    assert images.classes == ("Cup", "Pen")
    assert sorted(images.files)[0] == "Cup/photo-001.jpg"
    assert sorted(one.name for one in images.skipped) == ["Cup/broken.jpg", "Cup/notes.txt"]
    gathered.forget(ME)
    with pytest.raises(DataError, match="There is no image here"):
        gathered.source(ME)


def test_others_add_by_a_key_of_which_only_the_digest_is_kept() -> None:
    with_pictures("Cup")
    key = gathering.let_others_add(ME)
    assert gathering.owner_by(key) == ME
    text = (gathering.folder(ME) / "set.json").read_text()
    assert key.partition(".")[2] not in text
    set_id, _dot, secret = key.partition(".")
    for wrong in ("", set_id, f"{set_id}.", f"{set_id}.{secret}x", f"0{set_id[1:]}.{secret}", f"../{set_id}.{secret}"):
        with pytest.raises(DataError, match="doesn't add pictures any more"):
            gathering.owner_by(wrong)
    newer = gathering.let_others_add(ME)
    with pytest.raises(DataError):
        gathering.owner_by(key)
    gathering.let_nobody_add(ME)
    with pytest.raises(DataError):
        gathering.owner_by(newer)
    with pytest.raises(DataError):
        gathering.owner_by(f"{set_id}.")


def test_what_is_gathered_counts_for_the_owner_and_expires(store: Store) -> None:
    with_pictures("Cup")
    size = sum(len(jpeg(seed)) for seed in range(2))
    assert size <= quota.used(ME) < size + 2_000
    expire(store)
    assert counts() == {"Cup": 2}
    os.utime(gathering.folder(ME) / "set.json", (0, 0))
    expire(store)
    assert counts() == {}
    assert quota.used(ME) == 0


def test_a_training_is_remembered_with_its_version() -> None:
    with_pictures("Cup")
    gathered.note_training(ME, "run", gathering.of(ME).version)
    assert gathering.of(ME).run == "run"
    assert gathering.of(ME).trained == gathering.of(ME).version
