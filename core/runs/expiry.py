"""Deletes what people brought after some days: their images, and the runs that can't be had without a link.

And what killed processes left half written.
"""

import logging
import time

from sqlalchemy import select

from core import environment
from core.data.own import gathered, stored
from core.errors import ClassroomError
from core.runs import owner_actions
from core.runs.schema import runs
from core.runs.state import ENDED
from core.runs.store import Store
from core.storage import sweep
from core.training import run_files

_log = logging.getLogger(__package__)
_DAY = 86_400  # seconds


def expire(store: Store) -> None:
    """Delete images that were imported or gathered too long ago, with their owner's runs on them; old unlisted runs."""
    before = time.time() - environment.own_days() * _DAY
    for name, owner in stored.imported_before(before):
        try:
            owner_actions.delete_images(store, name, owner=owner)
            _log.info("images expired")  # without their name, by which their owner could be found
        except ClassroomError as error:  # a run still trains on them: next time
            _log.info("images expire later: %s", error.message.template)
    for owner in gathered.gathered_before(before):
        gathered.forget(owner)
        _log.info("gathered pictures expired")
    old = (runs.c.link_key.is_not(None), runs.c.finished_at < before, runs.c.state.in_(ENDED))
    with store.database.connect() as connection:
        found = list(connection.execute(select(runs.c.id, runs.c.owner).where(*old)))
    for row in found:
        owner_actions.delete(store, row.id, owner=row.owner)
        _log.info("run %s expired", row.id)


def sweep_leftovers() -> None:
    """Remove files that were never finished: downloads of weights, and what belongs to runs."""
    runs_folder = run_files.folder("")
    for folder in (environment.weights_dir(), *runs_folder.glob("*/"), *runs_folder.glob("*/snapshots/")):
        sweep(folder)
