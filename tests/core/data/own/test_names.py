import pytest

from core.data.own.names import display, parts_of


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Cat", "Cat"),
        ("  golden   retriever ", "golden retriever"),
        ("猫", "猫"),
        ("a\x00b\x1b[31m", "a b [31m"),
        ("\u202egnp.tac", "gnp.tac"),  # would turn the writing direction
        ("<b>Cat</b>", "‹b›Cat‹/b›"),
        ("e\u0301", "é"),
        ("x" * 500, "x" * 66 + "…c38c…" + "x" * 8),
        ("\udcff", ""),  # half a letter, as a broken file name gives
    ],
    ids=["plain", "spaces", "chinese", "control", "direction", "markup", "two code points", "long", "half a letter"],
)
def test_names_are_safe_to_show(name: str, shown: str) -> None:
    assert display(name) == shown


def test_parts_that_lead_elsewhere_are_dropped_from_a_name() -> None:
    assert parts_of("..\\../a//./b/\x00/c.jpg") == ("a", "b", "c.jpg")


def test_long_names_stay_apart_and_keep_their_ending() -> None:
    first, second = (display("a very long name " * 20 + end) for end in ("one.jpg", "two.jpg"))
    assert first != second
    assert first.endswith(".jpg")
    assert len(first) <= 80
    assert display(first) == first
