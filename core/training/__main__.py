"""Train a recipe without the app: `python -m core.training --recipe NAME [--set key=value ...]`.

Prints one JSON object a line: one for each epoch, then a summary. The numbers are those of the app.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from core import environment
from core.config import RunConfig, read_setting
from core.data import datasets
from core.errors import ClassroomError
from core.progress import Progress
from core.recipes import configure, recipes
from core.training import transfer
from core.training.check import checked
from core.training.device import choose_device, use_threads
from core.training.loop import Trainer
from core.training.records import EndRecord, EpochRecord


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns its exit code: 0, or 2 for a wrong name or value."""
    environment.set_up_logging()
    options = _parser().parse_args(arguments)
    if options.list:
        print("\n".join(recipes()))
        return 0
    try:
        config = checked(configure(options.recipe, dict(options.set)))
        for line in train(config):
            print(json.dumps(line), flush=True)
    except ClassroomError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def train(config: RunConfig) -> Iterator[dict[str, Any]]:
    """One dictionary for each epoch, then the summary. Raises ClassroomError."""
    _tell(datasets.prepare(config.data))
    _tell(transfer.download_weights(config))
    use_threads(config)
    trainer = Trainer(config, datasets.load(config.data), choose_device(config))
    _tell(trainer.compute_features())
    for record in trainer.records():
        if isinstance(record, EpochRecord):
            yield asdict(record)
        elif isinstance(record, EndRecord):
            yield {
                "reason": record.reason,
                "best_val_accuracy": record.best_val_accuracy,
                "best_epoch": record.best_epoch,
                "epochs": trainer.position.epoch,
                "seconds": record.seconds,
                "images_per_second": trainer.images_seen / record.seconds,
            }


def _tell(preparation: Iterable[Progress]) -> None:
    """Print one line for each stage of a preparation."""
    printed = None
    for progress in preparation:
        if progress.message.template != printed:
            print(progress.message, file=sys.stderr)
            printed = progress.message.template


def _setting(text: str) -> tuple[str, Any]:
    """`read_setting`, raising the error that argparse expects."""
    try:
        return read_setting(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


class _OneLineParser(argparse.ArgumentParser):
    """An ArgumentParser that prints errors in one line, without the usage."""

    def error(self, message: str) -> Any:
        """Print the error and exit with code 2."""
        self.exit(2, f"{message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineParser(prog="python -m core.training", description="Train a recipe without the app.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--recipe", metavar="NAME", help="the recipe to train")
    what.add_argument("--list", action="store_true", help="list all recipes")
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        type=_setting,
        help="change a setting by its dotted path, such as optimizer.lr=0.01; can be repeated",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
