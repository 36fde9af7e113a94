"""The measurement is fair, its numbers are what they are called, and its process never outlives who asked."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path

import psutil
import pytest

from core.activations import speed
from core.activations.speed import BASELINE, Measurement, Workload, last_measurement, measure
from core.activations.timing import WARM_UP, Task, sampled, timings
from core.config import ACTIVATIONS
from core.errors import RunError
from core.progress import Progress

SMALL = Workload(rows=4, columns=4, rounds=3)
TASKS: list[Task] = [("forward", kind) for kind in ("relu", "tanh", "elu", "gelu", "mish", BASELINE)]


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path))


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "core.activations.timing" in child.cmdline()
    ]


# --- fairness -----------------------------------------------------------------------------------------------------


def test_every_round_runs_every_function_once_in_a_new_order() -> None:
    ran: list[Task] = []
    rounds = len(list(sampled({task: partial(ran.append, task) for task in TASKS}, rounds=20)))
    assert rounds == 20
    each = [tuple(ran[i : i + len(TASKS)]) for i in range(0, len(ran), len(TASKS))]
    assert len(each) == 20 + WARM_UP
    assert all(Counter(order) == Counter(TASKS) for order in each)
    assert len(set(each)) > 15
    assert len({order[0] for order in each}) == len(TASKS)  # nobody always goes first


def test_the_first_rounds_do_not_count() -> None:
    clock = count(step=1_000)  # every look at it takes a microsecond
    slow = [50, 50, 50, *[0] * 10]
    spent = iter(slow)
    work = {TASKS[0]: lambda: [next(clock) for _ in range(next(spent))]}
    times = [sample[TASKS[0]] for sample in sampled(work, rounds=10, clock=lambda: next(clock))]
    assert WARM_UP == 3
    assert times == [1.0] * 10


def test_a_ratio_compares_times_of_the_same_round() -> None:
    """A machine that is three times as slow in one round must not change any ratio."""
    samples: list[dict[Task, float]] = [
        {("forward", BASELINE): 10.0 * slower, ("forward", "tanh"): 40.0 * slower} for slower in (1, 3, 1, 7, 1)
    ]
    timing = timings(samples, {"forward": 20})["forward"]["tanh"]
    assert (timing.ratio.low, timing.ratio.middle, timing.ratio.high) == (4, 4, 4)
    assert timing.microseconds.middle == 40 / 20
    assert timing.microseconds.high == 40 * 3 / 20


def test_medians_and_quartiles_are_those_of_the_rounds() -> None:
    samples: list[dict[Task, float]] = [
        {("both", BASELINE): 1.0, ("both", "elu"): float(time)} for time in (9, 1, 5, 3, 7)
    ]
    spread = timings(samples, {"both": 1})["both"]["elu"].microseconds
    assert (spread.low, spread.middle, spread.high) == (3, 5, 7)


# --- the child ----------------------------------------------------------------------------------------------------


def test_a_place_that_others_left_early_is_free_for_a_measurement_which_is_remembered() -> None:
    closing_early_ends_the_child()
    a_child_that_fails_says_why()
    assert last_measurement(SMALL) is None
    *progress, measured = measure(SMALL)
    assert [(str(step.message), step.fraction) for step in progress if isinstance(step, Progress)] == [
        (f"Round {done} of 3", done / 3) for done in range(4)
    ]
    assert isinstance(measured, Measurement)
    assert set(measured.timings) == {"forward", "both", "step"}
    for table in measured.timings.values():
        assert set(table) == set(ACTIVATIONS)
        for timing in table.values():
            for spread in (timing.microseconds, timing.ratio):
                assert 0 < spread.low <= spread.middle <= spread.high
    assert measured.device
    assert measured.threads == 1
    assert last_measurement(SMALL) == measured
    assert last_measurement(Workload(rows=4, columns=5, rounds=3)) is None
    assert children() == []


def closing_early_ends_the_child() -> None:
    with closing(measure(SMALL.model_copy(update={"rounds": 1_000}))) as steps:
        next(steps)
        assert len(children()) == 1
    assert children() == []


def a_child_that_fails_says_why() -> None:
    broken = Workload.model_construct(rows=-1, columns=4, rounds=3)  # what no page can ask for
    with pytest.raises(RunError, match="ended early"):
        list(measure(broken))


def test_who_waits_for_the_same_measurement_gets_its_result() -> None:
    got: list[Progress | Measurement] = []
    first = measure(SMALL)
    next(first)
    second = threading.Thread(target=lambda: got.extend(measure(SMALL)))
    second.start()
    while not got:
        time.sleep(0.01)
    waits = Progress(speed.WAITING, None)
    assert got[0] == waits
    *_progress, measured = first
    second.join(timeout=30)
    assert got[-1] == measured
    assert all(step == waits for step in got[:-1]), "it didn't measure again"


def test_a_result_of_another_version_of_the_app_counts_as_none() -> None:
    file = speed._file(SMALL)
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"work": SMALL.model_dump(), "something": "else"}))
    assert last_measurement(SMALL) is None


def test_the_child_ends_when_its_parent_is_killed() -> None:
    """The parent here is a small script that starts the measurement and is then killed as hard as can be."""
    code = (
        "from core.activations.speed import *\n"
        "steps = measure(Workload(rows=4, columns=4, rounds=1000))\n"
        "next(steps); print('started', flush=True); import time; time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=os.environ)
    assert parent.stdout is not None
    assert parent.stdout.readline().strip() == b"started"
    child = psutil.Process(parent.pid).children()[0]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    gone, _alive = psutil.wait_procs([child], timeout=5)
    assert gone
