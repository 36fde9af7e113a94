"""A run's page, tab Hand in: one zip, or its parts. A file is made when its button is pressed."""

from functools import partial

import streamlit as st

from core.errors import NoWeightsError
from core.handin import bundle, files
from core.handin.script import train_script
from core.messages import N_
from core.runs import history, owner_actions
from core.runs.run import Run
from pages.components.shell.engine import store
from pages.components.shell.i18n import _, language, translate

KINDS = {
    "train.py": N_("The run as a plain PyTorch script. It prints the same losses, without this app."),
    "report.html": N_("One page with curves, numbers and diagnosis; opens offline and prints."),
    "weights.safetensors": N_("Weights of the best epoch, in a format that can't hide code."),
    "config.json": N_("All settings."),
    "metrics.csv": N_("Losses and accuracies, one row an epoch."),
    "losses.csv": N_("The training loss, one row a step."),
    "events.out.tfevents": N_("The curves for TensorBoard: put it into a folder of its own."),
    "model.onnx": N_("The network for other programs: ONNX."),
}


def handin_tab(run: Run) -> None:
    """The whole tab."""
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.markdown(_("Everything to show what you did, in one file: report, script, settings, numbers and weights."))
        st.download_button(
            _("Download all as one zip"),
            partial(bundle.bundle, store(), run.id, translate, language()),
            f"{bundle.file_name(run)}.zip",
            "application/zip",
            type="primary",
            icon=":material/folder_zip:",
            on_click="ignore",
            key="zip",
        )
        for name, explanation in KINDS.items():
            _single(run, name, _(explanation))
    with right:
        st.markdown(f"**train.py** · {_('what it looks like')}")
        script = train_script(run.name, run.config, history.epoch_records(store().database, run.id))
        st.code(script, language="python", height=560)


def _single(run: Run, name: str, explanation: str) -> None:
    """One file, or why it can't be had."""
    missing = _missing(run, name)
    button, about = st.columns([2, 3], vertical_alignment="center")
    with button:
        st.download_button(
            name,
            partial(bundle.single, store(), run.id, name, translate, language()) if not missing else b"",
            f"{bundle.file_name(run)}-{name}",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            disabled=bool(missing),
            key=f"file-{name}",
        )
    about.caption(missing or explanation)


def _missing(run: Run, name: str) -> str | None:
    if name in ("weights.safetensors", "model.onnx") and not owner_actions.has_weights(run.id):
        return translate(NoWeightsError().message)
    if name == "model.onnx" and (message := files.onnx_missing()):
        return translate(message)
    if name.endswith(("csv", "tfevents")) and not run.step:
        return _("Nothing was measured yet.")
    return None
