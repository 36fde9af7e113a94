"""The page of a run, tab Hand in: one zip, or single files. A file is made when its link is followed."""

import streamlit as st

from core.errors import NoWeightsError
from core.handin import bundle, files
from core.handin.images import LIST, is_listed
from core.handin.script import train_script
from core.messages import N_
from core.runs import history, owner_actions
from core.runs.run import Run
from pages.components.run.downloads import ZIP, address
from pages.components.shell import access
from pages.components.shell.i18n import _, language, translate
from pages.components.shell.queue import store
from pages.components.widgets.downloads import Download, download_links

KINDS = {
    "train.py": N_("The run as a plain PyTorch script. It prints the same losses without this app."),
    LIST: N_("The images of the run, each with class and split. train.py needs it beside itself."),
    "report.html": N_("A report with curves, numbers and diagnosis. You can open it offline and print it."),
    "weights.safetensors": N_("The weights of the best epoch. The format can't contain code."),
    "config.json": N_("All settings."),
    "metrics.csv": N_("Losses and accuracies, one row for each epoch."),
    "losses.csv": N_("The training loss, one row for each step."),
    "events.out.tfevents": N_("The curves for TensorBoard. Put the file into its own folder."),
    "model.onnx": N_("The network in the format ONNX, for other programs."),
}


def handin_tab(run: Run) -> None:
    """The whole tab."""
    access.check_images(run.config.data.dataset)
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.markdown(_("Everything to show what you did, in one file: report, script, settings, numbers and weights."))
        everything = Download(
            _("Download all as one zip"),
            address(run, ZIP, language()),
            f"{bundle.file_name(run)}.zip",
            primary=True,
        )
        kinds = {name: about for name, about in KINDS.items() if name != LIST or is_listed(run.config.data)}
        singles = [_single(run, name, _(explanation)) for name, explanation in kinds.items()]
        download_links([everything, *singles], key="files")
    with right:
        st.markdown(f"**train.py** · {_('what it looks like')}")
        script = train_script(run.name, run.config, history.epoch_records(store().database, run.id))
        st.code(script, language="python", height=560, wrap_lines=True)


def _single(run: Run, name: str, explanation: str) -> Download:
    """A file to download, or the reason why it isn't available."""
    missing = _missing(run, name)
    return Download(
        name,
        None if missing else address(run, name, language()),
        f"{bundle.file_name(run)}-{name}",
        about=missing or explanation,
    )


def _missing(run: Run, name: str) -> str | None:
    if name in ("weights.safetensors", "model.onnx") and not owner_actions.has_weights(run.id):
        return translate(NoWeightsError().message)
    if name == "model.onnx" and (message := files.onnx_missing()):
        return translate(message)
    if name in ("metrics.csv", "losses.csv", "events.out.tfevents") and not run.step:
        return _("There are no results yet.")
    return None
