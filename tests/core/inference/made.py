"""Images from outside for these tests."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


def png(pixels: Pixels) -> bytes:
    """A file of pixels, [height, width] or [height, width, 3], or as data sets have them, [C, height, width]."""
    if pixels.ndim == 3 and pixels.shape[0] in (1, 3):
        pixels = pixels[0] if pixels.shape[0] == 1 else pixels.transpose(1, 2, 0)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    return file.getvalue()


def photo(digit: Pixels, random: np.random.Generator) -> bytes:
    """A digit, light on dark [28, 28], as if photographed.

    Dark ink on light paper, three to five times as large, off-centre, turned a little, one side nearer to the lamp,
    with noise, as a JPEG.
    """
    scale = int(random.integers(84, 140))
    large = Image.fromarray(digit).resize((scale, scale), Image.Resampling.BICUBIC)
    turned = large.rotate(float(random.uniform(-8, 8)), Image.Resampling.BICUBIC)
    ink = np.zeros((240, 300))
    top, left = random.integers(0, 240 - scale), random.integers(0, 300 - scale)
    ink[top : top + scale, left : left + scale] = np.asarray(turned) / 255
    light = np.linspace(0, float(random.uniform(10, 40)), 300)
    paper = 180 + light - 140 * ink + random.normal(0, 7, ink.shape)
    file = io.BytesIO()
    Image.fromarray(np.clip(paper, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=85)
    return file.getvalue()
