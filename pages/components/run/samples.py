"""Six validation images with their predictions."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.errors import ClassroomError
from core.runs.run import Run
from pages.components.shell import access
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _, escaped

WIDTH = 116  # pixels; six fit side by side, or three on a phone


def glance_view(run: Run) -> None:
    """Show the images of a run that ended with weights. Shows nothing if the images are gone."""
    if not run.ended or not run.best_epoch or not access.sees_images(run.config.data.dataset):
        return
    try:
        seen = _seen(run.id, run.best_epoch)
    except ClassroomError:
        return  # the images are gone
    st.markdown(f"**{_('Six validation images')}**")
    with st.container(horizontal=True):
        for picture, label, predicted, confidence in seen:
            mark = "✓" if label == predicted else "✗"
            text = f"{mark} {escaped(predicted)}, {confidence}"
            if label != predicted:
                text += "  \n" + _("It is {label}.", label=escaped(label))
            with st.container(width=WIDTH):
                st.image(picture, width=WIDTH, alt=text)
                st.caption(text)


@st.cache_data(max_entries=64, show_spinner=False)
def _seen(run_id: str, best_epoch: int) -> list[tuple[NDArray[np.uint8], str, str, str]]:
    from core.evaluation.samples import glance  # torch is imported only where it is needed

    return [
        (_large(one.picture.permute(1, 2, 0).squeeze(-1).numpy()), one.label, one.predicted, percent(one.confidence))
        for one in glance(run_id)
    ]


def _large(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Enlarge a tiny picture with sharp pixels, because a browser would blur it."""
    factor = max(1, WIDTH // picture.shape[0])
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)
