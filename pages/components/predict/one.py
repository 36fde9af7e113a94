"""The page Predict, one image: the image, the network's answer, and the tabs that explain it."""

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.own import gathering
from core.inference import DESCRIBE_TRAINING_IMAGES
from core.runs.tasks import Task
from pages.components.predict import pictures
from pages.components.predict.explanation import inside_tab, similar_tab, why_tab
from pages.components.predict.image_source import InputImage, one_image
from pages.components.predict.model import Model
from pages.components.predict.preparation import Preparation, choose_steps, stages_tab
from pages.components.shell import address, identity
from pages.components.shell.formats import percent
from pages.components.shell.glossary import explained
from pages.components.shell.i18n import _, escaped
from pages.components.shell.layout import errors_shown
from pages.components.shell.tasks import task_runner
from pages.components.widgets.bars import Bar, bars
from pages.components.widgets.camera import live

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from core.inference.neighbours import Index
    from core.inference.predictor import Opinion
    from core.inference.preparation import Steps

UNSURE = 0.6  # confidence (0..1) below which an answer counts as unsure; the visitor can change it
MOST_BARS = 20
_LIVE_SIDE = 256  # pixels of what the camera sends
_ALL_SHOWN = 12  # up to so many classes, all get a bar


def answer_view(models: list[Model], way: str) -> None:
    """The whole view. It is a fragment, so that drawing reruns nothing else."""
    with errors_shown():
        left, right = st.columns([2, 3], gap="large")
        with left:
            image_file = one_image(models[0], way)
        with right:
            answers = st.container()
            threshold, number = _settings(len(models[0].trained.classes))
        if image_file is None:
            with answers:
                _invite(models[0], way)
            return
        with left:
            image = _subject(_opened(image_file, models), models[0], answers, preview=image_file.preview)
        if image is None:
            return
        with answers:
            columns = st.columns(len(models))
        steps = _tabs(models[0], image)
        for column, model in zip(columns, models, strict=True):
            with column:
                _answer(model, Preparation(image, steps), image_file, threshold, number, titled=len(models) > 1)


def live_view(models: list[Model]) -> None:
    """The camera with the first network's answers, and what explains one of its pictures. A fragment, too."""
    model = models[0]
    with errors_shown():
        _stale_note(model)
        taken = live(
            model.trained.classes,
            key=f"live-{model.key}",
            run=model.key,
            run_key=(model.run.link_key or "") if model.run else "",
            unsure=UNSURE,
            side=_LIVE_SIDE,
        )
        index_of(model)  # asked for in time
        if taken:
            image = _opened(InputImage(taken), models)
            about = _("The picture that is explained here")
            st.image(image, width=224, caption=about, alt=about)
            _tabs(model, image)


def _stale_note(model: Model) -> None:
    """One line where the owner's pictures have changed since the training, and the way to train again."""
    found = gathering.of(identity.owner())
    if model.run is None or found.run != model.run.id or found.trained == found.version:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_("Your pictures have changed since this network was trained."))
        if st.button(_("Train again"), icon=":material/replay:", key="gather-again"):
            address.go(address.DATA_PAGE, {"tab": _("Bring your own"), "way": "camera"})


def _tabs(model: Model, image: "Image.Image") -> "Steps | None":
    """What explains the answer. Returns the steps that were chosen there."""
    tabs = st.tabs(
        [_("What the network saw"), _("Why"), _("Inside"), _("Similar images")], key="about", on_change="rerun"
    )
    with tabs[0]:
        steps = choose_steps(model, image)
    for tab, content in zip(tabs, (stages_tab, why_tab, inside_tab, similar_tab), strict=True):
        if tab.open:  # only the open tab is computed
            with tab, errors_shown():
                content(model, Preparation(image, steps))
    return steps


def _opened(image_file: InputImage, models: list[Model]) -> "Image.Image":
    from core.inference.predictor import opened

    return opened(image_file.data, [model.trained for model in models])


def _subject(image: "Image.Image", model: Model, answers: DeltaGenerator, *, preview: bool) -> "Image.Image | None":
    """The part of the image that is answered; of several a visitor chooses one. None where nothing is drawn."""
    from core.inference.preparation import subjects

    found = subjects(image, model.trained.config.data)
    several = len(found) > 1
    if preview or several:
        st.image(
            pictures.boxed(image, [one.box for one in found]) if several else image, width=340, alt=_("Your image")
        )
    if not found:
        with answers:
            st.info(_("Nothing is drawn here. Draw or photograph one thing on plain paper."), icon=":material/draft:")
        return None
    if not several:
        return found[0].image
    readings = _readings([one.image for one in found], model)
    with answers:
        number = st.segmented_control(
            _("{number} things are drawn here, in reading order:", number=len(found)),
            list(range(len(found))),
            default=0,
            format_func=lambda place: f"{place + 1}: {readings[place]}",
            key=f"subject-{len(found)}",
            required=True,
        )
    return found[int(number)].image


def _readings(images: "list[Image.Image]", model: Model) -> list[str]:
    """The class that the network names for each image."""
    import torch

    from core.inference.predictor import predict

    inputs = [Preparation(image, None).as_input(model.trained) for image in images]
    return [model.trained.classes[opinion.best] for opinion in predict(model.trained, torch.stack(inputs))]


def _invite(model: Model, way: str) -> None:
    """Shown before there is an image: what to do, and the classes with empty bars."""
    classes = model.trained.classes
    names = ", ".join(map(escaped, classes[:12])) + (" …" if len(classes) > 12 else "")
    if way == "draw":
        st.markdown(_("Draw something. The answer changes as you draw."))
    else:
        st.markdown(_("The network's answer will appear here."))
    st.caption(_("The network knows {number} classes: {names}.", number=len(classes), names=names))
    rows = [Bar(name, 0.0, "–") for name in classes[:_ALL_SHOWN]]
    bars(rows, key=f"bars-{model.key}", label=_("Probability of each class"))


def _settings(classes: int) -> tuple[float, int]:
    """The confidence (0..1) below which an answer is unsure, and the number of classes to show."""
    with st.popover(_("Settings"), icon=":material/tune:"):
        threshold = st.slider(
            _("Unsure below"),
            0,
            99,
            round(100 * UNSURE),
            5,
            format="%d %%",
            key="threshold",
            help=explained(
                _("Answers with less confidence are marked as unsure. A network always picks one of its classes."),
                "Confidence",
            ),
        )
        number = classes
        if classes > _ALL_SHOWN:
            number = st.slider(_("Number of classes shown"), 1, min(classes, MOST_BARS), 5, key="number")
    return threshold / 100, number


# --- the answer ---------------------------------------------------------------------------------------------------


def _answer(
    model: Model, preparation: Preparation, image_file: InputImage, threshold: float, number: int, *, titled: bool
) -> None:
    """The answer in words and as bars, with a warning if the image is unlike the training images."""
    from core.inference.predictor import predict

    trained = model.trained
    tensor = preparation.as_input(trained)
    opinion = predict(trained, tensor[None])[0]
    if titled:
        st.caption(escaped(model.name))
    st.markdown(verdict(trained.classes, opinion, threshold))
    if image_file.label is not None:
        right = image_file.label == trained.classes[opinion.best]
        label = escaped(image_file.label)
        st.markdown(_("✓ Right: it is {label}.", label=label) if right else _("✗ Wrong: it is {label}.", label=label))
    bars(rows(trained.classes, opinion, number), key=f"bars-{model.key}", label=_("Probability of each class"))
    if not _warn_if_far(model, tensor) and opinion.confidence >= threshold:
        _warn_if_unsteady(model, preparation, opinion)


def verdict(classes: tuple[str, ...], opinion: "Opinion", threshold: float) -> str:
    first = escaped(classes[opinion.best])
    share = percent(opinion.confidence)
    if opinion.confidence >= threshold:
        return "### " + _("{name}, {share} sure", name=first, share=share)
    order = opinion.probabilities.argsort()[::-1]
    second = next(int(place) for place in order if place != opinion.best)
    return "### " + _(
        "Unsure: {first} ({share}) or {second} ({other})?",
        first=first,
        share=share,
        second=escaped(classes[second]),
        other=percent(float(opinion.probabilities[second])),
    )


def rows(classes: tuple[str, ...], opinion: "Opinion", number: int) -> list[Bar]:
    """A few classes in a fixed order, so that bars stay in place; of many, the most likely first."""
    places = list(range(len(classes)))
    if number < len(classes) or len(classes) > _ALL_SHOWN:
        places = opinion.probabilities.argsort(kind="stable")[::-1][:number].tolist()
    shares = opinion.probabilities
    return [Bar(classes[at], float(shares[at]), percent(float(shares[at])), at == opinion.best) for at in places]


def index_of(model: Model) -> "Index | None":
    """The index of the training images. Requests it where it's missing."""
    from core.data import datasets
    from core.inference import neighbours

    if model.run is None or not datasets.ready(model.trained.config.data):
        return None
    index = neighbours.kept(model.run.id)
    if index is None:
        task = Task(DESCRIBE_TRAINING_IMAGES, model.run.id)
        visitor = identity.owner()
        if task_runner().status(task, visitor) is None:  # a failed one isn't tried again at every stroke
            task_runner().submit(task, visitor, watched=False)
    return index


def _warn_if_far(model: Model, tensor: "Tensor") -> bool:
    """Warn if no training image is similar; returns whether it did."""
    from core.inference import neighbours

    index = index_of(model)
    if index is None or not neighbours.is_far(index, model.trained, tensor):
        return False
    st.warning(
        _(
            "This image is unlike everything that the network learned from, so don't trust the answer. "
            "The tabs below show what the network saw and the most similar training images."
        ),
        icon=":material/warning:",
    )
    return True


def _warn_if_unsteady(model: Model, preparation: Preparation, opinion: "Opinion") -> None:
    """Warn if the network reads a drawing otherwise once it is moved or turned a little."""
    from core.inference.steadiness import read_otherwise

    other = read_otherwise(model.trained, preparation.image, preparation.steps_for(model.trained), opinion.best)
    if other is not None:
        st.warning(
            _(
                "Moved or turned a little, the network reads this as {name}. So the answer isn't certain.",
                name=escaped(model.trained.classes[other]),
            ),
            icon=":material/warning:",
        )
