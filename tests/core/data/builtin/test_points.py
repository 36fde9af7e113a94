"""Points in the plane: the classes, where they lie, and that a seed decides them."""

import numpy as np
import pytest

from core.data.builtin.points import SHAPES, points


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("number", [50, 301])
def test_points_lie_within_the_plane_half_of_them_in_each_class(shape: str, number: int) -> None:
    found = points(shape, number, 0.0, 0)
    assert found.places.shape == (number, 2)
    assert found.places.dtype == np.float32
    assert np.abs(found.places).max() <= 1
    assert abs(int(found.labels.sum()) - number // 2) <= 1


@pytest.mark.parametrize("shape", SHAPES)
def test_a_seed_decides_them(shape: str) -> None:
    first, again, other = (points(shape, 100, 0.1, seed).places for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("shape", SHAPES)
def test_without_noise_the_classes_are_apart_but_no_line_divides_them(shape: str) -> None:
    found = points(shape, 300, 0.0, 0)
    one, two = (found.places[found.labels == label] for label in (0, 1))
    assert np.linalg.norm(one[:, None] - two[None], axis=2).min() > 0.02
    inputs = np.column_stack([found.places, np.ones(300)])
    line = np.linalg.lstsq(inputs, 2.0 * found.labels - 1, rcond=None)[0]
    assert ((inputs @ line > 0) == (found.labels == 1)).mean() < 0.95


def test_noise_shifts_points_by_so_much() -> None:
    shifts = points("moons", 4_000, 0.2, 3).places - points("moons", 4_000, 0.0, 3).places
    assert shifts.std() == pytest.approx(0.2, rel=0.05)
