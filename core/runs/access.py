"""Who may see what: a run that isn't listed, and the images that people brought.

An owner sees all of their own. Others need a key, which a link carries: `&key=`. The key of a run on own images is that
of the images, so a link to the one opens the other.
"""

import secrets
from collections.abc import Collection

from sqlalchemy import ColumnElement, or_

from core.config import RunConfig
from core.data.own import stored
from core.errors import DataError
from core.messages import say
from core.runs.run import Run
from core.runs.schema import runs


def new_key(config: RunConfig, owner: str) -> str | None:
    """The key of a new run: None, so that it is listed, unless it trains on images that people brought."""
    return secret_key(config, owner) if stored.is_name(config.data.dataset) else None


def secret_key(config: RunConfig, owner: str) -> str:
    """A key for a run that isn't to be listed: that of its images where its owner brought them."""
    key = stored.key_of(config.data.dataset, owner) if stored.is_name(config.data.dataset) else None
    return key or secrets.token_urlsafe(12)


def visible_to(viewer: str) -> ColumnElement[bool]:
    """The runs that lists show to this owner, as SQL."""
    return or_(runs.c.link_key.is_(None), runs.c.owner == viewer)


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
