"""One page about a run: self-contained HTML without a script, which opens offline, prints, and can be handed in."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from html import escape

from core.advice.diagnosis import Facts, Finding, diagnose
from core.advice.summary import story
from core.config import LayerStack, RunConfig, differences
from core.evaluation import results
from core.evaluation.results import Evaluation
from core.figures.activations import TRAIN_COLOR, VALIDATION_COLOR
from core.handin.svg import Line, line_chart
from core.messages import Message, say
from core.recipes import recipe, recipes
from core.runs import history
from core.runs.run import Run
from core.runs.store import Store
from core.training.records import EpochRecord

Translate = Callable[[Message], str]
_RIGHT, _WRONG = "47,111,222", "224,118,26"  # of a cell, red, green, blue
MOST_CLASSES = 25  # of a confusion matrix on paper

_STYLE = """
body { font: 15px/1.5 sans-serif; color: #1c2430; max-width: 720px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0.2rem; } h2 { font-size: 1.1rem; margin: 1.6rem 0 0.4rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { text-align: left; padding: 3px 8px; border-bottom: 1px solid #dfe4ec; }
td.number, th.number { text-align: right; } .quiet { color: #596575; }
.matrix { width: auto; font-size: 12px; } .matrix td { text-align: center; min-width: 26px; }
svg { width: 100%; height: auto; } pre { white-space: pre-wrap; }
@media print { body { margin: 0; } h2 { break-after: avoid; } svg, .matrix { break-inside: avoid; } }
"""


def report(store: Store, run: Run, environment: str, translate: Translate = str, language: str = "en") -> str:
    """The page. Names, notes and classes are shown as text, whatever is in them."""
    epochs = history.epoch_records(store.database, run.id)
    found = results.kept(run.id, run.best_epoch) if run.best_epoch else None
    _first, losses = history.step_losses(store.database, run.id)
    facts = Facts(run.config, run.state, epochs, losses)

    def text(message: Message) -> str:
        return escape(translate(message))

    parts = [
        f"<h1>{escape(run.name)}</h1>",
        f'<p class="quiet">{text(_subtitle(run))}</p>',
        f"<p>{escape(run.remark)}</p>" if run.remark else "",
        *(f"<p>{text(sentence)}</p>" for sentence in story(history.landmarks(store.database, run.id))),
        *_charts(store, run, epochs, translate),
        *_section(text(say("Diagnosis")), _diagnosis(diagnose(facts), translate)),
        *(_section(text(say("Validation images")), _evaluation(found, translate)) if found else ()),
        *_section(text(say("Epochs")), _epochs(epochs, translate)),
        *_section(text(say("Settings")), _settings(run, translate)),
        *_section(text(say("Environment")), [f"<pre>{escape(environment)}</pre>"]),
    ]
    return "\n".join(
        [
            f'<!doctype html>\n<html lang="{escape(language)}">\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(run.name)}</title>\n<style>{_STYLE}</style>",
            *parts,
            "</html>\n",
        ]
    )


def _subtitle(run: Run) -> Message:
    day = datetime.fromtimestamp(run.started_at or run.queued_at, UTC).strftime("%Y-%m-%d")
    accuracy = f"{100 * run.best_val_accuracy:.1f}" if run.best_val_accuracy is not None else "–"
    return say(
        "{day} · run {run} · best validation accuracy {accuracy} % · {epochs} epochs in {seconds} s",
        day=day,
        run=run.id,
        accuracy=accuracy,
        epochs=run.epoch,
        seconds=f"{run.seconds:.1f}",
    )


def _section(title: str, content: Iterable[str]) -> list[str]:
    lines = list(content)
    return [f"<h2>{title}</h2>", *lines] if lines else []


def _charts(store: Store, run: Run, epochs: Sequence[EpochRecord], translate: Translate) -> list[str]:
    curve = history.loss_curve(store.database, run.id, since=0, total_steps=run.total_steps or 0, ended=True)
    training, validation = translate(say("training")), translate(say("validation"))
    numbers = [record.epoch for record in epochs]
    losses = [
        Line(training, curve.steps.tolist(), curve.losses.tolist(), TRAIN_COLOR),
        Line(validation, [one.step for one in epochs], [one.val_loss for one in epochs], VALIDATION_COLOR, dashed=True),
    ]
    accuracies = [
        Line(training, numbers, [one.train_accuracy for one in epochs], TRAIN_COLOR),
        Line(validation, numbers, [one.val_accuracy for one in epochs], VALIDATION_COLOR, dashed=True),
    ]
    titles = [translate(say("Loss by step")), translate(say("Accuracy by epoch"))]
    return [
        *_section(escape(titles[0]), [line_chart(titles[0], losses, translate(say("step")), translate(say("loss")))]),
        *_section(
            escape(titles[1]),
            [line_chart(titles[1], accuracies, translate(say("epoch")), translate(say("accuracy")), percent=True)],
        ),
    ]


def _diagnosis(findings: Sequence[Finding], translate: Translate) -> list[str]:
    if not findings:
        return [f"<p>{escape(translate(say('Nothing stands out.')))}</p>"]
    return [
        f"<p><b>{escape(translate(Message(finding.title)))}.</b> {escape(translate(finding.evidence))} "
        f"{escape(translate(finding.advice))}</p>"
        for finding in findings
    ]


def _evaluation(found: Evaluation, translate: Translate) -> list[str]:
    heads = [say("class"), say("images"), say("precision"), say("recall"), say("F1")]
    rows = [
        [one.name, str(one.images), *(_percent(share) for share in (one.precision, one.recall, one.f1))]
        for one in results.class_scores(found)
    ]
    parts = [_table([translate(head) for head in heads], rows)]
    if len(found.classes) <= MOST_CLASSES:
        caption = translate(say("Confusion matrix: a row for each true class, a column for each predicted one"))
        parts += [f'<p class="quiet">{escape(caption)}</p>', _matrix(found)]
    return parts


def _matrix(found: Evaluation) -> str:
    counts = results.confusion(found)
    shares = results.rates(counts)
    head = "".join(f"<th>{escape(name)}</th>" for name in found.classes)
    lines = []
    for row, name in enumerate(found.classes):
        cells = "".join(
            f'<td style="background: rgba({_RIGHT if row == column else _WRONG},{0.6 * share:.2f})">{count}</td>'
            for column, (count, share) in enumerate(zip(counts[row], shares[row], strict=True))
        )
        lines.append(f"<tr><th>{escape(name)}</th>{cells}</tr>")
    return f'<table class="matrix"><tr><th></th>{head}</tr>{"".join(lines)}</table>'


def _epochs(epochs: Sequence[EpochRecord], translate: Translate) -> list[str]:
    """All of a short run; of a long one its first, its last, and some between."""
    every = -(-len(epochs) // 30) or 1
    shown = [record for record in epochs if record.epoch % every == 0 or record.epoch in (1, len(epochs))]
    heads = [
        say("epoch"), say("training loss"), say("training accuracy"), say("validation loss"),
        say("validation accuracy"), say("learning rate"),
    ]  # fmt: skip
    rows = [
        [
            f"{one.epoch}{' ★' if one.best and one.val_accuracy == max(e.val_accuracy for e in epochs) else ''}",
            f"{one.train_loss:.4f}", _percent(one.train_accuracy), f"{one.val_loss:.4f}", _percent(one.val_accuracy),
            f"{one.lr:.3g}",
        ]
        for one in shown
    ]  # fmt: skip
    return [_table([translate(head) for head in heads], rows)] if rows else []


def _settings(run: Run, translate: Translate) -> list[str]:
    """What differs from the recipe, and all of it as JSON in `config.json`."""
    config: RunConfig = run.config
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
    return [_table([translate(say("Setting")), translate(say("Value"))], rows, numbers=False)]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = True) -> str:
    """A table whose first column is text; the others are numbers where `numbers`."""
    kinds = ["", *([' class="number"'] if numbers else [""]) * (len(heads) - 1)]
    lines = [
        "".join(f"<{tag}{kind}>{escape(cell)}</{tag}>" for cell, kind in zip(row, kinds, strict=True))
        for tag, row in (("th", heads), *(("td", row) for row in rows))
    ]
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
