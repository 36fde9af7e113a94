"""Whether images of one's own can be trained at all, and which classes the split leaves out.

One rule, used by the checks of a data set, by the page Train, and headless.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.data.own.stored import Mask, StoredImages
from core.messages import Message, say


@dataclass(frozen=True)
class Obstacle:
    """What stands in the way, and what to do about it."""

    message: Message
    remedy: Message
    classes: tuple[int, ...] = ()  # which it is about

    @property
    def sentences(self) -> Message:
        """Both together."""
        return say("{message} {remedy}", message=self.message, remedy=self.remedy)


def obstacles(images: StoredImages, validation: Mask | None) -> list[Obstacle]:
    """Why these images can't be trained; empty where they can."""
    present = np.unique(images.labels)
    if len(present) < 2:
        name = images.classes[int(present[0])] if len(present) else ""
        return [
            Obstacle(
                say("All images are in one class, {name}.", name=name),
                say("Add at least a second class: a network learns by telling things apart."),
                tuple(present.tolist()),
            )
        ]
    if validation is None:
        return []
    if not validation.any():
        message = say("No image can be held out to check the network: each class has only one.")
        return [Obstacle(message, say("Add images: each class needs at least two."))]
    if len(np.unique(images.labels[~validation])) < 2:
        message = say("The images to learn from are in fewer than two classes.")
        return [Obstacle(message, say("Add images of further classes to the training folder, and import again."))]
    return []


def one_sided(images: StoredImages, validation: Mask | None) -> list[Obstacle]:
    """Classes that the network never learns, and classes that nothing checks."""
    if validation is None or not validation.any():
        return []
    learned, checked = (set(np.unique(images.labels[mask]).tolist()) for mask in (~validation, validation))
    found = []
    if unlearned := tuple(sorted(checked - learned)):
        found.append(
            Obstacle(
                say(
                    "Classes with validation images but none to learn from: {names}. The network can't name them.",
                    names=_listed(images, unlearned),
                ),
                say(
                    "Put images of every class into both folders and import again, or set Held out for validation to "
                    "0.2, so that the app splits all images itself."
                ),
                unlearned,
            )
        )
    if unchecked := tuple(sorted(learned - checked)):
        found.append(
            Obstacle(
                say(
                    "Classes without validation images: {names}. The accuracy says nothing about them.",
                    names=_listed(images, unchecked),
                ),
                say("Add images of them: each class needs at least two, one to learn from and one to check."),
                unchecked,
            )
        )
    return found


def _listed(images: StoredImages, classes: Sequence[int], at_most: int = 10) -> str:
    names = [images.classes[number] for number in classes[:at_most]]
    return ", ".join(names) + (", …" if len(classes) > at_most else "")
