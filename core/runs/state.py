"""States of a run."""

from enum import StrEnum


class State(StrEnum):
    """The state of a run."""

    QUEUED = "queued"
    PREPARING = "preparing"  # a process loads images and builds the network
    RUNNING = "running"
    PAUSED = "paused"  # by the class's teacher, until the class goes on
    FINISHED = "finished"
    STOPPED = "stopped"
    DIVERGED = "diverged"
    FAILED = "failed"


WAITING = (State.QUEUED, State.PAUSED)
ACTIVE = (State.PREPARING, State.RUNNING)
ENDED = (State.FINISHED, State.STOPPED, State.DIVERGED, State.FAILED)
