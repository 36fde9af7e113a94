"""What softmax computes: probabilities from any numbers."""

import streamlit as st

from core.concepts.softmax import softmax
from core.figures.concepts import share_bars
from core.messages import N_
from pages.components.shell.formats import percent
from pages.components.shell.i18n import _

# A class and the output that it has at first.
OUTPUTS = ((N_("cat"), 2.0), (N_("dog"), 1.0), (N_("bird"), -1.0))


def softmax_concept() -> None:
    """Three outputs and a temperature to move, and the probabilities."""
    st.markdown(
        _(
            "The last layer gives any numbers. Softmax makes probabilities of them: it takes $e$ to the power of each "
            "and divides by the sum, so that all are positive and add up to 100 %. Log-softmax gives the logarithms, "
            "so $e$ to their power gives the probabilities back. A temperature divides the outputs first."
        )
    )
    left, right = st.columns(2)
    with left:
        outputs = [
            st.slider(_("Output for {name}", name=_(name)), -5.0, 5.0, first, 0.1, key=f"softmax-{name}")
            for name, first in OUTPUTS
        ]
        temperature = st.slider(
            _("Temperature"),
            0.1,
            5.0,
            1.0,
            0.1,
            key="softmax-temperature",
            help=_("High: all answers become alike. Low: the largest output takes everything."),
        )
    shares = softmax(outputs, temperature)
    label = _("Probabilities after softmax")
    names = [_(name) for name, _first in OUTPUTS]
    with right:
        st.image(share_bars(names, shares, label), width="stretch", alt=label)
        st.caption(
            _("Most likely: {name}, {share}.", name=names[shares.index(max(shares))], share=percent(max(shares)))
        )
