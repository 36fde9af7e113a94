"""Home's film and the pictures of its cards: small files made from real runs and real images."""

import json

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import load_file

from pages.components.home import record
from pages.components.home.film import card_picture
from tests.pages.opened import in_link, open_app

FILM_BYTES, PICTURE_BYTES = 150_000, 10_000


def test_the_film_is_small_and_shows_a_network_that_learns() -> None:
    assert record.FILM.stat().st_size <= FILM_BYTES
    film = load_file(record.FILM)
    right = (film["answers"].argmax(2) == film["labels"]).sum(1)
    assert right[0] < 8, "untrained"
    assert right[-1] >= 22
    assert film["losses"][-20:].mean() < film["losses"][:5].mean() / 5
    assert len(film["steps"]) == len(film["answers"]) == len(film["places"]) == record.MOMENTS
    assert film["places"].shape[1] == len(film["point_labels"])
    assert spread_of_classes(film["places"][-1], film["point_labels"]) < spread_of_classes(
        film["places"][0], film["point_labels"]
    ), "the dots drift apart into classes"


def spread_of_classes(places: NDArray[np.int8], labels: NDArray[np.int16]) -> float:
    """How far dots lie from their class's middle, as a share of how far from the middle of all."""
    found = places.astype(float)
    inside = [found[labels == label] - found[labels == label].mean(0) for label in np.unique(labels)]
    return float(np.concatenate(inside).std() / (found - found.mean(0)).std())


def test_the_film_is_that_of_the_first_lesson_as_it_is_today() -> None:
    with safe_open(record.FILM, framework="np") as file:
        scene = json.loads(file.metadata()["scene"])
    assert len(scene["classes"]) == 10
    assert [column["shape"] for column in scene["columns"]] == [[128], [64], [10]]


def test_every_lesson_whose_images_are_ours_to_give_away_has_a_small_picture() -> None:
    assert len(record.PICTURED) == 5
    for name in record.PICTURED:
        path = card_picture(name)
        assert path
        assert path.stat().st_size < PICTURE_BYTES
        with Image.open(path) as picture:
            assert picture.size == (record.SHOWN * record.SIDE, record.SIDE)
    assert card_picture("cats-dogs-transfer") is None


def test_the_button_below_the_film_opens_the_first_lesson() -> None:
    app = open_app("streamlit_app.py")
    [button] = [one for one in app.button if one.label == "Train it yourself"]
    button.click().run()
    assert not app.exception
    assert in_link(app)["recipe"] == "digits"
