"""Networks of all kinds, small and large, to compare what is told of them with what is measured."""

from typing import Any

from core.config import RunConfig, parse

MNIST = {"dataset": "mnist", "mean": [0.13], "std": [0.3]}
CIFAR = {"dataset": "cifar10", "mean": [0.5], "std": [0.25]}
POOL = {"kind": "max_pool2d", "kernel_size": 2}
MEAN = {"kind": "avg_pool2d", "kernel_size": 2}


def conv(channels: int, kernel: int = 3, stride: int = 1, padding: int = 1) -> dict[str, Any]:
    return {
        "kind": "conv2d", "out_channels": channels, "kernel_size": kernel, "stride": stride, "padding": padding
    }  # fmt: skip


def layers(*given: str | int | dict[str, Any], size: int | None = None, **settings: Any) -> RunConfig:
    """Layers of one's own: a name, a number for a linear layer of so many outputs, or all settings.

    Of images of CIFAR-10 at `size` pixels, else of MNIST. The last layer is added.
    """
    stack: list[dict[str, Any]] = []
    for layer in (*given, 10):
        if isinstance(layer, dict):
            stack.append(layer)
        else:
            stack.append({"kind": "linear", "out_features": layer} if isinstance(layer, int) else {"kind": layer})
    data = {**CIFAR, "image_size": size} if size else MNIST
    return parse({"data": data, "model": {"layers": stack}, "device": "cpu", "epochs": 2, **settings})


def backbone(name: str, batch_size: int, trains: str = "all", size: int = 224, **settings: Any) -> RunConfig:
    """One of torchvision's."""
    given: dict[str, Any] = {
        "data": {**CIFAR, "image_size": size}, "model": {"name": name}, "transfer": {"trains": trains}
    }  # fmt: skip
    return parse({**given, "batch_size": batch_size, "device": "cpu", "epochs": 2, **settings})


_NORMAL = (conv(32), "batch_norm", "relu", conv(32), "batch_norm", "relu", POOL, conv(64), "batch_norm", "relu")
NETWORKS = [
    layers("flatten", 4096, "relu", 4096, "relu", optimizer={"name": "adam"}),
    layers("flatten", 8192, "tanh", 2048, "sigmoid", batch_size=512),
    layers("flatten", 4096, "gelu", "dropout", 4096, "batch_norm", "elu", batch_size=1024,
           optimizer={"name": "sgd", "momentum": 0.9}),
    layers("flatten", 16_384, "relu", 1024, "relu", optimizer={"name": "adadelta"}),
    layers("flatten", 100, "relu", 50, "relu", size=256, batch_size=256),
    layers(conv(16), "relu", POOL, conv(32), "relu", POOL, "flatten"),
    layers(*_NORMAL, "flatten"),
    layers(*_NORMAL, "flatten", batch_size=512),
    layers(conv(64), "gelu", conv(64), "silu", conv(64), "mish", MEAN, "flatten", batch_size=128),
    layers(conv(128, 5, 1, 2), "tanh", conv(128, 5, 1, 2), "tanh", POOL, "flatten", batch_size=32,
           optimizer={"name": "rmsprop", "momentum": 0.9}),
    layers(conv(32), "relu", POOL, "flatten", 2048, "relu", "dropout", size=32, batch_size=256),
    layers(conv(64), "relu", conv(64), "relu", POOL, conv(128), "relu", conv(128), "relu", POOL, "flatten", 256, "relu",
           size=32, batch_size=128, optimizer={"name": "adam"}),
    layers(conv(16, 7, 2), "relu", conv(32, 3, 2), "relu", conv(64, 3, 2), "relu", "flatten", size=128),
    layers(conv(24), "leaky_relu", conv(24), "softplus", conv(24), "softsign", "flatten", size=64),
    layers(conv(8), "hardswish", conv(8), "relu6", conv(8), "selu", conv(8), "celu", conv(8), "hardsigmoid", "flatten",
           size=96, batch_size=128),
    layers(conv(32), "prelu", conv(32), "prelu", "flatten", batch_size=256),
    layers(conv(32), "prelu", conv(32), "prelu", "flatten", batch_size=256, probe=True),
    layers(conv(256, 1, 1, 0), "relu", conv(256, 1, 1, 0), "relu", "flatten"),
    layers(conv(64, 3, 2), "relu", conv(64, 3, 2), "relu", "flatten", size=128, batch_size=8),
    backbone("resnet18", 8),
    backbone("resnet18", 64, size=64),
    backbone("resnet34", 16, "head"),
    backbone("resnet34", 4, optimizer={"name": "adam"}),
    backbone("resnet50", 4, "layer4"),
    backbone("alexnet", 8),
    backbone("vgg16", 2),
    backbone("inception_v3", 4, size=299),
    backbone("mobilenet_v3_small", 16),
    backbone("mobilenet_v3_large", 8, "features.16,features.15"),
    backbone("efficientnet_b0", 4),
    backbone("convnext_tiny", 2),
    backbone("squeezenet1_1", 16),
]  # fmt: skip
