"""What networks make of images while they learn: answers, weights, features, the network itself, at any moment.

Each call sends the browser only the snapshots that it doesn't hold yet, as the files that they are. The browser draws
them and plays them by itself: the scripts in `snapshots.js/`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.training import snapshots
from pages.components.shell.i18n import _
from pages.components.widgets import assets

_Sent = dict[str, frozenset[int]]  # stream → steps


@dataclass(frozen=True)
class Film:
    """A run whose snapshots are shown. When `stream` changes, the browser starts over: another attempt began."""

    run_id: str
    name: str  # shown as text, never read as HTML
    stream: str
    steps_per_epoch: float
    ended: bool


def snapshot_panel(films: Sequence[Film], *, key: str) -> None:
    """Draw the panel, or add to it what is new since this session's last call with this `key`.

    Several runs share one slider. The moment may be in the address, as `?step=`.
    """
    slot = f"classroom.snapshots.{key}"
    # Streamlit forgets the component's own key when a page is left: then the browser holds nothing any more.
    sent: _Sent = st.session_state.get(slot, {}) if key in st.session_state else {}
    described: list[dict[str, object]] = []
    files: list[bytes] = []
    now: _Sent = {}
    for film in films:
        steps = snapshots.steps(film.run_id)
        held = sent.get(film.stream, frozenset())
        scene = snapshots.scene_bytes(film.run_id) if steps and not held else None
        new = [(step, content) for step in steps if step not in held and (content := _bytes(film, step))]
        described.append(_described(film, steps, scene, new))
        files += [*([scene] if scene else []), *(content for _step, content in new)]
        now[film.stream] = frozenset(steps)
    st.session_state[slot] = now
    header = json.dumps({"films": described, "words": _words()}).encode()
    message = len(header).to_bytes(4, "little") + header + b"".join(files)
    _component(key=key, data=message, on_missing_change=lambda: st.session_state.pop(slot, None))


def recorded_film(url: str, *, key: str) -> None:
    """Play a film that was recorded as one file, served at `url`: the browser does it alone.

    It has no slider but a button that pauses it, and stands still where people want less motion.
    """
    gaps = {name: f"{{{name}}}" for name in ("step", "right", "all")}
    words = {
        "curve": _("The loss falls"),
        "answers": _("Digits, and what the network takes them for"),
        "features": _("Images as dots that drift apart into classes"),
        "step": _("step"),
        "loss": _("loss"),
        "play": _("Play"),
        "pause": _("Pause"),
        "recorded": _("After {step} steps: {right} of {all} digits right", **gaps),
    }
    _component(key=key, data={"film": url, "words": words}, on_missing_change=lambda: None)


def _bytes(film: Film, step: int) -> bytes | None:
    return snapshots.snapshot_bytes(film.run_id, step)


def _described(
    film: Film, steps: Sequence[int], scene: bytes | None, new: Sequence[tuple[int, bytes]]
) -> dict[str, object]:
    return {
        "key": film.run_id,
        "name": film.name,
        "stream": film.stream,
        "steps": list(steps),
        "steps_per_epoch": film.steps_per_epoch,
        "ended": film.ended,
        "scene": len(scene or b""),
        "snapshots": [[step, len(content)] for step, content in new],
    }


def _words() -> dict[str, str]:
    """All texts. The browser fills the gaps of the last three."""
    gaps = {name: f"{{{name}}}" for name in ("name", "step", "epoch", "right", "all", "label")}
    return {
        "views": _("What the network thinks"),
        "surface": _("Boundary"),
        "answers": _("Answers"),
        "weights": _("Weights"),
        "features": _("Features"),
        "network": _("Network"),
        "surface_note": _("What the network would call each place. Where it is unsure, the colour is pale."),
        "answers_note": _(
            "Images it never learned from, its guess, and how sure it is in percent. Press one to see how that changed."
        ),
        "opened_note": _("How probable each class was, over the whole training. Press again for all images."),
        "weights_note": _("What single units of the first layer look for: orange counts for, blue against."),
        "colours_note": _("What single kernels of the first layer look for, in its colours; grey counts nothing."),
        "features_note": _("Each dot is an image as the last layer sees it. Dots of one class should come together."),
        "network_note": _(
            "Some units of each layer. Full dots are active; orange lines add, dashed blue ones subtract."
        ),
        "play": _("Play"),
        "pause": _("Pause"),
        "back": _("One moment back"),
        "forward": _("One moment on"),
        "slider": _("Moment of the training"),
        "waiting": _("The first answers come with the first step."),
        "it_is": _("It is {label}.", **gaps),
        "line": _("Step {step} · epoch {epoch} · {right} of {all} right", **gaps),
        "line_of": _("{name}: {right} of {all} right", **gaps),
    }


_component = st.components.v2.component("classroom_snapshots", js=assets.loader(__file__), isolate_styles=False)
