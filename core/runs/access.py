"""Who may see what: a run that isn't listed, a run of a class, and the images that people brought.

An owner sees all of their own. Others need a key, which a link carries: `&key=`. The key of a run on own images is that
of the images, so a link to the one opens the other. A run of a class isn't listed either, but the class's members see
it; those on own images only the teacher.
"""

import secrets
from collections.abc import Collection

from sqlalchemy import ColumnElement, Engine, and_, not_, or_, select

from core.config import RunConfig
from core.data.own import stored
from core.errors import DataError
from core.messages import say
from core.runs.run import Run
from core.runs.schema import members, runs


def new_key(config: RunConfig, owner: str, class_id: str | None = None) -> str | None:
    """The key of a new run: None, so that it is listed, unless it is a class's or trains on images of people."""
    return secret_key(config, owner) if class_id or stored.is_name(config.data.dataset) else None


def secret_key(config: RunConfig, owner: str) -> str:
    """A key for a run that isn't to be listed: that of its images where its owner brought them."""
    key = stored.key_of(config.data.dataset, owner) if stored.is_name(config.data.dataset) else None
    return key or secrets.token_urlsafe(12)


def visible_to(viewer: str) -> ColumnElement[bool]:
    """The runs that lists show to this owner, as SQL."""
    mine = select(members.c.class_id).where(members.c.owner == viewer, members.c.removed_at.is_(None))
    classmates = and_(runs.c.class_id.in_(mine), not_(runs.c.dataset.startswith("images-")))
    taught = runs.c.class_id.in_(mine.where(members.c.teacher))
    return or_(runs.c.link_key.is_(None), runs.c.owner == viewer, classmates, taught)


def class_keys(database: Engine, run: Run, viewer: str) -> set[str]:
    """The run's key for members of its class, as if they had its link; for one on own images only for the teacher."""
    if run.class_id is None or run.link_key is None:
        return set()
    with database.connect() as connection:
        seen = connection.scalar(select(runs.c.id).where(runs.c.id == run.id, visible_to(viewer)))
    return {run.link_key} if seen else set()


def may_open(run: Run, viewer: str, keys: Collection[str]) -> bool:
    """Whether this viewer, with these keys, sees the run at all."""
    return run.listed or run.owner == viewer or run.link_key in keys


def may_see_images(dataset: str, viewer: str, keys: Collection[str]) -> bool:
    """Whether this viewer, with these keys, sees the images of a data set. Everybody sees built-in ones."""
    return not stored.is_name(dataset) or stored.opens(dataset, viewer, keys)


def check_images(dataset: str, viewer: str, keys: Collection[str]) -> None:
    """Raises DataError where the viewer may not see the images: in the same words as where there are none."""
    if not may_see_images(dataset, viewer, keys):
        raise images_closed()


def images_closed() -> DataError:
    """What to say of images that aren't there, or not for this viewer: nobody learns which."""
    return DataError(
        say(
            "These images aren't on this server, or their link is incomplete. Open the whole link that you were given, "
            "or import the images."
        )
    )
