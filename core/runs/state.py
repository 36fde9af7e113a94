"""States of a run."""

from enum import StrEnum


class State(StrEnum):
    """Where a run is in its life."""

    QUEUED = "queued"
    PREPARING = "preparing"  # a process has it: data, network, first batch
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    DIVERGED = "diverged"
    FAILED = "failed"


ACTIVE = (State.PREPARING, State.RUNNING)
ENDED = (State.FINISHED, State.STOPPED, State.DIVERGED, State.FAILED)
