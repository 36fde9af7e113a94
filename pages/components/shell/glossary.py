"""The glossary: the terms that pupils meet, and where they are shown."""

import streamlit as st

from core.messages import N_
from pages.components.shell.i18n import _

# Term → what it means. A definition uses other terms only if these are defined without it.
GLOSSARY: dict[str, str] = {
    N_("Accuracy"): N_("The share of the images that the network classifies correctly."),
    N_("Activation function"): N_(
        "Bends the results of a layer. Without it, many layers together could do no more than one."
    ),
    N_("Augmentation"): N_("Changes the training images at random, so that the network sees more variety."),
    N_("Batch"): N_("A group of images that the network processes together."),
    N_("Confidence"): N_("The probability that the network gives to its answer. A confident answer can be wrong."),
    N_("Confusion matrix"): N_(
        "A table that counts, for the images of each class, which classes the network predicted."
    ),
    N_("Convolution"): N_("A layer (Conv2d) that looks for the same small patterns everywhere in an image."),
    N_("Dropout"): N_("A layer that sets values to zero at random during training, against overfitting."),
    N_("Epoch"): N_("One pass through all training images."),
    N_("Gradient"): N_("Tells for each weight how the loss changes when this weight grows a little."),
    N_("Kernel"): N_("The small window of weights that a convolution moves over an image. Also called filter."),
    N_("Learning rate"): N_("How far each step moves the weights. Too small learns slowly, too large overshoots."),
    N_("Loss"): N_("How wrong the network is, as one number. Training makes it smaller."),
    N_("Momentum"): N_("The share of the previous step that is kept. The walk goes on like a ball that rolls."),
    N_("Normalisation"): N_("Shifts and scales pixel values to mean 0 and standard deviation 1, or close to it."),
    N_("Optimizer"): N_("The rule that turns gradients into steps, such as SGD or Adam."),
    N_("Overfitting"): N_("The network learns the training images by heart and does worse on new ones."),
    N_("Pooling"): N_("A layer that shrinks an image. It keeps the largest value, or the mean, of each small window."),
    N_("Precision"): N_("Of all images predicted as this class, the share that really belong to it."),
    N_("Recall"): N_("Of all images of this class, the share that the network predicted as this class."),
    N_("Seed"): N_("Start of the random numbers. The same seed gives the same numbers again."),
    N_("Step"): N_("One change of all weights, computed from one batch."),
    N_("Transfer learning"): N_(
        "Keeps what a network learned from other images and trains only a part of it anew. Few images are enough then."
    ),
    N_("Validation"): N_("Tests the network on images that it never learned from."),
    N_("Weights"): N_("The numbers that a network learns. Also called parameters."),
}

# Setting → the term that its help text uses first.
TERM_OF_SETTING = {
    "augmentation": "Augmentation",
    "batch_size": "Batch",
    "early_stopping": "Accuracy",
    "epochs": "Epoch",
    "loss": "Loss",
    "lr": "Learning rate",
    "mean": "Normalisation",
    "momentum": "Momentum",
    "seed": "Seed",
    "steps": "Step",
    "trains": "Transfer learning",
    "validation_fraction": "Validation",
    "weight_decay": "Overfitting",
}


def words_on_this_page(*terms: str) -> None:
    """A button that opens the definitions of these terms, in the order of the alphabet."""
    with (
        st.container(key="words-on-this-page", width="content"),  # on a phone the icon alone, see `style.css`
        st.popover(_("Words on this page"), icon=":material/menu_book:", type="tertiary"),
    ):
        st.markdown("\n\n".join(sorted(map(definition, terms))))


def explained(text: str, *terms: str) -> str:
    """A help text, already translated, with the definitions of the terms that it uses."""
    return "\n\n".join([*([text] if text else []), *map(definition, terms)])


def definition(term: str) -> str:
    """A term in bold with its definition. Raises KeyError for a term that isn't in the glossary."""
    return f"**{_(term)}:** {_(GLOSSARY[term])}"
