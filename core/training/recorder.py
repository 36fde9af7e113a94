"""Takes snapshots of a network while it learns, without changing a number of the training.

Nothing random is drawn, no gradient is computed, and the network is in evaluation mode, where batch norm's averages
stay as they are. The same images and the same units are looked at each time.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from math import prod
from typing import Any

import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d

from core.config import ACTIVATION_KINDS, LayerStack, RunConfig
from core.data import plane, preview, transforms
from core.data.batches import Cut
from core.data.catalog import has_points, input_shape
from core.models import layers, network
from core.training.losses import probabilities
from core.training.probe import probe_positions
from core.training.records import Arrays, Snapshot
from core.training.snapshots import BYTES, HEADER_BYTES, MOST, Scene, planned

ANSWERS = 24  # validation images whose answers are kept
POINTS = 400  # validation images whose features are kept
UNITS = 16  # of the first layer whose weights are shown
COLUMNS, COLUMN_UNITS, OUTPUTS, MAPS = 8, 8, 10, 8  # of the network's picture; the last column has more units
PICTURE_SIDE, WEIGHTS_AREA, MAP_SIDE = 64, 784, 14  # pixels
FEATURES = 32  # numbers for each point
# Values in all layers together, as of the probe: through a large network fewer images are sent.
VALUES = 20_000_000
_AFTER = (*ACTIVATION_KINDS, "batch_norm", "dropout", "log_softmax")  # layers that keep the units of the one before


class Recorder:
    """Takes snapshots of one run, always of the same images and units."""

    def __init__(
        self,
        config: RunConfig,
        model: nn.Module,
        learner: nn.Module,
        *,
        images: Cut,
        inputs: Cut,
        classes: Sequence[str],
        steps_per_epoch: int,
        autocast: AbstractContextManager[object],
    ) -> None:
        """Args:
        model: The whole network.
        learner: What `inputs` pass through: the network, or its head.
        images: All validation images.
        inputs: The same as the learner takes them: images, or what a frozen network made of them.
        """
        self._config = config
        self._model = model
        self._learner = learner
        self._whole = learner is model and isinstance(model, nn.Sequential)
        self._autocast = autocast
        labels = inputs.labels.cpu()
        values = network.summarise(config, len(classes)).values if learner is model else 1
        chosen = representatives(labels, ANSWERS)
        spread = probe_positions(len(labels), max(ANSWERS, min(POINTS, VALUES // values)), 1)
        # Batch by batch, since photos are read from the disk.
        self._inputs = inputs.batch(torch.cat([chosen, spread]))[0]
        self._answers = len(chosen)
        self._columns = _columns(config) if self._whole else []
        self._grid = _plane_inputs(config, self._inputs) if has_points(config.data) else None
        self._basis = self._make_basis()
        self.scene = self._make_scene(images, chosen, labels[chosen], labels[spread], classes)
        first = self.take(0)
        room = BYTES - HEADER_BYTES - _size(self.scene.arrays)
        # One place stays free for the best epoch.
        self.most = max(3, min(MOST, room // (HEADER_BYTES + _size(first.arrays))))
        self.steps = frozenset(planned(config.epochs, steps_per_epoch, self.most - 1))

    @torch.no_grad()
    def take(self, step: int) -> Snapshot:
        """What the network is like now. Leaves it in evaluation mode."""
        self._model.eval()
        with self._autocast:
            hidden, outputs, values = self._pass()
        answers = probabilities(outputs[: self._answers].float(), self._config.loss)
        features = hidden[self._answers :].flatten(1).float()
        features = features - features.mean(0)
        arrays: dict[str, Any] = {"answers": answers}
        if (pictures := _weight_pictures(self._config, self._model)) is not None:
            arrays |= _quantised("weights", pictures)
        arrays |= _quantised("features", features if self._basis is None else features @ self._basis)
        arrays |= self._column_arrays(values, outputs)
        if self._grid is not None:
            arrays["surface"] = self._surface(self._grid)
        return Snapshot(step, {name: array.cpu().numpy() for name, array in arrays.items()})

    def _surface(self, grid: torch.Tensor) -> torch.Tensor:
        """How probable the second class is at each place of the plane, uint8 [G, G], the upper row first."""
        shares = probabilities(self._model(grid).float(), self._config.loss)[:, 1]
        return (shares.nan_to_num(0.0) * 255).round().to(torch.uint8).view(plane.GRID, plane.GRID)

    def _pass(self) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
        """What the head is given, what it gives, and the values after each layer of a stack, the inputs first."""
        if self._learner is not self._model:
            return self._inputs, self._learner(self._inputs), []
        name = network.head_name(self._config)
        if isinstance(self._model, nn.Sequential):
            values = [self._inputs]
            for module in self._model:
                values.append(module(values[-1]))
            return values[int(name)], values[-1], values
        given: list[torch.Tensor] = []
        hook = self._model.get_submodule(name).register_forward_pre_hook(lambda _m, inputs: given.append(inputs[0]))
        outputs = self._model(self._inputs)
        hook.remove()
        return given[0], outputs, []

    @torch.no_grad()
    def _make_basis(self) -> torch.Tensor | None:
        """Directions, orthonormal [D, FEATURES], that features of more numbers are projected onto, always the same.

        Random directions keep distances roughly (Johnson and Lindenstrauss 1984); the features whole would take 3 MB.
        """
        self._model.eval()
        with self._autocast:
            size = self._pass()[0].flatten(1).shape[1]
        if size <= FEATURES:
            return None
        drawn = torch.randn(size, FEATURES, generator=torch.Generator().manual_seed(0))
        basis: torch.Tensor = torch.linalg.qr(drawn)[0].to(self._inputs.device)
        return basis

    def _make_scene(
        self, images: Cut, chosen: torch.Tensor, labels: torch.Tensor, points: torch.Tensor, classes: Sequence[str]
    ) -> Scene:
        data = self._config.data
        pictures = preview.pictures_of(images.batch(chosen)[0], data)
        if pictures.shape[-1] > PICTURE_SIDE:
            pictures = adaptive_avg_pool2d(pictures.float(), PICTURE_SIDE).round().to(torch.uint8)
        arrays = {"pictures": pictures, "labels": labels.to(torch.int16), "point_labels": points.to(torch.int16)}
        if has_points(data):
            arrays["places"] = transforms.undone_points(self._inputs[self._answers :].cpu(), data.mean, data.std)
        header = {"classes": list(classes), "columns": [column.described() for column in self._columns]}
        return Scene({name: array.numpy() for name, array in arrays.items()}, header)

    def _column_arrays(self, values: list[torch.Tensor], outputs: torch.Tensor) -> dict[str, torch.Tensor]:
        found: dict[str, torch.Tensor] = {}
        for number, column in enumerate(self._columns):
            last = column.value == len(values) - 1
            value = (probabilities(outputs.float(), self._config.loss) if last else values[column.value]).float()
            if column.maps:
                found[f"maps_{number}"] = _maps(value[0, column.units])
                continue
            found[f"units_{number}"] = value[self._answers :].mean(0)[column.units]
            before = self._columns[number - 1] if number else None
            if before and column.after == before.layer:
                weight = self._model.get_submodule(str(column.layer)).weight
                assert isinstance(weight, torch.Tensor)
                found[f"edges_{number}"] = weight[column.units][:, before.units].float()
        return found


class Column:
    """A layer with weights in the network's picture: which of its units are shown, and what is taken from it."""

    def __init__(
        self, layer: int, value: int, title: str, shape: tuple[int, ...], most: int, after: int | None
    ) -> None:
        self.layer = layer  # its place in the stack
        self.value = value  # of the layers' values, the one to show: after its activation function
        self.title = title
        self.shape = shape
        self.maps = len(shape) == 3
        shown = min(most, shape[0])
        self.units = torch.arange(shown) * shape[0] // shown
        self.after = after  # the layer whose units are its inputs, None for images and maps

    def described(self) -> dict[str, Any]:
        """For the scene's header."""
        return {"title": self.title, "shape": self.shape, "units": self.units.tolist()}


def representatives(labels: torch.Tensor, number: int) -> torch.Tensor:
    """Positions of `number` images at most, int64, ordered by class: one of each class, then evenly spread."""
    order = torch.argsort(labels, stable=True)
    ordered = labels[order]
    first = torch.ones(len(order), dtype=torch.bool)
    first[1:] = ordered[1:] != ordered[:-1]
    firsts, others = first.nonzero()[:, 0], (~first).nonzero()[:, 0]
    firsts = firsts[probe_positions(len(firsts), number, 1)]
    more = min(number - len(firsts), len(others))
    if more:
        firsts = torch.cat([firsts, others[torch.arange(more) * len(others) // more]]).sort().values
    return order[firsts]


def _plane_inputs(config: RunConfig, inputs: torch.Tensor) -> torch.Tensor:
    """The places of the plane's grid as the network takes them."""
    mean, std = (torch.tensor(values) for values in (config.data.mean, config.data.std))
    return ((plane.grid() - mean) / std).to(inputs.device)


def _columns(config: RunConfig) -> list[Column]:
    assert isinstance(config.model, LayerStack)
    rows, _problem = layers.summarise(config.model, input_shape(config.data))
    specs = config.layers
    weighted = [place for place, spec in enumerate(specs) if spec.kind in ("linear", "conv2d")]
    shown = [weighted[place] for place in _spread(len(weighted), COLUMNS)]
    found = []
    for place in shown:
        end = place + 1
        while end < len(specs) and specs[end].kind in _AFTER:
            end += 1
        shape = rows[place].output_shape
        title = f"{rows[place].module.partition('(')[0]} {shape[0]}"
        earlier = [other for other in weighted if other < place]
        after = earlier[-1] if earlier and len(rows[earlier[-1]].output_shape) == 1 else None
        most = MAPS if len(shape) == 3 else OUTPUTS if place == weighted[-1] else COLUMN_UNITS
        found.append(Column(place, end, title, shape, most, after))
    return found


def _spread(total: int, number: int) -> list[int]:
    """Of 0 to `total` - 1, `number` at most, evenly, both ends among them."""
    if total <= number:
        return list(range(total))
    return sorted({round(place * (total - 1) / (number - 1)) for place in range(number)})


def _weight_pictures(config: RunConfig, model: nn.Module) -> torch.Tensor | None:
    """The weights of units of the first layer, float32 [U, C, h, w]: a perceptron's in the shape of its input."""
    for name, module in model.named_modules():
        if not isinstance(module, nn.Linear | nn.Conv2d):
            continue
        units = torch.arange(min(UNITS, len(module.weight))) * len(module.weight) // min(UNITS, len(module.weight))
        weight = module.weight.detach()[units].float()
        if isinstance(module, nn.Linear):
            shape = _image_before(config, int(name)) if isinstance(model, nn.Sequential) else ()
            if prod(shape) != module.in_features:
                return None
            weight = weight.view(-1, *shape)
        if weight.shape[1] not in (1, 3):
            return None
        area = WEIGHTS_AREA // weight.shape[1]
        height, width = weight.shape[2:]
        shrink = min(1.0, (area / (height * width)) ** 0.5)
        return adaptive_avg_pool2d(weight, (max(1, int(height * shrink)), max(1, int(width * shrink))))
    return None


def _image_before(config: RunConfig, place: int) -> tuple[int, ...]:
    """The shape of the images that a layer is given as a flat list; () where it is given no images."""
    assert isinstance(config.model, LayerStack)
    rows, _problem = layers.summarise(config.model, input_shape(config.data))
    shapes = [input_shape(config.data), *(row.output_shape for row in rows[:place])]
    return next((shape for shape in reversed(shapes) if len(shape) == 3), ())


def _maps(values: torch.Tensor) -> torch.Tensor:
    """Maps [m, H, W] as uint8, each from its own lowest value to its highest, shrunk where they are large."""
    height, width = (min(MAP_SIDE, size) for size in values.shape[1:])
    maps = adaptive_avg_pool2d(values[None], (height, width))[0].nan_to_num(0.0, 0.0, 0.0)
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    return ((maps - low) / (high - low).clamp_min(1e-12) * 255).round().to(torch.uint8)


def _quantised(name: str, values: torch.Tensor) -> dict[str, torch.Tensor]:
    """Values as int8 and the scale that belongs to them. What isn't a number counts as zero."""
    finite = values.nan_to_num(0.0, 0.0, 0.0)
    scale = finite.abs().max().clamp_min(1e-12).reshape(1)
    return {name: (finite / scale * 127).round().to(torch.int8), f"{name}_scale": scale.float()}


def _size(arrays: Arrays) -> int:
    return sum(array.nbytes for array in arrays.values())
