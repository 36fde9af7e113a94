"""The report: whole, safe, and small."""

import re
from dataclasses import replace

import numpy as np
import pytest

from core.handin.report import report
from core.handin.snapshot import Snapshot
from core.handin.svg import Line, line_chart
from core.messages import Message

pytestmark = pytest.mark.usefixtures("shared_folders")  # and so one trained run for all


def test_a_report_needs_nothing_from_outside_and_runs_nothing(snapshot: Snapshot) -> None:
    hostile = "<script>alert(1)</script>"
    assert snapshot.evaluation
    classes = ('"><img src=x onerror=alert(1)>', *snapshot.evaluation.classes[1:])
    page = report(
        replace(
            snapshot,
            run=replace(snapshot.run, name=hostile, remark="{{ 7 * 7 }}<img src=x>"),
            evaluation=replace(snapshot.evaluation, classes=classes),
        ),
        environment="</pre>" + hostile,
        translate=lambda message: f"{message}<script>",
        language='"><script>',
    )
    assert "<script" not in page
    assert "<img" not in page
    assert "{{ 7 * 7 }}" in page
    assert page.count("</pre>") == 1
    assert not re.findall(r'(?:src|href)="', page)


def test_a_report_shows_curves_scores_and_epochs(snapshot: Snapshot) -> None:
    page = report(snapshot, "torch 2")
    assert page.count("<svg") == 2
    assert page.count("<polyline") == 4
    assert 'class="matrix"' in page
    assert "<pre>torch 2</pre>" in page
    assert snapshot.evaluation
    counts = [int(count) for count in re.findall(r'<td style="background[^>]*>(\d+)</td>', page)]
    assert sum(counts) == len(snapshot.evaluation.labels)
    rows = re.findall(r"<tr><td>(\d+)(?: ★)?</td>" + r'<td class="number">([^<]*)</td>' * 5 + "</tr>", page)
    shown = [row for row in rows if re.fullmatch(r"\d\.\d{4}", row[1])]
    assert [(row[0], row[1], row[3]) for row in shown] == [
        (str(one.epoch), f"{one.train_loss:.4f}", f"{one.val_loss:.4f}") for one in snapshot.epochs
    ]
    assert len(page) < 100_000


def test_a_report_of_many_classes_leaves_the_matrix_out(snapshot: Snapshot) -> None:
    assert snapshot.evaluation
    many = replace(snapshot.evaluation, classes=tuple(f"class {number}" for number in range(30)))
    page = report(replace(snapshot, evaluation=many), "")
    assert "class 29" in page
    assert 'class="matrix"' not in page


def test_a_report_speaks_the_reader_s_language(snapshot: Snapshot) -> None:
    def foreign(message: Message) -> str:
        return f"⟦{message}⟧"

    page = report(snapshot, "", foreign, "de")
    assert '<html lang="de">' in page
    assert "<h2>⟦Diagnosis⟧</h2>" in page
    assert "⟦Loss by step⟧" in page
    texts = re.findall(r">\s*([^<>\s][^<>]*)<", page[page.index("</h1>") :].replace(snapshot.run.name, ""))
    words = [text for text in texts if re.search(r"[A-Za-z]{3}", text) and "⟦" not in text]
    # Of the table of settings, what stands in `config.json` too.
    layers = "flatten → linear → relu → linear → relu → linear"
    assert {word.strip() for word in words} == {"digits", layers, "adam, 0.001", "epochs"}


def test_a_report_before_the_first_step_has_no_empty_chart(snapshot: Snapshot) -> None:
    early = replace(snapshot, epochs=(), losses=np.empty(0, dtype=np.float32), evaluation=None, weights=None)
    page = report(early, "")
    assert "<svg" not in page
    assert "Loss by step" not in page
    assert "Each point is the loss of one batch" in page


def test_a_loss_that_is_not_a_number_is_shown_as_a_dash(snapshot: Snapshot) -> None:
    lost = replace(snapshot.epochs[-1], val_loss=float("nan"), best=False)
    page = report(replace(snapshot, epochs=(*snapshot.epochs[:-1], lost)), "")
    assert '<td class="number">–</td>' in page


def test_a_chart_without_a_finite_point_is_empty() -> None:
    assert line_chart("empty", [Line("none", [1.0], [float("nan")], "#000000")], "x", "y") == ""


def test_a_long_run_has_a_small_report(snapshot: Snapshot) -> None:
    steps, epochs = 100_000, 1_000
    losses = np.linspace(2, 1, steps, dtype=np.float32)
    records = tuple(
        replace(snapshot.epochs[0], epoch=number, step=number * steps // epochs) for number in range(1, epochs + 1)
    )
    run = replace(snapshot.run, step=steps, total_steps=steps)
    page = report(replace(snapshot, run=run, losses=losses, epochs=records), "")
    assert len(page) < 150_000
    assert len(re.findall(r"<tr><td>\d+ ?★?</td>", page)) < 50
