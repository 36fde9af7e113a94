"""A configuration as PyTorch code, in the five steps of every training."""

import streamlit as st

from core.config import RunConfig
from core.export import five_steps
from pages.components.shell.i18n import _


def steps_view(config: RunConfig) -> None:
    """The five steps. The configuration must have no problems."""
    for number, step in enumerate(five_steps(config), 1):
        st.markdown(f"**{number}. {_(step.title)}**  \n{_(step.sentence)}")
        st.code(step.code, language="python")
        if step.as_class:
            with st.expander(_("The same network as a class with forward"), icon=":material/code:"):
                st.caption(
                    _(
                        "Tutorials often write it like this. Layers with weights are made once, in __init__. Forward "
                        "passes x through all of them. Weights and outputs are the same."
                    )
                )
                st.code(step.as_class, language="python")
