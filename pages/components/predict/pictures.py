"""Pictures of stages, heat maps, channels and filters.

They are uint8 [height, width, 3] unless a docstring gives another shape.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

ORANGE, BLUE = np.array([224, 118, 26]), np.array([47, 111, 222])  # positive, negative


def heated(pixels: Pixels, heat: Floats, size: int, *, smooth: bool) -> Pixels:
    """An image, uint8 [C, H, W], under its heat map, 0..1 [H, W]; the result is `size` pixels high and wide."""
    base = _enlarged(colours(pixels.transpose(1, 2, 0)), size).astype(np.float32)
    filter_ = Image.Resampling.BICUBIC if smooth else Image.Resampling.NEAREST
    weight = np.asarray(Image.fromarray(heat).resize((size, size), filter_)).clip(0, 1)[..., None] * 0.8
    grey = base.mean(-1, keepdims=True) * 0.75 + 30  # grey, because colours would mix with those of the heat map
    blended: Pixels = (grey * (1 - weight) + ORANGE * weight).clip(0, 255).astype(np.uint8)
    return blended


def mosaic(values: Floats) -> Pixels:
    """Channels [C, H, W] side by side, or features [F] in rows; black is the smallest value, white the largest."""
    low, high = float(values.min()), float(values.max())
    grey = ((values - low) / max(high - low, 1e-9) * 255).astype(np.uint8)
    if grey.ndim == 1:
        columns = min(64, len(grey))
        rows = -(-len(grey) // columns)
        padded = np.zeros(rows * columns, np.uint8)
        padded[: len(grey)] = grey
        return _spaced(padded.reshape(-1, 1, 1), columns, 10)
    return _spaced(grey, 12, max(1, 54 // grey.shape[-1]))


def _spaced(tiles: Pixels, columns: int, scale: int) -> Pixels:
    """Tiles [N, H, W] in rows with grey gaps, each pixel `scale` times as large."""
    tiles = np.repeat(np.repeat(tiles, scale, 1), scale, 2)[..., None].repeat(3, -1)
    return _arranged(tiles, columns)


def _arranged(tiles: Pixels, columns: int) -> Pixels:
    count, height, width, _colours = tiles.shape
    gap = 2
    columns = min(columns, count)
    rows = -(-count // columns)
    whole = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 128, np.uint8)
    for place, tile in enumerate(tiles):
        top, left = (place // columns) * (height + gap), (place % columns) * (width + gap)
        whole[top : top + height, left : left + width] = tile
    return whole


def filters(weights: Floats) -> Pixels:
    """Filters [N, C, H, W]: three channels as colours, one channel in orange (positive) and blue (negative)."""
    scale = max(1, 54 // weights.shape[-1])
    if weights.shape[1] == 3:
        low = weights.min((1, 2, 3), keepdims=True)
        span = np.maximum(weights.max((1, 2, 3), keepdims=True) - low, 1e-9)
        tiles = ((weights - low) / span * 255).astype(np.uint8).transpose(0, 2, 3, 1)
    else:
        share = weights[:, 0] / np.maximum(np.abs(weights[:, 0]).max((1, 2), keepdims=True), 1e-9)
        strength = np.abs(share)[..., None]
        colour = np.where(share[..., None] > 0, ORANGE, BLUE)
        tiles = (255 * (1 - strength) + colour * strength).astype(np.uint8)
    return _arranged(np.repeat(np.repeat(tiles, scale, 1), scale, 2), 12)


def boxed(image: Image.Image, boxes: Sequence[tuple[int, int, int, int]]) -> Image.Image:
    """The image with a numbered frame around each box (left, top, right, bottom)."""
    shown = image.convert("RGB")
    pen = ImageDraw.Draw(shown)
    width = max(1, max(shown.size) // 200)
    size = max(10, max(shown.size) // 20)
    for number, (left, top, right, bottom) in enumerate(boxes, 1):
        frame = (left - 2 * width, top - 2 * width, right + 2 * width, bottom + 2 * width)
        pen.rectangle(frame, outline=tuple(BLUE.tolist()), width=width)
        place = (frame[0], max(0, frame[1] - size - width))
        pen.text(place, str(number), fill=tuple(BLUE.tolist()), font=ImageFont.load_default(size))
    return shown


def colours(pixels: Pixels) -> Pixels:
    """A grey or colour image as [height, width, 3]."""
    if pixels.ndim == 2 or pixels.shape[-1] == 1:
        return np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=-1)
    return pixels


def _enlarged(pixels: Pixels, size: int) -> Pixels:
    """Small images keep sharp, square pixels, which a browser would blur; large ones are scaled down."""
    smaller = min(pixels.shape[:2]) < size // 2
    resampling = Image.Resampling.NEAREST if smaller else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(pixels).resize((size, size), resampling))


def framed(pixels: Pixels, size: int) -> Pixels:
    """A picture of any shape, centred in a grey square, uint8 [3, size, size]."""
    height, width = pixels.shape[:2]
    scale = size / max(height, width)
    resampling = Image.Resampling.NEAREST if scale > 2 else Image.Resampling.BILINEAR
    inner = Image.fromarray(pixels).resize((max(1, round(width * scale)), max(1, round(height * scale))), resampling)
    frame = Image.new("RGB", (size, size), (128, 128, 128))
    frame.paste(inner, ((size - inner.width) // 2, (size - inner.height) // 2))
    return np.asarray(frame).transpose(2, 0, 1)
