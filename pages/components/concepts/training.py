"""What the steps of training need: zeroed gradients, memory for a batch. And what nobody can promise."""

from typing import Any

import pandas as pd
import streamlit as st

from core.config import RunConfig
from core.data.catalog import info
from core.descent.hello_world import HelloWorld
from core.errors import ClassroomError
from core.figures.activations import ACTIVATION_LINES
from pages.components.shell import address
from pages.components.shell.formats import count
from pages.components.shell.i18n import _

STEPS = 30  # of the walk
COLOURS: list[Any] = [ACTIVATION_LINES[kind][0] for kind in ("elu", "relu")]  # green and red: blue and orange are taken


def zeroing_concept() -> None:
    """The losses of the smallest network, with gradients set to zero and without."""
    from core.descent.walk import hello_world  # torch is imported only where it is needed

    st.markdown(
        _(
            "PyTorch adds each new gradient to the one that is there. That is why every step begins with "
            "`optimizer.zero_grad()`. Below, the smallest network takes the same {steps} steps with that line and "
            "without it. Without, old gradients go on pushing, and it runs past the goal again and again.",
            steps=STEPS,
        )
    )
    losses = {
        name: hello_world(HelloWorld(steps=STEPS, zero_grad=zeroed)).losses
        for name, zeroed in ((_("zeroed"), True), (_("never zeroed"), False))
    }
    st.line_chart(pd.DataFrame(losses), x_label=_("step"), y_label=_("loss"), color=COLOURS, height=240)
    st.page_link(
        address.DESCENT_PAGE,
        label=_("See both walks in their bowl"),
        icon=":material/landscape:",
        query_params={"zero_grad": "false", "steps": str(STEPS)},
    )


def batch_concept(config: RunConfig) -> None:
    """The memory that batches of several sizes take in this network."""
    st.markdown(
        _(
            "A batch goes through the network together. Until its gradients are known, what every layer gave has to "
            "stay in memory: twice the batch, twice the memory. Small batches make many noisy steps, large ones few "
            "smooth steps."
        )
    )
    sizes = sorted({16, 64, 256, 1024, config.batch_size})
    try:
        images = info(config.data.dataset).splits["train"]
        memory = [batch_memory(config.model_copy(update={"batch_size": size})) for size in sizes]
    except ClassroomError:
        st.info(_("The numbers appear here once all settings are valid."))
        return
    table = {
        _("Batch size"): [count(size) for size in sizes],
        _("Steps an epoch"): [count(-(-images // size)) for size in sizes],
        _("Memory of a batch"): memory,
    }
    st.table(pd.DataFrame(table).set_index(_("Batch size")))


def batch_memory(config: RunConfig) -> str:
    """What the layers give for one batch, in MB with at most three significant digits. Raises ConfigError."""
    from core.training.memory import step_bytes  # needs torch

    number = step_bytes(config, len(info(config.data.dataset).classes))
    return f"{number / 1e6:.3g} MB" if number < 1e9 else f"{number / 1e9:.3g} GB"


def limits_concept() -> None:
    """What a trained network can't promise, and where to see it in the app."""
    st.markdown(
        _(
            "- **No guarantee:** training may not converge, or may end in a poor minimum. Watch the loss.\n"
            "- **Hard to explain:** millions of weights have no meaning of their own. Predict shows which parts of an "
            "image an answer depends on, and no more.\n"
            "- **Bias goes unnoticed:** a network repeats what its images show. If all cats lie on sofas, it may learn "
            "sofas. Evaluate shows which classes it confuses.\n"
            "- **Easy to fool:** it answers for anything, even for noise. Predict warns of an image that is unlike all "
            "that it learned from."
        )
    )
