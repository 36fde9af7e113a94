"""What images of one's own may take on the disk."""

import os

import pytest

from core.data.own import quota, squares, stored
from core.data.own.importing import importing
from core.data.own.sources import uploads
from core.errors import DataError
from core.storage import size_of
from tests.core.data.sets import imported, pets

ME, OTHER = "me", "other"


def mine(cats: int = 3, owner: str = ME) -> str:
    name = imported(pets(cats)).name
    stored.claim(name, owner)
    return name


def prepare(name: str, size: int) -> None:
    for _ in squares.resize(name, size):
        pass


def size(name: str) -> int:
    return size_of(stored.folder(name))


def allow(monkeypatch: pytest.MonkeyPatch, *, visitor: float = 1e9, everybody: float = 1e9) -> None:
    monkeypatch.setenv("OWN_MB_PER_VISITOR", str(visitor / 1e6))
    monkeypatch.setenv("OWN_GB", str(everybody / 1e9))


def test_a_visitors_import_ends_where_their_share_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, visitor=1.5 * size(mine(40)))
    before = sorted(stored.root().iterdir())
    with pytest.raises(DataError, match=r"images of one visitor may take \S+ MB on this server. Delete a set"):
        list(importing(uploads(pets(35).items()), room=quota.room(ME)))
    assert sorted(stored.root().iterdir()) == before  # nothing is left of it
    assert list(importing(uploads(pets(35).items()), room=quota.room(OTHER)))[-1].name


def test_an_import_ends_where_all_visitors_share_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, everybody=size(mine()) + 20_000)
    with pytest.raises(DataError, match="All visitors' images together have filled"):
        list(importing(uploads(pets(30).items()), room=quota.room(OTHER)))


def test_an_import_is_stopped_while_it_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.data.own.importing._SECONDS_BETWEEN_REPORTS", 0.0)
    allow(monkeypatch, visitor=20_000)
    largest = 0
    with pytest.raises(DataError):  # noqa: PT012 - the loop is what is measured
        for _ in importing(uploads(pets(1_500).items()), room=quota.room(ME)):
            largest = max(largest, size_of(stored.root()))
    whole = sum(40 * 60 * 3 for _ in range(1_500))
    assert largest < whole / 4


def test_prepared_sizes_count_and_the_longest_unused_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    name = mine()
    images, one = size(name), squares.prepared_bytes(5, 64)
    for number, side in enumerate((64, 63)):
        prepare(name, side)
        os.utime(stored.folder(name) / f"squares-{side}.npy", (1_000 + number, 1_000 + number))
    squares.load(name, 64)  # used just now
    assert quota.used(ME) == size(name) > images + one
    allow(monkeypatch, visitor=size(name) + 1_000)
    prepare(name, 62)
    assert [squares.ready(name, side) for side in (64, 63, 62)] == [True, False, True]
    assert size(name) <= images + 2 * one + 1_000


def test_a_size_that_never_fits_removes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    name = mine()
    prepare(name, 64)
    allow(monkeypatch, visitor=size(name) + 1_000)
    with pytest.raises(DataError, match="choose a smaller image size"):
        prepare(name, 500)
    assert squares.ready(name, 64)
    allow(monkeypatch, everybody=size(name) + 1_000)
    with pytest.raises(DataError, match="All visitors' images"):
        prepare(name, 500)


def test_many_sizes_by_link_stay_within_the_share(monkeypatch: pytest.MonkeyPatch) -> None:
    name = mine(30)
    share = size(name) + 3 * squares.prepared_bytes(32, 64)
    allow(monkeypatch, visitor=share)
    for side in range(20, 64):
        prepare(name, side)
        assert quota.used(ME) <= share + 128 * 44  # and the files' headers
    assert len(list(stored.folder(name).glob(quota.SIZES))) < 20


def test_what_a_killed_preparation_left_is_swept() -> None:
    name = mine()
    rest = stored.folder(name) / ".partial-0.tmp"
    rest.write_bytes(b"half")
    os.utime(rest, (1_000, 1_000))
    prepare(name, 64)
    assert not rest.exists()


def test_the_servers_own_photos_count_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    name = imported(pets()).name  # nobody's
    allow(monkeypatch, visitor=1, everybody=1)
    prepare(name, 64)
    assert quota.used(ME) == 0
