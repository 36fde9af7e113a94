"""The wall's tiles in words: what core measured, as a teacher reads it."""

from core.classes.room import Room
from core.classes.wall import LONG_LINE_SECONDS, Doing, Order, Tile, Wall, arranged, wall
from core.messages import N_
from pages.components.shell import identity
from pages.components.shell.formats import duration, percent
from pages.components.shell.i18n import _, plural, translate
from pages.components.shell.queue import queue, store
from pages.components.widgets.wall import Look, WallTile

HELP_WORDS = N_("Shows only who failed, diverged, did nothing for three minutes or raised a hand.")
# What a pupil does → a word, and the colour of the tile's edge.
WORDS: dict[Doing, tuple[str, Look]] = {
    "joined": (N_("joined"), "calm"),
    "settings": (N_("changing settings"), "calm"),
    "waiting": (N_("waiting"), "calm"),
    "paused": (N_("paused"), "calm"),
    "preparing": (N_("preparing"), "moving"),
    "training": (N_("training"), "moving"),
    "finished": (N_("finished"), "good"),
    "stopped": (N_("stopped"), "calm"),
    "diverged": (N_("diverged: steps too large"), "trouble"),
    "failed": (N_("failed"), "trouble"),
    "idle": (N_("idle"), "trouble"),
}


def read_wall(room: Room) -> Wall:
    """The wall as it is now. Raises ClassError unless this browser leads the class."""
    return wall(store().database, room.id, store().line(), queue().slots, teacher=identity.owner())


def on_wall(found: Wall, order: Order, *, only_help: bool, names: bool = True) -> list[WallTile]:
    """The tiles in their order. Without names each has a number."""
    places = {tile.owner: place for place, tile in enumerate(found.tiles, 1)}
    return [
        _tile(tile, tile.nickname if names else _("Pupil {number}", number=places[tile.owner]))
        for tile in arranged(found, order, only_help=only_help).tiles
    ]


def _tile(tile: Tile, name: str) -> WallTile:
    word, look = WORDS[tile.doing]
    return WallTile(
        key=name,
        name=name,
        doing=doing_text(tile, word),
        look=look,
        value="–" if tile.best is None else percent(tile.best),
        detail=plural("{number} run", "{number} runs", tile.runs) if tile.runs else "",
        hand="" if tile.hand_seconds is None else _("hand up"),
        curve=tuple(round(value, 3) for value in tile.curve),
        fraction=tile.fraction if tile.doing in ("training", "paused", "waiting") else None,
    )


def doing_text(tile: Tile, word: str) -> str:
    """The word for what the pupil does, with the number that belongs to it."""
    match tile.doing:
        case "waiting" if tile.place is not None:
            return _("waiting, place {number}", number=tile.place)
        case "training" if tile.fraction is not None:
            return _("training, {share} %", share=round(100 * tile.fraction))
        case "idle":
            minutes = round(tile.idle_seconds / 60)
            return plural("idle for {number} minute", "idle for {number} minutes", minutes)
        case "failed" if tile.note is not None:
            return f"{_(word)}: {_short(tile)}"
    return _(word)


def _short(tile: Tile) -> str:
    """The first sentence of why a run failed."""
    assert tile.note
    return translate(tile.note).split(". ")[0].rstrip(".")


def line_note(found: Wall) -> list[str]:
    """How long the line is, and what to do where the last would wait for long."""
    if not found.waiting:
        return []
    told = [plural("{number} run waits", "{number} runs wait", found.waiting)]
    if found.last_seconds is not None:
        told.append(_("the last starts in about {time}", time=duration(found.last_seconds)))
        if found.last_seconds > LONG_LINE_SECONDS:
            told.append(_("choose a shorter recipe or fewer epochs, or give the server more TRAINING_SLOTS"))
    return told
