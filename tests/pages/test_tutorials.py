"""Every plot, figure, exercise and idea of the tutorials has a place in the app: a row, where to open it, what is seen.

What only a training brings, such as curves and predictions, is tested with runs: here is what stands there before.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.activations.modules import MODULES
from core.recipes import recipes
from tests.pages.opened import open_app, widget, written

TRAIN, ACTIVATIONS, DESCENT = "pages/2_Train.py", "pages/4_Activations.py", "pages/6_Gradient_Descent.py"
CATS = "cats-dogs-transfer"
FASHION, EVERY_STEP, MIXED, CNN = "fashion-mlp", "mnist-mlp", "mnist-mixed-activations", "mnist-cnn-8x8"

# The tutorial's row → page, link, concept to open or "", what must be seen.
ROWS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    # 1 · Fashion-MNIST
    "perceptron, layers, activation explained": (TRAIN, {"recipe": FASHION}, "", "A perceptron is a chain of layers"),
    "ranges of activations": (ACTIVATIONS, {"show": ["Sigmoid", "Tanh"]}, "", "$(-1, 1)$"),
    "Normalize(0.5)": (TRAIN, {"recipe": FASHION}, "", "transforms.Normalize((0.5,), (0.5,))"),
    "class Classifier": (TRAIN, {"recipe": FASHION}, "", "class Network(nn.Module):"),
    "forward": (TRAIN, {"recipe": FASHION}, "", "x = F.log_softmax(x, dim=1)"),
    "784 in, 10 out, why": (TRAIN, {"recipe": FASHION}, "", "784 inputs because a picture has 28×28 pixels"),
    "softmax, log-softmax, exp": (TRAIN, {"recipe": FASHION}, "softmax", "Log-softmax gives the logarithms"),
    "NLLLoss": (TRAIN, {"recipe": FASHION}, "", "nn.NLLLoss()"),
    "Adam 0.003": (TRAIN, {"recipe": FASHION}, "", "torch.optim.Adam(model.parameters(), lr=0.003)"),
    "batch 64": (TRAIN, {"recipe": FASHION}, "", "batch_size=64"),
    "five epochs": (TRAIN, {"recipe": FASHION}, "", "for epoch in range(1, 6):"),
    "an image beside its ten probabilities": (TRAIN, {"recipe": FASHION}, "", "beside each picture stand the ten"),
    "what next": (TRAIN, {"recipe": FASHION}, "", "Next: 2 · The loss at every step"),
    # 2 · the loss of every iteration
    "memory of a batch": (TRAIN, {"recipe": EVERY_STEP}, "batch", "stay in memory: twice the batch"),
    "DataLoader(128)": (TRAIN, {"recipe": EVERY_STEP}, "", "batch_size=128"),
    "784-100-50-10": (TRAIN, {"recipe": EVERY_STEP}, "", "nn.Linear(100, 50)"),
    "picture of ReLU": (ACTIVATIONS, {"show": ["ReLU"]}, "", "\\max(0, x)"),
    "cross-entropy": (TRAIN, {"recipe": EVERY_STEP}, "", "nn.CrossEntropyLoss()"),
    "the steps of the loop": (TRAIN, {"recipe": EVERY_STEP}, "", "optimizer.zero_grad()"),
    "why gradients are zeroed": (TRAIN, {"recipe": EVERY_STEP}, "zeroing", "PyTorch adds each new gradient"),
    "curve of every iteration": (TRAIN, {"recipe": EVERY_STEP}, "", "after every single step"),
    # 3 · another activation in every layer
    "(x − mean) / std": (TRAIN, {"recipe": MIXED}, "", "minus the mean, divided by the standard deviation"),
    "ELU, Tanh, ReLU plots": (ACTIVATIONS, {}, "", "\\begin{cases}"),
    "y = φ(Wx + b)": (TRAIN, {"recipe": MIXED}, "layer", "$y = φ(Wx + b)$"),
    "own activation": (ACTIVATIONS, {"formula": "x * sigmoid(x)"}, "", "Own formula"),
    "784-150-150-150-10": (TRAIN, {"recipe": MIXED}, "", "nn.Linear(784, 150)"),
    "SGD 0.02": (TRAIN, {"recipe": MIXED}, "", "torch.optim.SGD(model.parameters(), lr=0.02)"),
    "momentum, Nesterov": (TRAIN, {"recipe": MIXED, "optimizer.momentum": "0.9"}, "", "momentum=0.9"),
    "133 epochs": (TRAIN, {"recipe": MIXED}, "", "133 of them are 79,800 steps"),
    "published figures": (TRAIN, {"recipe": MIXED}, "", "Your figures stand beside the tutorial's"),
    # 4 · transfer learning
    "convolution, kernel": (TRAIN, {"recipe": CATS}, "convolution", "nine pixels times nine weights"),
    "pooling": (TRAIN, {"recipe": CATS}, "pooling", "64 numbers become 16"),
    "freeze and unfreeze": (TRAIN, {"recipe": CATS}, "", "you can unfreeze chosen parts"),
    "crop, rotation, flip": (TRAIN, {"recipe": CATS}, "", "transforms.RandomRotation(15)"),
    "ResNet-34, new fc": (TRAIN, {"recipe": CATS}, "", "model.fc = nn.Linear(model.fc.in_features, 2)"),
    "SGD 0.001/0.9": (TRAIN, {"recipe": CATS}, "", "lr=0.001, momentum=0.9"),
    "StepLR 7/0.1": (TRAIN, {"recipe": CATS}, "", "StepLR(optimizer, step_size=7, gamma=0.1)"),
    "best weights kept": (TRAIN, {"recipe": CATS}, "", "The weights of the best epoch are kept"),
    "exercises": (TRAIN, {"recipe": CATS}, "", "other learning rates and momenta, and images of more than two"),
    # 5 · from hello world to a convolutional network
    "Linear(1, 1), ten steps": (DESCENT, {}, "", "torch.nn.Linear(1, 1)"),
    "0.33 0.19 0.11 0.07 …": (DESCENT, {}, "", "0.33\n0.19\n0.11\n0.07\n0.04\n0.02\n0.01\n0.01\n0.0\n0.0"),
    "learning rate too large": (DESCENT, {"lr": "0.9"}, "", "The walk diverges"),
    "momentum": (DESCENT, {"momentum": "0.5"}, "", "Momentum keeps"),
    "five steps": (DESCENT, {}, "", "# 5. train"),
    "CNN on 8×8": (TRAIN, {"recipe": CNN}, "", "transforms.Resize((8, 8))"),
    "Adadelta 1.0, batch 512": (TRAIN, {"recipe": CNN}, "", "torch.optim.Adadelta(model.parameters(), lr=1.0)"),
    "first loss 2.31": (TRAIN, {"recipe": CNN}, "", "The loss starts near 2.3"),
    "97 % after 10": (TRAIN, {"recipe": CNN}, "", "after ten epochs 97 %"),
    "evaluation mode": (TRAIN, {"recipe": CNN}, "", "model.eval()"),
    "risks": (TRAIN, {"recipe": CNN}, "limits", "Bias goes unnoticed"),
    # What they claim
    "ReLU is six times faster": (ACTIVATIONS, {}, "", "ReLU is about six times faster"),
    "sigmoid saturates": (ACTIVATIONS, {"show": ["Sigmoid"]}, "", "Sigmoid saturates near its ends"),
}


def seen(app: AppTest) -> Iterator[str]:
    """Text, code and links of a page."""
    yield written(app)
    yield from (str(code.value) for code in app.code)
    yield from (link.proto.label for link in app.get("page_link"))


@pytest.fixture(autouse=True)
def all_is_here(resnet34_is_here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tutorial's own photos and weights are set, so that its recipe is as it was written."""
    monkeypatch.setattr("core.data.builtin.photo_sets.available", lambda _name: True)


@pytest.mark.parametrize(("page", "link", "concept", "expected"), ROWS.values(), ids=ROWS)
def test_each_row_of_the_tutorials_has_a_place(page: str, link: dict[str, Any], concept: str, expected: str) -> None:
    app = open_app(page, "me", **link)
    if concept:
        widget(app.get("button_group"), "How does it work?").set_value(concept).run()
    assert not app.exception
    assert any(expected in text for text in seen(app)), expected


def test_every_recipe_and_all_that_they_name_is_among_the_rows() -> None:
    linked = {link["recipe"] for _page, link, _concept, _expected in ROWS.values() if "recipe" in link}
    assert linked == recipes().keys() - {"digits"}  # our own first look
    named = {concept for one in recipes().values() for concept in one.concepts}
    assert named <= {concept for _page, _link, concept, _expected in ROWS.values()}
    assert {"relu", "tanh", "elu"} <= MODULES.keys()
