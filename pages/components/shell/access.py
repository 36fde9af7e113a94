"""What this browser may see: its own runs and images, and those whose key it was given in a link (`&key=`)."""

from core.data.own import stored
from core.errors import DataError, RunError
from core.messages import say
from core.runs import access
from core.runs.run import Run
from pages.components.shell import address, identity, state
from pages.components.shell.queue import store


def keys() -> set[str]:
    """The keys of the links that this session opened."""
    if key := address.text(address.KEY):
        state.keep_key(key)
    return state.keys()


def run_of(run_id: str) -> Run:
    """The run, if this browser may open it. Raises RunError, in the same words for a run that isn't there."""
    run = store().find(run_id)
    if run is None or not opens(run):
        raise RunError(
            say("There is no run {run}, or its link is incomplete. Check the link, or start a new run.", run=run_id)
        )
    return run


def opens(run: Run) -> bool:
    """Whether this browser may open the run: by itself, by a key, or as a member of its class."""
    given = access.class_keys(store().database, run, identity.owner())
    if given and stored.is_name(run.config.data.dataset):
        state.keys().update(given)  # the class's teacher sees the images, too
    return access.may_open(run, identity.owner(), keys() | given)


def sees_images(dataset: str) -> bool:
    """Whether this browser may see the images of a data set, built-in or brought by somebody."""
    return access.may_see_images(dataset, identity.owner(), keys())


def check_images(dataset: str) -> None:
    """Raises DataError where this browser may not see the images."""
    access.check_images(dataset, identity.owner(), keys())


def key_in_address() -> dict[str, str]:
    """The address's key as part of a query, for a link that leads on."""
    key = address.text(address.KEY)
    return {address.KEY: key} if key else {}


def keep_in_address(key: str | None) -> None:
    """Have the address carry this key, so that it can be copied from there; take out one that isn't needed."""
    address.put(address.KEY, key or "")


def key_of_images(dataset: str) -> str | None:
    """The key for a link to these images: this browser's own, or the one that it was given. None for built-in ones."""
    if not stored.is_name(dataset):
        return None
    try:
        own = stored.key_of(dataset, identity.owner())
        given = [key for key in keys() if stored.opens(dataset, "", {key})]
    except DataError:
        return None
    return own or (given[0] if given else None)
