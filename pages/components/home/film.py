"""Home's moving picture, and the still ones of its cards: files that `record.py` made."""

from hashlib import sha256
from pathlib import Path

from pages.components.widgets import assets
from pages.components.widgets.snapshots import recorded_film

_FOLDER = Path(__file__).parent
_FILM = _FOLDER / "first_lesson.safetensors"


def first_lesson_film() -> None:
    """The first lesson as it learns, played by the browser alone."""
    url = assets.publish(_FILM, sha256(_FILM.read_bytes()).hexdigest()[:8])
    recorded_film(url, key="first_lesson")


def card_picture(recipe: str) -> Path | None:
    """Some images of a lesson, None where they aren't ours to give away."""
    path = _FOLDER / f"{recipe}.png"
    return path if path.exists() else None
