"""The page Predict for networks that learned points: a plane to press instead of an image to bring."""

import streamlit as st

from core.data.catalog import has_points
from pages.components.predict.model import Model
from pages.components.predict.one import rows, verdict
from pages.components.shell.i18n import _, escaped
from pages.components.shell.images import images_of
from pages.components.widgets.bars import bars
from pages.components.widgets.point_pad import point_pad

UNSURE = 0.6  # confidence (0..1) below which an answer counts as unsure
_SHOWN = 300  # validation points on the plane


def takes_points(model: Model) -> bool:
    """Whether the network was trained on points instead of images."""
    return has_points(model.trained.config.data)


def of_one_kind(models: list[Model]) -> list[Model]:
    """The networks that take the same input as the first one. Says so where the second doesn't."""
    kept = [model for model in models if takes_points(model) == takes_points(models[0])]
    if len(kept) < len(models):
        st.warning(
            _("One of these networks takes images, the other takes points. Compare two of the same kind."),
            icon=":material/compare_arrows:",
        )
    return kept


def point_view(models: list[Model]) -> None:
    """The plane and the answers for the chosen point. It is a fragment, so that a press reruns nothing else."""
    from core.inference import boundary

    first = models[0].trained
    validation = images_of(first.config.data).validation
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(_("This network takes points, not images. Press a point in the plane."))
        places, labels = validation.at(slice(0, _SHOWN)).numpy(), validation.labels[:_SHOWN].numpy()
        x, y = point_pad(
            boundary.surface(first), places, labels, start=(0.0, 0.0), key=f"plane-{models[0].key}-{first.config.seed}"
        )
        st.caption(
            _(
                "Circles are validation points of class {first}, squares of class {second}. The colour is what the "
                "network would call each place.",
                first=escaped(first.classes[0]),
                second=escaped(first.classes[1]),
            )
        )
    with right:
        for column, model in zip(st.columns(len(models)), models, strict=True):
            with column:
                _answer(model, x, y, titled=len(models) > 1)


def _answer(model: Model, x: float, y: float, *, titled: bool) -> None:
    from core.inference import boundary

    opinion = boundary.opinion(model.trained, x, y)
    classes = model.trained.classes
    if titled:
        st.caption(escaped(model.name))
    st.markdown(verdict(classes, opinion, UNSURE))
    bars(rows(classes, opinion, len(classes)), key=f"bars-{model.key}", label=_("Probability of each class"))
    st.caption(_("The point ({x}, {y})", x=f"{x:.2f}", y=f"{y:.2f}"))
