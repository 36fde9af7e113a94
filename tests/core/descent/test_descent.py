"""Walks downhill: PyTorch's numbers to the last bit, the limits where theory puts them, and the words that fit."""

import contextlib
import io
import math
import subprocess
import sys

import pytest
import torch
from pydantic import ValidationError

from core.config import SGD, Adadelta, Adam, AdamW, Optimizer, RMSprop
from core.descent.hello_world import PRINTED, RACERS, TUTORIAL, HelloWorld, script
from core.descent.stability import Outcome, describe, explain, limit, outcome
from core.descent.surfaces import SURFACES, hello_world_loss
from core.descent.walk import Walk, curvature, descend, grid, hello_world

MOMENTUM = SGD(lr=0.05, momentum=0.9)
NESTEROV = SGD(lr=0.05, momentum=0.9, nesterov=True)
OPTIMIZERS: list[Optimizer] = [
    SGD(lr=0.1),
    SGD(lr=0.1, weight_decay=0.1),
    MOMENTUM,
    NESTEROV,
    Adam(lr=0.1),
    AdamW(lr=0.1),
    Adadelta(),
    RMSprop(lr=0.02),
    RMSprop(lr=0.02, momentum=0.5),
]
by_name = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)


def run(code: str) -> str:
    """What Python prints for this script, in a process of its own."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def printed_by(settings: HelloWorld) -> list[str]:
    """What the script shown prints here, to the last digit."""
    output = io.StringIO()
    with torch.random.fork_rng(), contextlib.redirect_stdout(output):
        exec(script(settings).replace(PRINTED, "loss.item()"), {})
    return output.getvalue().split()


# --- hello world --------------------------------------------------------------------------------------------------


def losses_of(settings: HelloWorld) -> list[str]:
    """The losses of the walk before each step, to the last digit."""
    return [str(loss) for loss in hello_world(settings).losses[:-1]]


@pytest.mark.parametrize("settings", [HelloWorld(), HelloWorld(weight=0.43, bias=0.4, input=0.4)], ids=["seed", "hand"])
def test_the_plain_script_prints_the_tutorials_ten_losses(settings: HelloWorld) -> None:
    assert " ".join(run(script(settings)).split()) == "0.33 0.19 0.11 0.07 0.04 0.02 0.01 0.01 0.0 0.0"
    assert hello_world(settings).printed == TUTORIAL


def test_gradients_that_nobody_zeroes_add_up_and_the_walk_never_comes_to_rest() -> None:
    zeroed, summed = (hello_world(HelloWorld(steps=100, zero_grad=zero)) for zero in (True, False))
    assert max(zeroed.losses[50:]) < 1e-9
    assert max(summed.losses[50:]) > 0.3
    assert losses_of(HelloWorld(steps=100, zero_grad=False)) == printed_by(HelloWorld(steps=100, zero_grad=False))
    assert "zero_grad" not in script(HelloWorld(zero_grad=False))
    assert "doesn't come to rest" in str(explain(HelloWorld(zero_grad=False), summed, 2.36)[1])


@by_name
def test_the_script_prints_the_same_losses_with_every_optimizer(optimizer: Optimizer) -> None:
    settings = HelloWorld(optimizer=optimizer, steps=30)
    assert printed_by(settings) == losses_of(settings)


@pytest.mark.parametrize(
    "settings",
    [
        HelloWorld(seed=0),
        HelloWorld(seed=2**31 - 1, steps=1),
        HelloWorld(weight=1.5, bias=-0.25),
        HelloWorld(input=3.0, optimizer=SGD(lr=2.0), steps=100),
        HelloWorld(weight=0.1, bias=0.2, input=0.0),
    ],
    ids=["a seed", "the largest seed", "a place", "diverging", "no input"],
)
def test_the_script_prints_the_same_losses_from_every_start(settings: HelloWorld) -> None:
    assert printed_by(settings) == losses_of(settings)


def test_points_predictions_and_gradients_belong_together() -> None:
    walk = hello_world(HelloWorld())
    assert len(walk.points) == len(walk.losses) == len(walk.gradients) == len(walk.predictions) == 11
    for (weight, bias), loss, gradient, prediction in zip(
        walk.points, walk.losses, walk.gradients, walk.predictions, strict=True
    ):
        assert prediction == pytest.approx(weight * walk.input + bias, abs=1e-7)
        assert loss == pytest.approx(prediction**2, rel=1e-6)
        assert gradient == pytest.approx((2 * prediction * walk.input, 2 * prediction), rel=1e-5)


def test_a_walk_leaves_the_shared_random_numbers_alone() -> None:
    before = torch.get_rng_state()
    hello_world(HelloWorld(seed=7))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"steps": 101}, {"seed": -1}, {"input": math.nan}, {"weight": 4}])
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        HelloWorld.model_validate(wrong)


# --- walks --------------------------------------------------------------------------------------------------------


def by_the_book(surface: str, optimizer: Optimizer, steps: int) -> Walk:
    """The same walk the way a textbook writes it."""
    place = SURFACES[surface]
    x, y = (torch.tensor(value, requires_grad=True) for value in place.start)
    settings = optimizer.model_dump(exclude={"name"})
    walker: torch.optim.Optimizer = getattr(torch.optim, type(optimizer).__name__)([x, y], **settings)
    points, losses, gradients = [], [], []
    for step in range(steps + 1):
        walker.zero_grad()
        loss = place.height(x, y)
        loss.backward()
        assert x.grad is not None
        assert y.grad is not None
        points.append((x.item(), y.item()))
        losses.append(loss.item())
        gradients.append((x.grad.item(), y.grad.item()))
        if step < steps:
            walker.step()
    return Walk(tuple(points), tuple(losses), tuple(gradients))


@by_name
@pytest.mark.parametrize("surface", list(SURFACES))
def test_a_walk_is_pytorchs_to_the_last_bit(surface: str, optimizer: Optimizer) -> None:
    # Compared as texts, since a walk that diverges ends in nan, which isn't equal to itself.
    (ours,) = descend(SURFACES[surface], [optimizer], SURFACES[surface].start, 60)
    assert repr(ours) == repr(by_the_book(surface, optimizer, 60))


@pytest.mark.parametrize("surface", list(SURFACES))
def test_racing_together_changes_nobodys_walk(surface: str) -> None:
    together = descend(SURFACES[surface], OPTIMIZERS, SURFACES[surface].start, 60)
    alone = [descend(SURFACES[surface], [optimizer], SURFACES[surface].start, 60)[0] for optimizer in OPTIMIZERS]
    assert repr(together) == repr(alone)


def test_a_walk_loads_no_compiler_and_the_rest_loads_no_torch() -> None:
    loaded = run(
        "import sys\n"
        "import core.descent.stability\n"
        "print('torch' in sys.modules)\n"
        "from core.descent import hello_world, walk\n"
        "from core.config import OPTIMIZERS\n"
        "for kind in OPTIMIZERS.values(): walk.hello_world(hello_world.HelloWorld(optimizer=kind()))\n"
        "print('torch._dynamo' in sys.modules)\n"
    )
    assert loaded.split() == ["False", "False"]


# --- the ground ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("surface", list(SURFACES))
def test_the_ground_is_the_function_that_is_walked_on(surface: str) -> None:
    place = SURFACES[surface]
    ground = grid(place.height, place.window, size=7)
    for y, row in zip(ground.ys, ground.heights, strict=True):
        for x, height in zip(ground.xs, row, strict=True):
            assert height == place.height(torch.tensor(x), torch.tensor(y)).item()
    assert (ground.xs[0], ground.xs[-1]) == pytest.approx(place.window[0])
    assert (ground.ys[0], ground.ys[-1]) == pytest.approx(place.window[1])


@pytest.mark.parametrize("surface", list(SURFACES))
def test_minima_are_minima_the_deepest_first_and_in_the_picture(surface: str) -> None:
    place = SURFACES[surface]
    heights = []
    for x, y in place.minima:
        heights.append(place.height(x, y))
        for angle in range(0, 360, 15):
            nearby = (x + 0.02 * math.cos(math.radians(angle)), y + 0.02 * math.sin(math.radians(angle)))
            assert place.height(*nearby) >= heights[-1] - 1e-6
        assert all(low < value < high for value, (low, high) in zip((x, y), place.window, strict=True))
    assert heights == sorted(heights)
    assert all(low <= value <= high for value, (low, high) in zip(place.start, place.window, strict=True))


@pytest.mark.parametrize("surface", list(SURFACES))
def test_every_racer_has_a_rate_that_doesnt_throw_it_out(surface: str) -> None:
    place = SURFACES[surface]
    assert set(place.rates) == set(RACERS)
    for name, (_label, settings) in RACERS.items():
        (walk,) = descend(place, [settings.model_copy(update={"lr": place.rates[name]})], place.start, 100)
        assert outcome(place, walk).kind in {"arrived", "going"}


# --- limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, -2.0])
def test_hello_worlds_curvature_is_twice_the_input_squared_plus_one(value: float) -> None:
    assert curvature(hello_world_loss(value), (0.3, -0.7)) == pytest.approx(2 * (value**2 + 1))


@pytest.mark.parametrize(
    "optimizer",
    [SGD(), SGD(momentum=0.5), SGD(momentum=0.9), SGD(momentum=0.5, nesterov=True), NESTEROV, SGD(weight_decay=0.5)],
    ids=str,
)
def test_just_below_the_limit_it_arrives_and_just_above_it_diverges(optimizer: SGD) -> None:
    place = SURFACES["bowl"]
    highest = limit(optimizer, curvature(place.height, place.minima[0]))
    assert highest is not None
    pair = [optimizer.model_copy(update={"lr": share * highest}) for share in (0.97, 1.03)]
    below, above = descend(place, pair, place.start, 500)
    assert below.losses[-1] < 1e-3 * below.losses[0]
    assert not above.losses[-1] < 1e3 * above.losses[0]


@pytest.mark.parametrize("optimizer", [Adam(), AdamW(), RMSprop(), Adadelta()], ids=str)
def test_the_others_have_no_limit_and_stay_in_the_bowl_at_the_knobs_end(optimizer: Optimizer) -> None:
    assert limit(optimizer, 3.7) is None
    walk = hello_world(HelloWorld(optimizer=optimizer.model_copy(update={"lr": 2.0}), steps=100))
    # Far, but not ever farther: the second half reaches no higher than the first.
    assert max(walk.losses[50:]) <= max(walk.losses[:50])


def test_a_flat_surface_has_no_limit() -> None:
    assert limit(SGD(), 0.0) is None


# --- words --------------------------------------------------------------------------------------------------------


def told(settings: HelloWorld) -> str:
    walk = hello_world(settings)
    return " ".join(
        str(message) for message in explain(settings, walk, curvature(hello_world_loss(walk.input), (0, 0)))
    )


def test_plain_descent_is_reported_with_its_true_share() -> None:
    settings = HelloWorld(optimizer=SGD(lr=0.1), input=1.0)
    walk = hello_world(settings)
    assert walk.predictions[1] / walk.predictions[0] == pytest.approx(0.6)
    assert "leaves 60 % of the error" in told(settings)


def test_overshooting_is_distinguished_from_diverging() -> None:
    overshoots, diverges = (told(HelloWorld(optimizer=SGD(lr=lr), input=1.0)) for lr in (0.45, 0.55))
    assert "overshoots and lands on the other side, where 80 % of the error" in overshoots
    assert "fell" in overshoots
    assert "The walk diverges" in diverges
    assert "must be below 0.5" in diverges
    assert "rose" in diverges


def test_the_limit_itself_neither_arrives_nor_leaves() -> None:
    settings = HelloWorld(optimizer=SGD(lr=0.5), input=1.0, weight=1.0, bias=0.5)
    assert set(hello_world(settings).losses) == {2.25}
    assert "exactly at the limit" in told(settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (HelloWorld(weight=0.0, bias=0.0), "starts at the bottom"),
        (HelloWorld(optimizer=MOMENTUM), "a ball that rolls on"),
        (HelloWorld(optimizer=NESTEROV), "brakes before the bottom"),
        (HelloWorld(optimizer=SGD(lr=2.0, momentum=0.9)), "Each swing past the bottom ends higher"),
        (HelloWorld(optimizer=SGD(lr=2.0), steps=100), "beyond the largest number"),
        (HelloWorld(optimizer=Adam(lr=0.1)), "Adam divides each step"),
        (HelloWorld(optimizer=Adadelta()), "starts with tiny ones"),
    ],
    ids=["at the bottom", "momentum", "nesterov", "growing swings", "diverging", "adam", "adadelta"],
)
def test_each_kind_of_walk_has_its_words(settings: HelloWorld, words: str) -> None:
    assert words in told(settings)


# --- who arrived --------------------------------------------------------------------------------------------------


def walk_of(*losses: float, end: tuple[float, float] = (0.0, 0.0)) -> Walk:
    return Walk(((1.0, 1.0),) * (len(losses) - 1) + (end,), losses, ((0.0, 0.0),) * len(losses))


@pytest.mark.parametrize(
    ("walk", "expected"),
    [
        (walk_of(4.0, 1.0, 0.0005, 0.0001), Outcome("arrived", 0, 2)),
        (walk_of(4.0, 0.0, 1.0, 0.0001), Outcome("arrived", 0, 3)),  # passing through isn't arriving
        (walk_of(0.0, 0.0), Outcome("arrived", 0, 0)),
        (walk_of(4.0, 0.0, 1.0), Outcome("going", 0)),
        (walk_of(4.0, 5.0), Outcome("climbed", 0)),
        (walk_of(4.0, 1e6), Outcome("diverged", 0)),
        (walk_of(4.0, math.inf, end=(math.inf, 0.0)), Outcome("diverged", 0)),
        (walk_of(4.0, math.nan, end=(math.nan, 0.0)), Outcome("diverged", 0)),
    ],
)
def test_what_became_of_a_walk(walk: Walk, expected: Outcome) -> None:
    assert outcome(SURFACES["bowl"], walk) == expected


def test_momentum_carries_over_the_hill_where_plain_sgd_stays() -> None:
    place = SURFACES["two_minima"]
    results = {}
    for name in ("sgd", "momentum"):
        optimizer = RACERS[name][1].model_copy(update={"lr": place.rates[name]})
        results[name] = outcome(place, descend(place, [optimizer], place.start, 100)[0])
    assert {name: result.minimum for name, result in results.items()} == {"sgd": 1, "momentum": 0}
    assert "a shallower minimum" in str(describe(results["sgd"], 2))
    assert "the deepest minimum" in str(describe(results["momentum"], 2))


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (Outcome("arrived", 0, 12), "Arrived at step 12."),
        (Outcome("going", 0), "Still on its way."),
        (Outcome("climbed", 0), "Lost: it ended higher than its start."),
        (Outcome("diverged", 0), "Thrown out: it diverged."),
    ],
)
def test_each_outcome_has_its_words(result: Outcome, words: str) -> None:
    assert str(describe(result, 1)) == words
