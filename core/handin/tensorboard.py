"""Writes curves as an event file for TensorBoard."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

FILE_VERSION = "brain.Event:2"  # TensorBoard's own name of the format
Scalar = tuple[str, int, float, float]  # tag, step, value, time in seconds since 1970


def event_file(scalars: Iterable[Scalar]) -> bytes:
    """A file with these scalars. TensorBoard finds it only if its name contains `tfevents`."""
    # Imports torch, and is needed for this file only.
    from tensorboardX import RecordWriter
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.summary import scalar

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.out.tfevents"
        # Not `SummaryWriter`, which starts a thread that lives until the process ends.
        writer = RecordWriter(str(path))
        writer.write(Event(wall_time=0.0, file_version=FILE_VERSION).SerializeToString())
        for tag, step, value, when in scalars:
            writer.write(Event(wall_time=when, step=step, summary=scalar(tag, value)).SerializeToString())
        writer.close()
        return path.read_bytes()
