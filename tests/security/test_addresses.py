"""Runs that wait are bounded by the visitor's address too, which is kept only as a keyed hash."""

from contextlib import suppress

import pytest
from sqlalchemy import select

from core.config import RunConfig
from core.errors import RunError
from core.recipes import configure
from core.runs.run import owner_of
from core.runs.schema import runs
from core.runs.store import Store
from pages.components.shell import identity
from tests.pages.opened import open_app
from tests.runs import ME

CONFIG: RunConfig = configure("digits", {})


def ask(store: Store, number: int, origin: str | None) -> bool:
    """Whether the run of yet another owner is taken."""
    with suppress(RunError):
        store.create(CONFIG, owner=owner_of(str(number)), name="a run", origin=origin)
        return True
    return False


def test_made_up_cookies_of_one_address_leave_room_for_others(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAITING_PER_ADDRESS", "20")
    assert sum(ask(store, number, "attacker") for number in range(1_000)) == 20
    assert all(ask(store, number, "school") for number in range(2_000, 2_020))
    with pytest.raises(RunError, match=r"^20 runs from your network are waiting\. Try again when some"):
        store.create(CONFIG, owner=ME, name="a run", origin="attacker")
    with pytest.raises(RunError, match="20 runs from your network"):
        store.create_comparison({"one": CONFIG, "two": CONFIG}, owner=ME, origin="attacker")
    assert ask(store, 3_000, None), "an address that isn't known is bounded with all others only"


def test_stopping_and_resuming_is_no_way_around(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAITING_PER_ADDRESS", "2")
    stopped = store.create(CONFIG, owner=ME, name="a run", origin="here")
    store.request_stop(stopped, owner=ME)
    assert ask(store, 1, "here")
    assert ask(store, 2, "here")
    with pytest.raises(RunError, match="2 runs from your network"):
        store.resume(stopped, owner=ME)


def test_a_class_of_forty_at_one_address_is_no_attack(store: Store) -> None:
    assert all(ask(store, pupil, "school") for pupil in range(40) for _run in range(3))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        ("", "", "192.0.2.1"),
        ("", "10.9.9.9", "192.0.2.1"),
        ("1", "203.0.113.5", "203.0.113.5"),
        ("1", "made up, 203.0.113.5", "203.0.113.5"),
        ("2", "made up, 203.0.113.5, 10.0.0.1", "203.0.113.5"),
        ("2", "10.0.0.1", None),
        ("1", "", None),
    ],
)
def test_only_a_trusted_proxy_says_whose_address_it_is(
    proxies: str, forwarded: str, address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", proxies)
    assert identity._address("192.0.2.1", forwarded) == address


def test_the_database_has_a_keyed_hash_of_the_address(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_address", lambda *_: "192.0.2.1")
    app = open_app("pages/2_Train.py", recipe="digits")
    next(button for button in app.button if button.label == "Train").click().run()
    with store.database.connect() as connection:
        [origin] = connection.scalars(select(runs.c.origin)).all()
    assert origin
    assert len(origin) == 32
    assert identity.origin() == origin, "the same address, the same hash"
    monkeypatch.setattr(identity, "_ADDRESS_KEY", b"that of another process")
    assert identity.origin() != origin
