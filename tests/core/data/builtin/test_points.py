"""Points in the plane: the classes, where they lie, and that a seed decides them."""

from typing import Any, get_args

import numpy as np
import pytest
import torch

from core.config import Backbone, PointCloud, RunConfig, parse
from core.data import catalog, datasets, plane
from core.data.batches import Randomness, training_batches, validation_batches
from core.data.builtin.points import SHAPES, drawn, points
from core.data.preview import pictures_of
from core.export.data import data_code
from core.training.check import problems

CPU = torch.device("cpu")
LAYERS = [{"kind": "linear", "out_features": 8}, {"kind": "tanh"}, {"kind": "linear", "out_features": 2}]


def configured(layers: list[dict[str, Any]] | None = None, **data: Any) -> RunConfig:
    usual = catalog.usual("points").model_dump()
    return parse({"data": usual | data, "model": {"layers": layers or LAYERS}, "batch_size": 32})


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


def test_the_settings_know_every_shape() -> None:
    assert list(SHAPES) == list(get_args(PointCloud.model_fields["shape"].annotation))


def test_as_a_data_set_they_are_split_by_class_and_normalised() -> None:
    config = configured(mean=(0.5, 0.0), std=(2.0,), points={"shape": "spiral", "number": 200, "seed": 7})
    data = datasets.load(config.data)
    assert (len(data.train), len(data.validation)) == (160, 40)
    assert int(data.validation.labels.sum()) == 20
    batches = validation_batches(config, data.validation, CPU)
    first, _labels = batches.batch(slice(0, 3))
    again, _labels = batches.batch(slice(0, 3))
    assert torch.equal(first, again), "normalising a batch must not change the points themselves"
    assert data.validation.rows is not None
    places = torch.from_numpy(drawn(config.data.points).places)[data.validation.rows[:3]]
    assert torch.equal(first, (places - torch.tensor([0.5, 0.0])) / 2)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_exported_script_draws_the_same_points(shape: str) -> None:
    config = configured(mean=(0.1,), points={"shape": shape, "number": 101, "noise": 0.1, "seed": 3})
    names: dict[str, Any] = {"torch": torch}
    exec("\n".join(data_code(config.data)), names)
    data = datasets.load(config.data)
    for ours, exported in ((data.train, names["train_set"]), (data.validation, names["validation_set"])):
        expected = training_batches(config, ours, CPU, Randomness.of(0)).batch(slice(None))
        for tensor, other in zip(expected, exported.tensors, strict=True):
            assert torch.equal(tensor, other)


@pytest.mark.parametrize(
    ("layers", "data", "sentence"),
    [
        ([{"kind": "conv2d", "out_channels": 2}, {"kind": "flatten"}], {}, "Points have no pixels. Remove the layers"),
        (None, {"image_size": 8}, "Leave image size and centre crop empty"),
        (None, {"augmentation": {"rotation": 5}}, "switch augmentation off"),
        (None, {"validation_fraction": 0}, "Set a share for validation"),
        (None, {"mean": (0.1, 0.2, 0.3)}, "needs one number, or 2 numbers"),
    ],
)
def test_what_points_cannot_have_is_refused_with_one_sentence(
    layers: list[dict[str, Any]] | None, data: dict[str, Any], sentence: str
) -> None:
    found = problems(configured(layers, **data))
    assert [sentence in str(problem.message) for problem in found] == [True]


def test_networks_for_photos_are_refused() -> None:
    config = configured().model_copy(update={"model": Backbone(name="resnet18")})
    assert "needs images, but these are points" in str(problems(config)[0].message)


def test_a_point_is_pictured_where_it_lies() -> None:
    config = configured(mean=(0.25,), std=(0.5,))
    places = torch.tensor([[-0.9, 0.9], [0.5, -0.5], [9.0, 0.0]])
    pictures = pictures_of((places - 0.25) / 0.5, config.data)
    assert (pictures.shape, pictures.dtype) == ((3, 1, 48, 48), torch.uint8)
    for picture, (x, y) in zip(pictures[:, 0], places.clamp(-1.07, 1.07).tolist(), strict=True):
        rows, columns = (picture < 100).nonzero(as_tuple=True)
        assert 2 * plane.REACH * ((columns.float().mean().item() + 0.5) / 48 - 0.5) == pytest.approx(x, abs=0.06)
        assert 2 * plane.REACH * (0.5 - (rows.float().mean().item() + 0.5) / 48) == pytest.approx(y, abs=0.06)


def test_the_grid_begins_in_the_upper_left_corner_and_goes_row_by_row() -> None:
    grid = plane.grid().view(plane.GRID, plane.GRID, 2)
    assert (grid[0, 0] < torch.tensor([-1.2, 9])).all()
    assert grid[0, 0, 1] > 1.2
    assert grid[0, 1, 0] > grid[0, 0, 0]
    assert grid[1, 0, 1] < grid[0, 0, 1]
