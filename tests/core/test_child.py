"""Child processes: they answer, end with their parent, and can't hold anybody up."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from core.child import Child

ECHO = """
import json
from core.child import ParentLines
for line in ParentLines(grace=0):
    print(json.dumps({"heard": json.loads(line)}), flush=True)
"""
SLEEPER = """
import time
from core.child import end_with_parent
end_with_parent()
print("{}", flush=True)
time.sleep(600)
"""
PARENT = """
import time
from core.child import Child
child = Child("sleeper")
next(child.lines())
print(child.process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, source in {"echo": ECHO, "sleeper": SLEEPER, "parent": PARENT}.items():
        (tmp_path / f"{name}.py").write_text(source)
    here = str(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), here]))


def test_a_child_answers_in_lines_and_leaves_nothing() -> None:
    child = Child("echo")
    lines = child.lines()
    for number in range(3):
        child.send({"number": number})
        assert next(lines) == {"heard": {"number": number}}
    pid = child.process.pid
    child.close()
    assert not psutil.pid_exists(pid)
    assert not child.alive


def test_a_dead_child_takes_what_is_sent_without_an_error() -> None:
    child = Child("echo")
    child.process.kill()
    child.process.wait()
    child.send({"number": 1})
    assert not child.alive
    child.close()


def test_a_child_that_is_stopped_is_killed_after_its_time() -> None:
    child = Child("sleeper")
    lines = child.lines()
    next(lines)
    os.kill(child.process.pid, signal.SIGSTOP)
    start = time.monotonic()
    with child.within(0.3):
        assert next(lines, None) is None
    assert 0.2 < time.monotonic() - start < 10
    child.close()


def test_a_child_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-m", "parent"], stdout=subprocess.PIPE)
    assert parent.stdout
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    child.wait(timeout=10)
    parent.stdout.close()
