"""The tenths that come with the app are what they say, and the plain script takes the same images."""

from pathlib import Path

import numpy as np
import pytest

from core import environment
from core.config import DataConfig
from core.data import datasets
from core.data.builtin import availability, samples
from core.data.builtin.sets import DATASETS
from core.data.builtin.torchvision_sets import whole
from core.recipes import recipes


def test_together_they_are_small_and_have_their_licence_beside_them() -> None:
    folder = Path(samples.__file__).parent
    assert sum((folder / f"{name}.npz").stat().st_size for name in samples.SAMPLES) < 5_000_000
    licence = (folder / "samples.LICENCE.md").read_text()
    assert all(word in licence for word in ("CC BY-SA 3.0", "MIT", *(f"{name}.npz" for name in samples.SAMPLES)))


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_sample_is_a_data_set_like_any_other_without_a_network(name: str) -> None:
    config = DataConfig(dataset=name)
    for _progress in datasets.prepare(config):
        pass
    data = datasets.load(config)
    assert (len(data.train), len(data.validation)) == (6_000, 1_000)
    assert tuple(data.train.images.shape[1:]) == (1, 28, 28)
    assert data.classes == DATASETS[samples.SAMPLES[name].parent].classes


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_sample_holds_its_share_of_every_class_of_the_whole_set(name: str, real_data: Path) -> None:
    ours = samples.sample(name)
    for split, content in whole(DATASETS[samples.SAMPLES[name].parent]).items():
        images, labels = ours[split]
        places = samples.rows(content.labels, samples.SAMPLES[name].quotas[split])
        np.testing.assert_array_equal(images, content.images[places])
        np.testing.assert_array_equal(labels, content.labels[places])
        shares = np.bincount(content.labels) / len(content.labels)
        np.testing.assert_allclose(np.bincount(labels) / len(labels), shares, atol=0.001)


def test_every_lesson_on_a_set_to_download_has_a_sample_or_photos() -> None:
    for known in recipes().values():
        if DATASETS[known.config.data.dataset].download_bytes and known.name != "cats-dogs-transfer":
            assert known.sample
            assert DATASETS[known.sample.dataset].classes == DATASETS[known.config.data.dataset].classes


# --- what is known before the click -------------------------------------------------------------------------------


@pytest.mark.parametrize(("answers", "word"), [(True, "download"), (False, "unavailable")])
def test_what_is_not_here_is_to_be_downloaded_or_not_to_be_had(
    answers: bool, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "within_reach", lambda _host: answers)
    assert availability.availability("mnist") == word
    assert availability.availability("mnist_sample") == "ready"
    assert availability.availability("digits") == "ready"
    assert availability.availability("cats_dogs") == "unavailable"
    (environment.data_dir() / "MNIST" / "raw").mkdir(parents=True)
    assert availability.availability("mnist") == word, "an empty folder is no data set"
    (environment.data_dir() / "MNIST" / "raw" / "train-images-idx3-ubyte").touch()
    assert availability.availability("mnist") == "ready"


def test_every_set_to_download_has_a_source() -> None:
    names = {info.torchvision_name for info in DATASETS.values() if info.torchvision_name}
    assert names == availability._SOURCES.keys()


def test_a_server_is_asked_once_and_then_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refuse(host: str) -> bool:
        asked.append(host)
        return False

    monkeypatch.setattr(availability, "_answers", refuse)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    monkeypatch.setattr(availability, "_asked", {})
    assert [availability.within_reach("example.org") for _ in range(3)] == [False] * 3
    assert asked == ["example.org"]
