"""The cards of Home. A card is one link as large as itself, see `style.css`."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.builtin.digits import digits
from core.data.catalog import DATASETS
from core.messages import N_
from core.recipes import Recipe, recipes
from pages.components.shell import address, identity
from pages.components.shell.availability import availability_badge, instead
from pages.components.shell.engine import store
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _, escaped
from pages.components.shell.links import FIRST_RECIPE

COLUMNS = 3
SHOWN_DIGITS, PIXELS = 10, 7  # of the first card's picture; pixels on the screen for one of a digit

# File, title and sentence of what isn't a lesson.
OTHERS = (
    (address.PREDICT_PAGE, N_("Predict"), N_("Draw a digit, and a network says what it is.")),
    (address.DESCENT_PAGE, N_("Gradient descent"), N_("Walk down a bowl, and see when a step is too large.")),
    (address.ACTIVATIONS_PAGE, N_("Activations"), N_("See the bends between the layers, side by side.")),
)


def first_card() -> None:
    """The first lesson, first in size, too."""
    lesson = recipes()[FIRST_RECIPE]
    with st.container(border=True, key="first-card"):
        words, picture = st.columns([3, 2], gap="large", vertical_alignment="center")
        with words:
            st.subheader(_(lesson.title), anchor=False)
            st.markdown(_(lesson.summary))
            st.caption(_("Press Train, and see its loss fall. Then change one thing and see what that does."))
            if st.button(_("Start"), type="primary", icon=":material/play_arrow:"):
                address.go(address.TRAIN_PAGE, {"recipe": lesson.name})
        picture.image(_strip(), width="stretch")


def last_run() -> None:
    """The way back to what one did last."""
    for run in store().recent(1, owner=identity.owner()):
        accuracy = "" if run.best_val_accuracy is None else f" · {percent(run.best_val_accuracy)}"
        st.page_link(
            address.TRAIN_PAGE,
            label=_("Your last run: {name}", name=f"{escaped(run.name)}{accuracy}"),
            icon=":material/history:",
            query_params={"run": run.id},
        )


def lesson_cards() -> None:
    """All lessons after the first."""
    lessons = [known for known in recipes().values() if known.name != FIRST_RECIPE]
    for first in range(0, len(lessons), COLUMNS):
        for column, lesson in zip(st.columns(COLUMNS), lessons[first : first + COLUMNS], strict=False):
            with column:
                _lesson(lesson)


def _lesson(lesson: Recipe) -> None:
    with st.container(border=True, height="stretch", key=f"card-{lesson.name}"):
        st.page_link(
            address.TRAIN_PAGE,
            label=f"**{lesson.number} · {_(lesson.title)}**",
            query_params={"recipe": lesson.name} | instead(lesson),
        )
        st.markdown(_(lesson.summary))
        st.space("stretch")
        st.caption(f"{_(DATASETS[lesson.config.data.dataset].title)} · {how_long(lesson)}")
        availability_badge(lesson)


def other_pages() -> None:
    """What isn't a lesson."""
    for column, (file, title, sentence) in zip(st.columns(len(OTHERS)), OTHERS, strict=True):
        with column, st.container(border=True, height="stretch", key=f"card-{title.split()[0].lower()}"):
            st.page_link(file, label=f"**{_(title)}**")
            st.markdown(_(sentence))


def how_long(lesson: Recipe) -> str:
    """Its training time, roughly."""
    if lesson.minutes < 1:
        return _("about {seconds} seconds", seconds=round(lesson.minutes * 60))
    return _("about {minutes} minutes", minutes=round(lesson.minutes))


@st.cache_data(show_spinner=False)
def _strip() -> NDArray[np.uint8]:
    """The first digits in two rows, uint8 [H, W], with their pixels to be seen."""
    images = digits()[0][:SHOWN_DIGITS, 0]
    tiles = np.pad(images, ((0, 0), (1, 1), (1, 1))).repeat(PIXELS, 1).repeat(PIXELS, 2)
    rows = [np.hstack(list(tiles[start : start + SHOWN_DIGITS // 2])) for start in (0, SHOWN_DIGITS // 2)]
    return np.vstack(rows)
