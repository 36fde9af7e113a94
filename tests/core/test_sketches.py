"""Small drawings: the walk gets down where steps are short, jumps where they are long; noise falls with the batch."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from core.figures.sketches import EDGE, HEIGHT, WIDTH, bowl_walk, function_curve, noisy_curve

Places = list[tuple[float, float]]


def lines(drawing: str) -> list[Places]:
    ElementTree.fromstring(drawing)  # well-formed
    return [
        [(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())]
        for points in re.findall(r'points="([^"]+)"', drawing)
    ]


def walk(times: float) -> list[float]:
    """Where the walk is after each step, 0 in the middle of the bowl."""
    return [x - WIDTH / 2 for x, _y in lines(bowl_walk(times, "walk"))[1]]


def test_at_the_lesson_s_rate_the_walk_goes_calmly_down_on_one_side() -> None:
    places = walk(1)
    assert all(place < 0 for place in places)
    assert abs(places[-1]) < 0.1 * abs(places[0])


def test_shorter_steps_get_less_far_and_longer_ones_jump_to_the_other_side() -> None:
    assert abs(walk(0.25)[-1]) > 3 * abs(walk(1)[-1])
    assert any(place > 0 for place in walk(5))


@pytest.mark.parametrize("times", [8, 1e6])
def test_far_too_long_steps_leave_the_bowl_and_stay_in_the_picture(times: float) -> None:
    for line in lines(bowl_walk(times, "walk")):
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in line)
    assert len(walk(times)) < 9


def roughness(drawing: str) -> float:
    noisy, smooth = lines(drawing)
    return float(np.std([one[1] - other[1] for one, other in zip(noisy, smooth, strict=True)]))


def test_larger_batches_are_less_noisy() -> None:
    assert roughness(noisy_curve(8, "loss")) > 2 * roughness(noisy_curve(128, "loss")) > 0


def test_a_function_fits_into_its_picture_and_its_name_stays_text() -> None:
    xs = np.linspace(-4, 4, 41)
    drawing = function_curve(xs, np.maximum(xs, 0), '<b>"ReLU"</b>')
    places = lines(drawing)[-1]
    assert all(EDGE <= x <= WIDTH - EDGE and EDGE <= y <= HEIGHT - EDGE for x, y in places)
    assert "<b>" not in drawing
