"""Imports torchvision, even if it is linked against another torch."""

from importlib import import_module
from types import ModuleType

import torch

_declared: list[torch.library.Library] = []  # keeps the declarations alive


def torchvision() -> ModuleType:
    """The `torchvision` package, with `datasets`, `models` and `transforms` working.

    Torchvision's Linux wheel on PyPI is linked against CUDA. Beside a CPU-only torch its C++ operators don't load, and
    its import fails because it registers a shape rule for two of them. Declaring their signatures first is enough; only
    the operators on boxes, which nothing here uses, stay absent.
    """
    try:
        return import_module("torchvision")
    except RuntimeError as error:
        if _declared or "torchvision::" not in str(error):
            raise
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)
    return import_module("torchvision")
