"""Numbers as they are typed."""

import pytest

from core.config.typed import numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.3", [0.3]),
        ("0,3", [0.3]),
        ("1", [1.0]),
        ("0.485, 0.456, 0.406", [0.485, 0.456, 0.406]),
        ("0.485,0.456,0.406", [0.485, 0.456, 0.406]),
        ("0,485, 0,456, 0,406", [0.485, 0.456, 0.406]),
        ("0,485; 0,456; 0,406", [0.485, 0.456, 0.406]),
        ("0,485 0,456 0,406", [0.485, 0.456, 0.406]),
        (".5 ;1e-3", [0.5, 0.001]),
        ("−0,5", [-0.5]),
        ("1,0,1", [1.0, 0.0, 1.0]),
        ("0.5,", [0.5]),
        ("", []),
        ("many", ["many"]),
        ("0.5, x", [0.5, "x"]),
        ("nan", ["nan"]),
        ("1e", ["1e"]),
    ],
)
def test_numbers_are_what_was_meant(text: str, expected: list[float | str]) -> None:
    assert numbers(text) == expected
