"""Gets pictures that somebody gathers ready for training while they arrive: the set, and what a frozen network sees."""

from collections.abc import Iterator

from core.config import from_json
from core.data import datasets
from core.data.own import gathered, gathering, quota
from core.data.own.importing import importing
from core.progress import Progress
from core.training.device import choose_device, use_threads
from core.training.loop import Trainer


def prepare(_run: str, owner: str, config: str) -> Iterator[Progress]:
    """Import what `owner` has gathered, and compute the features that a training with `config` would compute.

    Nobody owns the set before it is trained on; the next one takes its place.

    Args:
        owner: Whose pictures they are.
        config: A configuration as JSON, of whatever data set; "" computes no features.

    Raises:
        ClassroomError: the pictures can't be imported, or the features can't be stored.
    """
    found = gathering.of(owner)
    if found.prepared_version == found.version and found.prepared:
        return
    name = None
    for progress in importing(gathered.source(owner), room=quota.room(owner)):
        name = progress.name
        yield progress
    assert name
    if config:
        yield from _features(name, config)
    gathered.note_prepared(owner, name, found.version)


def _features(name: str, config: str) -> Iterator[Progress]:
    known = from_json(config)
    wanted = known.model_copy(update={"data": known.data.model_copy(update={"dataset": name})})
    yield from datasets.prepare(wanted.data)
    use_threads(wanted)
    yield from Trainer(wanted, datasets.load(wanted.data), choose_device(wanted)).compute_features()
