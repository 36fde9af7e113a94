"""The report of a run: one HTML page that opens offline and prints well.

The page is the template `report.html.j2`. This file computes its values.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.advice import advise
from core.advice.facts import Facts, class_counts
from core.config import LayerStack, differences
from core.evaluation import results
from core.evaluation.results import Evaluation
from core.figures.style import TRAIN_COLOR, VALIDATION_COLOR
from core.handin.snapshot import Snapshot
from core.handin.svg import Line, line_chart
from core.messages import Message, say
from core.recipes import recipe, recipes
from core.runs import history
from core.training.records import EpochRecord

if TYPE_CHECKING:
    from jinja2 import Template

Translate = Callable[[Message], str]
TEMPLATE = "report.html.j2"
MOST_CLASSES = 25  # of a confusion matrix on paper
MOST_EPOCHS = 30  # rows of the table, about: of a longer run every n-th epoch
_RIGHT, _WRONG = "47,111,222", "224,118,26"  # of a cell, red, green, blue


@dataclass(frozen=True)
class Table:
    """A table of texts. With `numbers`, all columns but the first are right-aligned."""

    heads: list[str]
    rows: list[list[str]]
    numbers: bool = True


@dataclass(frozen=True)
class Chart:
    """A heading and a chart as SVG."""

    title: str
    svg: str


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix: number of images, and background (opacity 0..1)."""

    count: int
    colour: str
    opacity: str


@dataclass(frozen=True)
class Matrix:
    """The confusion matrix: a row for each true class, a column for each predicted one."""

    classes: tuple[str, ...]
    rows: list[list[Cell]]


def report(snapshot: Snapshot, environment: str, translate: Translate = str, language: str = "en") -> str:
    """The page. Names, notes and classes are escaped.

    Args:
        snapshot: The run.
        environment: Versions and device, one per line.
        translate: Translates a message into the reader's language.
        language: The language's code, such as "en".
    """
    advice = advise(_facts(snapshot))
    found = snapshot.evaluation
    return _template().render(
        language=language,
        name=snapshot.run.name,
        subtitle=translate(_subtitle(snapshot)),
        remark=snapshot.run.remark,
        sentences=[translate(sentence) for sentence in advice.summary],
        charts=[
            chart for chart in (_loss_chart(snapshot, translate), _accuracy_chart(snapshot, translate)) if chart.svg
        ],
        findings=[
            {
                "title": translate(Message(finding.title)),
                "evidence": translate(finding.evidence),
                "advice": translate(finding.advice),
            }
            for finding in advice.findings
        ],
        scores=_scores(found, translate) if found else None,
        matrix=_matrix(found) if found and len(found.classes) <= MOST_CLASSES else None,
        epochs=_epochs(snapshot.epochs, translate),
        settings=_settings(snapshot, translate),
        environment=environment,
        words=_words(translate),
    )


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent)
    strict = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return strict.get_template(TEMPLATE)


def _facts(snapshot: Snapshot) -> Facts:
    run = snapshot.run
    counts = class_counts(run.config.data.dataset, snapshot.evaluation)
    return Facts(run.config, run.state, snapshot.epochs, snapshot.losses, counts)


def _words(translate: Translate) -> dict[str, str]:
    """Titles and fixed sentences."""
    words = {
        "diagnosis": say("Diagnosis"),
        "healthy": say("No problems found."),
        "validation": say("Validation images"),
        "matrix": say("Confusion matrix: a row for each true class, a column for each predicted one"),
        "epochs": say("Epochs"),
        "settings": say("Settings"),
        "environment": say("Environment"),
    }
    return {name: translate(message) for name, message in words.items()}


def _subtitle(snapshot: Snapshot) -> Message:
    run, best = snapshot.run, snapshot.best
    return say(
        "{day} · run {run} · best validation accuracy {accuracy} % · {epochs} epochs in {seconds} s",
        day=datetime.fromtimestamp(run.started_at or run.queued_at, UTC).strftime("%Y-%m-%d"),
        run=run.id,
        accuracy=f"{100 * best.val_accuracy:.1f}" if best else "–",
        epochs=len(snapshot.epochs),
        seconds=f"{run.seconds:.1f}",
    )


# --- charts -------------------------------------------------------------------------------------------------------


def _loss_chart(snapshot: Snapshot, translate: Translate) -> Chart:
    steps, losses = history.decimate(snapshot.losses, snapshot.run.total_steps or 0)
    lines = [
        Line(translate(say("training")), steps.tolist(), losses.tolist(), TRAIN_COLOR),
        _validation_line(translate, [one.step for one in snapshot.epochs], [one.val_loss for one in snapshot.epochs]),
    ]
    title = translate(say("Loss by step"))
    return Chart(title, line_chart(title, lines, translate(say("step")), translate(say("loss"))))


def _accuracy_chart(snapshot: Snapshot, translate: Translate) -> Chart:
    numbers = [one.epoch for one in snapshot.epochs]
    lines = [
        Line(translate(say("training")), numbers, [one.train_accuracy for one in snapshot.epochs], TRAIN_COLOR),
        _validation_line(translate, numbers, [one.val_accuracy for one in snapshot.epochs]),
    ]
    title = translate(say("Accuracy by epoch"))
    svg = line_chart(title, lines, translate(say("epoch")), translate(say("accuracy")), percent=True)
    return Chart(title, svg)


def _validation_line(translate: Translate, xs: Sequence[float], ys: Sequence[float]) -> Line:
    return Line(translate(say("validation")), xs, ys, VALIDATION_COLOR, dashed=True)


# --- tables -------------------------------------------------------------------------------------------------------


def _scores(found: Evaluation, translate: Translate) -> Table:
    heads = [say("class"), say("images"), say("precision"), say("recall"), say("F1")]
    rows = [
        [one.name, str(one.images), *(_percent(share) for share in (one.precision, one.recall, one.f1))]
        for one in results.class_scores(found)
    ]
    return Table([translate(head) for head in heads], rows)


def _matrix(found: Evaluation) -> Matrix:
    counts = results.confusion(found)
    shares = results.rates(counts)
    rows = [
        [
            Cell(int(count), _RIGHT if row == column else _WRONG, f"{0.6 * share:.2f}")
            for column, (count, share) in enumerate(zip(counts[row], shares[row], strict=True))
        ]
        for row in range(len(found.classes))
    ]
    return Matrix(found.classes, rows)


def _epochs(epochs: Sequence[EpochRecord], translate: Translate) -> Table:
    """All epochs of a short run. Of a long one the first, the last and some between."""
    every = -(-len(epochs) // MOST_EPOCHS) or 1
    heads = [
        say("epoch"), say("training loss"), say("training accuracy"), say("validation loss"),
        say("validation accuracy"), say("learning rate"),
    ]  # fmt: skip
    best = max((one.val_accuracy for one in epochs), default=0.0)
    rows = [
        [
            f"{one.epoch}{' ★' if one.best and one.val_accuracy == best else ''}",
            _loss(one.train_loss), _percent(one.train_accuracy), _loss(one.val_loss), _percent(one.val_accuracy),
            f"{one.lr:.3g}",
        ]
        for one in epochs
        if one.epoch % every == 0 or one.epoch in (1, len(epochs))
    ]  # fmt: skip
    return Table([translate(head) for head in heads], rows)


def _settings(snapshot: Snapshot, translate: Translate) -> Table:
    """The most important settings, and those changed from the recipe. `config.json` has all settings."""
    run, config = snapshot.run, snapshot.run.config
    base = recipe(run.recipe).config if run.recipe and run.recipe in recipes() else None
    layers = config.model.layers if isinstance(config.model, LayerStack) else ()
    rows = [
        [translate(say("Data set")), config.data.dataset],
        [translate(say("Network")), " → ".join(layer.kind for layer in layers) or type(config.model).__name__],
        [translate(say("Optimizer")), f"{config.optimizer.name}, {config.optimizer.lr:g}"],
        [translate(say("Batch size")), str(config.batch_size)],
        [translate(say("Seed")), str(config.seed)],
    ]
    if base is not None:
        changed = ", ".join(differences(config, base)) or translate(say("nothing"))
        rows.append([translate(say("Changed from recipe {recipe}", recipe=run.recipe or "")), changed])
    return Table([translate(say("Setting")), translate(say("Value"))], rows, numbers=False)


def _loss(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.4f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
