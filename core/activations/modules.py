"""Activation functions by name. Menus, recipes and links use the same names."""

from torch import nn

from core.activations.formula import Formula
from core.config import FORMULA, Activation

# One line for each function. Its parameters are in `core.config.ACTIVATIONS`.
MODULES: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "prelu": nn.PReLU,
    "relu6": nn.ReLU6,
    "elu": nn.ELU,
    "celu": nn.CELU,
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "mish": nn.Mish,
    "softplus": nn.Softplus,
    "hardswish": nn.Hardswish,
    "sigmoid": nn.Sigmoid,
    "hardsigmoid": nn.Hardsigmoid,
    "tanh": nn.Tanh,
    "hardtanh": nn.Hardtanh,
    "softsign": nn.Softsign,
    "identity": nn.Identity,
}


def make_activation(spec: Activation) -> nn.Module:
    """The module of one activation layer, on the current default device."""
    if spec.kind == FORMULA:
        return Formula(spec.formula or "")
    return MODULES[spec.kind](**spec.parameters)
