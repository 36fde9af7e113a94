"""Whether a data set is here, has to be downloaded first, or isn't to be had: known before anybody waits for it."""

import socket
import time
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from typing import Literal

from core import environment
from core.data.builtin import photo_sets
from core.data.builtin.sets import DATASETS

Availability = Literal["ready", "download", "unavailable"]

# Where torchvision looks first, and the folder below `DATA_DIR` that it fills.
_SOURCES = {
    "MNIST": ("ossci-datasets.s3.amazonaws.com", "MNIST/raw"),
    "FashionMNIST": ("fashion-mnist.s3-website.eu-central-1.amazonaws.com", "FashionMNIST/raw"),
    "KMNIST": ("codh.rois.ac.jp", "KMNIST/raw"),
    "CIFAR10": ("www.cs.toronto.edu", "cifar-10-batches-py"),
    "OxfordIIITPet": ("thor.robots.ox.ac.uk", "oxford-iiit-pet/annotations"),
}
_PATIENCE = 2.0  # seconds until a server counts as out of reach
_SHOWN_AFTER = 0.2  # seconds that a page waits for this; it says "download" until it is known
_REMEMBERED = 60.0  # seconds

_asked: dict[str, tuple[float, "Future[bool]"]] = {}
_pool = ThreadPoolExecutor(2, thread_name_prefix="reach")


def availability(name: str) -> Availability:
    """Whether a built-in data set is ready, can be downloaded, or can't. Waits a moment at most."""
    info = DATASETS.get(name)
    if info is None or here(name):
        return "ready"
    if info.torchvision_name is None:
        return "unavailable"  # photos that somebody has to bring
    return "download" if within_reach(_SOURCES[info.torchvision_name][0]) else "unavailable"


def here(name: str) -> bool:
    """Whether a data set's files are on this machine, as published or prepared."""
    if name in photo_sets.TITLES and photo_sets.imported(name):
        return True
    if name == "cats_dogs":
        return photo_sets.available(name)
    torchvision_name = DATASETS[name].torchvision_name
    if torchvision_name is None:
        return True
    folder = environment.data_dir() / _SOURCES[torchvision_name][1]
    return any(folder.glob("*")) or (environment.state_dir() / "prepared" / name).exists()


def within_reach(host: str) -> bool:
    """Whether a server answers, as it was found within the last minute; True while that isn't known yet."""
    if any(urllib.request.getproxies().get(kind) for kind in ("http", "https")):
        return True  # the proxy knows, and a direct attempt says nothing
    when, answer = _asked.get(host, (0.0, None))
    if answer is None or time.monotonic() - when > _REMEMBERED:
        answer = _pool.submit(_answers, host)
        _asked[host] = (time.monotonic(), answer)
    try:
        return answer.result(_SHOWN_AFTER)
    except TimeoutError:
        return True


def _answers(host: str) -> bool:
    try:
        with socket.create_connection((host, 443), timeout=_PATIENCE):
            return True
    except OSError:
        return False
