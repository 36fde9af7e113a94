"""What networks take images from outside for."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.data import datasets
from core.data.own.images import FORMATS, decode
from core.errors import DataError
from core.inference.predictor import CHUNK, Read, opened, predict, predict_files
from core.inference.preparation import Steps
from core.messages import say
from core.recipes import configure
from core.runs.store import Store
from core.training import weights
from tests import runs
from tests.core.data.sets import imported, pets
from tests.core.inference.made import glyph, png

SMALL = [{"kind": "flatten"}, {"kind": "linear", "out_features": 10}]


def given_bytes(data: bytes) -> Read:
    return lambda: data


def share_right(run_id: str, steps: Steps | None = None) -> float:
    """The accuracy on the run's validation split, each image sent as a file."""
    found = weights.load(run_id)
    split = datasets.load(found.config.data).validation
    images = split.images if split.rows is None else split.images[split.rows]
    files = (("", given_bytes(png(image.numpy()))) for image in images)
    answers = predict_files([found], files, steps)
    right = sum(answer.opinions[0].best == label for answer, label in zip(answers, split.labels.tolist(), strict=True))
    return float(right / len(split))


def test_the_whole_validation_split_gives_exactly_the_accuracy_of_training(store: Store) -> None:
    run = runs.trained(store)
    assert share_right(run.id) == run.best_val_accuracy


def test_so_it_does_with_photos_and_a_backbone(store: Store) -> None:
    run = runs.trained(
        store,
        recipe="cats-dogs-transfer",
        data__dataset=imported(pets(24, 20)).name,
        data__image_size=40,
        data__center_crop=32,
        data__validation_fraction=0.5,
        model={"name": "resnet18"},
        transfer__weights="random",
        epochs=1,
    )
    assert share_right(run.id) == run.best_val_accuracy


class Fixed(torch.nn.Module):
    """Says the same to every image."""

    def __init__(self, *outputs: float) -> None:
        super().__init__()
        self.outputs = torch.tensor(outputs)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.outputs.repeat(len(images), 1)


def network(*outputs: float, loss: str = "cross_entropy") -> weights.Trained:
    config = configure("digits", {"loss": loss, "model.layers": SMALL})
    return weights.Trained(config, Fixed(*outputs), tuple("abcdefghij"[: len(outputs)]))


def test_probabilities_are_those_of_the_loss() -> None:
    image = torch.zeros(1, 1, 8, 8)
    for found in (network(0.0, 2.0), network(*torch.tensor([0.0, 2.0]).log_softmax(0).tolist(), loss="nll")):
        opinion = predict(found, image)[0]
        assert opinion.probabilities == pytest.approx([0.1192, 0.8808], abs=1e-4)
        assert opinion.confidence == pytest.approx(0.8808, abs=1e-4)
    # Trained towards 1 and 0, outputs are probabilities themselves; the largest is named though both are cut to 1.
    opinion = predict(network(1.2, 1.5, loss="mse"), image)[0]
    assert (opinion.best, opinion.confidence) == (1, 1.0)


def test_files_are_read_as_they_are_needed_and_broken_ones_have_a_sentence() -> None:
    read: list[int] = []

    def reader(number: int) -> Read:
        def one() -> bytes:
            read.append(number)
            return b"no image" if number == 1 else png(glyph("four", 20))

        return one

    answers = predict_files([network(0.0, 1.0)], ((str(number), reader(number)) for number in range(5 * CHUNK)))
    first, second = next(answers), next(answers)
    assert (first.name, first.error, first.opinions[0].best) == ("0", None, 1)
    assert "image can't be read" in str(second.error)
    assert len(read) == CHUNK
    assert [answer.name for answer in answers] == [str(number) for number in range(2, 5 * CHUNK)]


def test_a_file_that_cant_be_had_says_why_and_one_archive_too_large_ends_it() -> None:
    gone = next(predict_files([network(0.0, 1.0)], [("a", lambda: say("It is gone."))]))
    assert str(gone.error) == "It is gone."

    def bomb() -> bytes:
        raise DataError(say("Too much."))

    with pytest.raises(DataError, match="Too much"):
        list(predict_files([network(0.0, 1.0)], [("a", bomb)]))


def test_two_networks_see_the_same_image_each_in_its_own_way(store: Store) -> None:
    two = [network(0.0, 1.0), network(3.0, 1.0)]
    answer = next(predict_files(two, [("a", given_bytes(png(glyph("four", 300))))]))
    assert [opinion.best for opinion in answer.opinions] == [1, 0]
    assert answer.thumbnail
    assert max(answer.thumbnail.size) == 64


def test_an_empty_sheet_and_several_digits_say_so() -> None:
    empty = png(np.full((300, 200), 240, np.uint8))
    several = png(np.concatenate([glyph("four", 100), glyph("zero", 100)], 1))
    first, second = predict_files([network(0.0, 1.0)], [("a", given_bytes(empty)), ("b", given_bytes(several))])
    assert str(first.error) == "Nothing is drawn here."
    assert str(second.error).startswith("Several things are drawn here.")


# --- one function decodes whatever comes from outside -------------------------------------------------------------


def encoded(kind: str) -> bytes:
    import io

    file = io.BytesIO()
    Image.fromarray(np.arange(48 * 40 * 3, dtype=np.uint8).reshape(40, 48, 3)).save(file, kind)
    return file.getvalue()


FILES = {kind: encoded(kind) for kind in FORMATS}


@given(data=st.binary(max_size=400))
def test_random_bytes_raise_nothing_but_our_own_error(data: bytes) -> None:
    with pytest.raises(DataError):
        decode(data, 64)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    kind=st.sampled_from(FORMATS),
    places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12),
    cut=st.floats(0, 1),
    start=st.booleans(),
)
def test_mutated_images_of_every_format_are_read_or_refused(
    kind: str, places: list[tuple[float, int]], cut: float, start: bool
) -> None:
    data = bytearray(FILES[kind])
    for place, value in places:
        # Headers are where the danger is.
        reach = min(len(data), 200) if start else len(data)
        data[min(len(data) - 1, int(place * reach))] = value
    try:
        image = decode(bytes(data[: max(1, int(len(data) * max(cut, 0.3)))]), 64).image
    except DataError:
        return
    assert image.mode == "RGB"
    assert min(image.size) <= 64 or max(image.size) <= 25_000_000


@pytest.mark.parametrize(("recipe", "size", "side"), [("mnist-mlp", None, 480), ("digits", None, 480)])
def test_images_are_decoded_as_large_as_the_network_can_use(recipe: str, size: int | None, side: int) -> None:
    found = weights.Trained(configure(recipe, {"data.image_size": size}), Fixed(0.0), ("a",))
    large = png(np.zeros((600, 900), np.uint8))
    assert min(opened(large, [found]).size) == side
    assert min(opened(large).size) == 256
