"""Makes one zip of a class: a folder for each pupil with the best run, a table of all runs, and all curves."""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence

from core.classes.board import Standing, standings_csv
from core.classes.ending import Result, best_runs, results_csv
from core.handin import bundle
from core.handin.report import Translate
from core.handin.svg import Line, line_chart
from core.runs import history
from core.runs.store import Store

COLOURS = ("#2f6fde", "#e0761a", "#1a8a5a", "#a13fb0", "#b3352b", "#5a6272", "#0f8a94", "#8a6d00")
README = """The class {name}.

results.csv     one row for each run of each pupil
charts.html     validation accuracy of every pupil's best run
board.csv       the board, if there was one: accuracies on the hidden images
<nickname>/     what the pupil with this nickname hands in: the files of the best run
"""


def class_bundle(
    store: Store,
    name: str,
    found: list[Result],
    standings: Sequence[Standing] = (),
    translate: Translate = str,
    language: str = "en",
) -> bytes:
    """The zip. `found` are the class's runs, from `core.classes.ending.results`; `standings` are those of its board."""
    best = best_runs(found)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README.format(name=name))
        archive.writestr("results.csv", results_csv(found))
        if standings:
            archive.writestr("board.csv", standings_csv(standings))
        archive.writestr("charts.html", _charts(store, best.values()))
        for nickname, one in best.items():
            _copy(archive, _folder(nickname), bundle.bundle(store, one.run_id, translate, language))
    return written.getvalue()


def _copy(archive: zipfile.ZipFile, folder: str, content: bytes) -> None:
    """Put the files of a run's own zip into a folder. Weights are stored as they are: they don't compress."""
    with zipfile.ZipFile(io.BytesIO(content)) as run:
        for info in run.infolist():
            name = info.filename.rpartition("/")[2]
            archive.writestr(f"{folder}/{name}", run.read(info), info.compress_type)


def _charts(store: Store, best: Iterable[Result]) -> str:
    """One page with a chart for each four pupils: as many as a legend has room for."""
    lines = []
    for place, one in enumerate(best):
        epochs = history.epoch_records(store.database, one.run_id)
        points = [(record.epoch, record.val_accuracy) for record in epochs if record.val_accuracy is not None]
        xs, ys = [x for x, _y in points], [y for _x, y in points]
        lines.append(Line(one.nickname, xs, ys, COLOURS[place % len(COLOURS)], dashed=place % 2 == 1))
    charts = [
        line_chart("Validation accuracy", lines[first : first + 4], "epoch", "accuracy", percent=True)
        for first in range(0, len(lines), 4)
    ]
    style = "body{max-width:48rem;margin:2rem auto;font-family:sans-serif}svg{width:100%}"
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Charts</title><style>{style}</style>'
    return f"{head}<h1>Validation accuracy</h1>{''.join(charts)}</html>"


def _folder(nickname: str) -> str:
    """A folder's name, valid on all systems, in any language."""
    return re.sub(r"[^\w-]+", "-", nickname).strip("-") or "pupil"
