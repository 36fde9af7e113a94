"""Copies scripts for the browser into `static/`, which Streamlit serves as `app/static/`.

Plotly.js comes from the installed `plotly` package, so its version always fits. File names contain the version, so
browsers can cache files forever.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path

import plotly
from plotly.offline import get_plotlyjs_version

from core.storage import replacing
from pages.components.shell.compression import STATIC

_PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
# Streamlit sends a file's date but no lifetime. A browser then keeps the file for a tenth of its age, so a file that is
# old is fetched once and not at each visit (Plotly.js: 1.4 MB, and the server compresses it anew every time).
_LONG_AGO = 946_684_800  # 1 January 2000, in seconds since 1970


def plotly_url(folder: Path = STATIC) -> str:
    """The address of Plotly.js relative to the app's base, such as `app/static/plotly-4.1.1.min.js`."""
    return publish(_PLOTLY, get_plotlyjs_version(), folder)


def script_url(script: Path, folder: Path = STATIC) -> str:
    """The address of one of our own scripts relative to the app's base, such as `app/static/live_chart-1f0c2a9b.js`."""
    return publish(script, hashlib.sha256(script.read_bytes()).hexdigest()[:8], folder)


def folder_url(scripts: Path, folder: Path = STATIC) -> str:
    """The address of a folder of our scripts, which import each other, relative to the app's base."""
    files = sorted(scripts.glob("*.js"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + file.read_bytes())
    target = folder / f"{scripts.stem}-{digest.hexdigest()[:8]}"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with replacing(target) as aside:
                aside.mkdir()
                for file in files:
                    shutil.copyfile(file, aside / file.name)
                    os.utime(aside / file.name, (_LONG_AGO, _LONG_AGO))
        except OSError:
            if not target.exists():  # else another process was quicker
                raise
        for other in folder.glob(f"{scripts.stem}-*/"):
            if other != target:
                shutil.rmtree(other, ignore_errors=True)
    return f"app/static/{target.name}"


def loader(script: str | Path) -> str:
    """The script of a component, which loads the real one. It is short, because Streamlit sends it with every update.

    `script` is that one, or a Python file that it lies beside under the same name. It may be a folder of scripts,
    `snapshots.js/`, of which `index.js` is the first.
    """
    source = Path(script).with_suffix(".js")
    address = json.dumps(f"{folder_url(source)}/index.js" if source.is_dir() else script_url(source))
    # The page's base instead of "/", because the app may have a base path. This works because pages are one level deep.
    return (
        "export default async (component) =>\n"
        f"  (await import(new URL({address}, document.baseURI))).default(component);\n"
    )


def publish(source: Path, version: str, folder: Path = STATIC) -> str:
    """Copy `source` to `folder` as `name-version.suffix` and remove its other versions; return its address.

    Fast if the file is already there. Several processes may call it at once. Raises OSError if the folder can't be
    written.
    """
    stem, _, suffix = source.name.partition(".")
    target = folder / f"{stem}-{version}.{suffix}"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(target) as aside:
            shutil.copyfile(source, aside)
            os.utime(aside, (_LONG_AGO, _LONG_AGO))
        for other in folder.glob(f"{stem}-*.{suffix}"):
            if other != target:
                other.unlink(missing_ok=True)
    return f"app/static/{target.name}"
