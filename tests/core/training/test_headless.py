"""The command without the app: one JSON object a line."""

import json

import pytest

from core.recipes import recipes
from core.training.__main__ import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, float]], str]:
    code = main(arguments)
    captured = capsys.readouterr()
    return code, [json.loads(line) for line in captured.out.splitlines()], captured.err


def test_it_prints_a_line_for_each_epoch_and_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines, _ = run(capsys, "--recipe", "digits", "--set", "epochs=2", "--set", "optimizer.lr=0.002")
    assert code == 0
    assert [line["epoch"] for line in lines[:-1]] == [1, 2]
    assert lines[0]["lr"] == 0.002
    assert {"best_val_accuracy", "epochs", "seconds", "images_per_second"} <= lines[-1].keys()
    assert lines[-1]["epochs"] == 2


def test_it_lists_the_recipes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert capsys.readouterr().out.split() == list(recipes())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--recipe", "nothing"],
        ["--recipe", "digits", "--set", "epochs=none"],
        ["--recipe", "digits", "--set", "optimizer.speed=1"],
        ["--recipe", "digits", "--set", "loss=nll"],
        ["--recipe", "digits", "--set", "device=cuda"],
        ["--recipe", "digits", "--set", "epochs"],
        ["--recipe"],
        [],
    ],
)
def test_a_wrong_name_or_value_is_one_line_on_stderr_and_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    captured = capsys.readouterr()
    assert code == 2
    assert captured.out == ""
    assert len(captured.err.strip().splitlines()) == 1, captured.err
