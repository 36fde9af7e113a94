"""Measures the speed of activation functions in a child process, and stores the result for this machine.

Measuring in the web server would block all other sessions. So `core.activations.timing` measures in a child process.
This module starts it, yields its progress and stores the result. It needs no torch.
"""

import hashlib
import platform
import tempfile
import threading
from collections.abc import Generator
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.child import Child
from core.environment import state_dir
from core.errors import RunError
from core.messages import say
from core.progress import Progress
from core.storage import write_text

BASELINE = "baseline"  # ReLU, with which all functions are compared
Measure = Literal["forward", "both", "step"]

LINE_SECONDS = 60.0  # a round takes less than a second; a child that is silent for so long hangs
# Two measurements at the same time would disturb each other.
_one_at_a_time = threading.Lock()


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Workload(_Record):
    """A measurement's settings: a layer of `rows` images × `columns` units, measured `rounds` times."""

    rows: int = Field(ge=1, le=4_096)
    columns: int = Field(ge=1, le=4_096)
    rounds: int = Field(30, ge=2, le=1_000)


class Spread(_Record):
    """Lower quartile, median and upper quartile."""

    low: float
    middle: float
    high: float


class Timing(_Record):
    """The time of a function: microseconds for one call, and the ratio to ReLU."""

    microseconds: Spread
    ratio: Spread


class Measurement(_Record):
    """The timings of all functions, `timings[measure][kind]`, with these measures:

    - "forward": the function on the whole layer;
    - "both": forward, and backward to the gradient of its inputs;
    - "step": a whole training step of the network of mnist-mixed-activations with this function in every hidden layer.
    """

    work: Workload
    measured_at: datetime
    device: str
    threads: int
    torch_version: str
    timings: dict[Measure, dict[str, Timing]]


WAITING = say("Another visitor is measuring. Your measurement comes next.")


def measure(work: Workload) -> Generator[Progress | Measurement]:
    """Measure. Yields progress, and at the end the measurement. Closing the iterator stops the child.

    Only one measurement runs at a time. If another one with the same settings ended while waiting, its result is used.

    Raises:
        RunError: the child ended without a result.
    """
    asked_at = datetime.now(UTC)
    while not _one_at_a_time.acquire(timeout=0.2):
        yield Progress(WAITING, None)
    try:
        meanwhile = last_measurement(work)
        if meanwhile and meanwhile.measured_at > asked_at:
            yield meanwhile
            return
        with closing(_lines_of_child(work)) as lines:
            for line in lines:
                if "done" in line:
                    yield Progress(say("Round {done} of {of}", **line), line["done"] / line["of"])
                else:
                    measured = Measurement.model_validate(line)
                    _keep(measured)
                    yield measured
    finally:
        _one_at_a_time.release()


def last_measurement(work: Workload) -> Measurement | None:
    """The stored measurement for these settings, this machine and this version of torch, if there is one."""
    try:
        return Measurement.model_validate_json(_file(work).read_bytes())
    except (FileNotFoundError, ValidationError):  # no file, or one of another version of the app
        return None


def _lines_of_child(work: Workload) -> Generator[dict[str, Any]]:
    """Yield the JSON lines that the child prints. Kills the child at the end."""
    with tempfile.TemporaryFile() as complaints:
        child = Child("core.activations.timing", work.model_dump_json(), errors=complaints)
        try:
            lines = child.lines()
            while True:
                with child.within(LINE_SECONDS):
                    line = next(lines, None)
                if line is None:
                    break
                yield line
            if child.process.wait() != 0:
                complaints.seek(0)
                said = complaints.read().decode(errors="replace").strip().splitlines()
                raise RunError(
                    say(
                        "The measurement ended early: {reason}. Close what else is running and measure again.",
                        reason=said[-1] if said else child.process.returncode,
                    )
                )
        finally:
            child.close()


def _keep(measured: Measurement) -> None:
    """Store the result for this machine."""
    file = _file(measured.work)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, measured.model_dump_json())


def _file(work: Workload) -> Path:
    machine = "|".join([platform.node(), platform.machine(), version("torch"), work.model_dump_json()])
    return state_dir() / "activation-speed" / f"{hashlib.sha256(machine.encode()).hexdigest()[:16]}.json"
