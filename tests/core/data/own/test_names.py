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
        ("x" * 500, "x" * 80),
        ("\udcff", ""),  # half a letter, as a broken file name gives
    ],
    ids=["plain", "spaces", "chinese", "control", "direction", "markup", "two code points", "long", "half a letter"],
)
def test_names_are_safe_to_show(name: str, shown: str) -> None:
    assert display(name) == shown


def test_parts_that_lead_elsewhere_are_dropped_from_a_name() -> None:
    assert parts_of("..\\../a//./b/\x00/c.jpg") == ("a", "b", "c.jpg")
