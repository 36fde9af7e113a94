"""The other sides of a comparison, each in a process of its own.

The tutorial has the environment of whoever runs it, as a student's script has; the bare loop what the app's training
processes have.

python -m tests.benchmarks.alone tutorial|bare RECIPE FOLDER
"""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import torch

from core.config import RunConfig
from core.data import datasets
from core.export import five_steps
from core.models import network
from core.recipes import configure
from core.runs.queue import TUNED
from core.torchvision_compat import torchvision
from core.training.device import arrange, use_threads
from core.training.losses import LOSSES
from core.training.optim import make_optimizer

ROOT = Path(__file__).parents[2]
EPOCHS = 5  # of which the first, which warms up, isn't counted


def measured(what: str, recipe: str, folder: Path) -> tuple[float, float]:
    """Seconds of an epoch and validation accuracy after the first one."""
    command = [sys.executable, "-m", "tests.benchmarks.alone", what, recipe, str(folder)]
    env = os.environ if what == "tutorial" else TUNED | os.environ
    output = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout
    seconds, accuracy = json.loads(output.splitlines()[-1])
    return seconds, accuracy


def tutorial(config: RunConfig, folder: Path) -> tuple[float, float]:
    """Seconds and validation accuracy of one epoch with DataLoader and transforms image by image."""
    *setup, training = five_steps(config.model_copy(update={"epochs": 1}))
    names: dict[str, object] = {}
    with contextlib.chdir(folder):
        for step in setup:
            exec(step.code.replace("download=True", "download=False"), names)
    output = io.StringIO()
    began = time.perf_counter()
    with contextlib.redirect_stdout(output):
        exec(training.code, names)
    seconds = time.perf_counter() - began
    return seconds, float(re.findall(r"accuracy ([\d.]+)", output.getvalue())[-1])


def bare(config: RunConfig) -> tuple[float, float]:
    """The same from tensors in memory, with nothing around it: the fastest epoch, accuracy after the first."""
    data = datasets.load(config.data)
    torch.manual_seed(config.seed)
    model = network.build(config, 10)
    arrange(model, config, torch.device("cpu"))
    criterion, optimizer = LOSSES[config.loss], make_optimizer(config, model.parameters())
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (config.data.mean, config.data.std))
    times, accuracies = [], []
    for _ in range(EPOCHS):
        began = time.perf_counter()
        model.train()
        total = hits = 0.0
        for chosen in torch.randperm(len(data.train)).split(config.batch_size):
            images = data.train.at(chosen).float().div_(255).sub_(mean).div_(std)
            labels = data.train.labels[chosen]
            optimizer.zero_grad()
            outputs = model(images)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            hits += (outputs.argmax(1) == labels).sum().item()
        model.eval()
        right = 0
        with torch.no_grad():
            for images, labels in zip(
                data.validation.at(slice(None)).split(1_000), data.validation.labels.split(1_000), strict=True
            ):
                outputs = model(images.float().div_(255).sub_(mean).div_(std))
                criterion(outputs, labels).item()
                right += int((outputs.argmax(1) == labels).sum())
        times.append(time.perf_counter() - began)
        accuracies.append(right / len(data.validation))
    return min(times[1:]), accuracies[0]


if __name__ == "__main__":
    what, recipe, folder = sys.argv[1:]
    config = configure(recipe, {})
    torchvision()  # works beside any torch from then on
    use_threads(config)
    print(json.dumps(tutorial(config, Path(folder)) if what == "tutorial" else bare(config)))
