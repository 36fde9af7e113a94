"""Images from outside for these tests."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

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


def glyph(name: str, size: int = 64) -> Pixels:
    """A digit-like shape of strokes, light on dark: "one", "seven", "zero", "four", "three" or "five"."""
    strokes: dict[str, list[list[tuple[float, float]]]] = {
        "one": [[(0.5, 0), (0.5, 1)]],
        "seven": [[(0.1, 0), (0.9, 0), (0.4, 1)]],
        "four": [[(0.6, 1), (0.6, 0), (0.1, 0.65), (0.95, 0.65)]],
        "three": [[(0.1, 0), (0.9, 0), (0.45, 0.4), (0.9, 0.75), (0.5, 1), (0.1, 0.9)]],
        "five": [[(0.9, 0), (0.2, 0.03)], [(0.2, 0.12), (0.15, 0.45), (0.8, 0.5), (0.8, 0.9), (0.1, 1)]],
        "zero": [[(0.5, 0), (0.85, 0.3), (0.85, 0.7), (0.5, 1), (0.15, 0.7), (0.15, 0.3), (0.5, 0)]],
    }
    image = Image.new("L", (4 * size, 4 * size))
    pen = ImageDraw.Draw(image)
    for points in strokes[name]:
        placed = [(4 * size * (0.15 + 0.7 * x), 4 * size * (0.1 + 0.8 * y)) for x, y in points]
        pen.line(placed, fill=255, width=round(0.36 * size), joint="curve")
    return np.asarray(image.resize((size, size), Image.Resampling.BOX))


def sheet(digits: list[Pixels], random: np.random.Generator, *, desk: bool = True) -> Image.Image:
    """A photo of a sheet of paper with digits on it in one line, from the left.

    Each digit is light on dark, [H, W]. The paper has lines or squares or is plain, lies tilted and in perspective on
    a desk (unless `desk` is False), with the edge of a shadow across it, and the camera's grain.
    """
    height, width = 640, 900
    paper = np.full((height, width), float(random.uniform(200, 250)))
    kind = random.integers(3)
    for place in range(30, width, 40):
        if kind > 0 and place < height:
            paper[place] -= 18
        if kind == 2:
            paper[:, place] -= 18
    ink = float(random.uniform(20, 90))
    each = (width - 160) // len(digits)
    for number, digit in enumerate(digits):
        side = int(random.integers(90, max(91, min(260, each - 20))))
        large = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC), float) / 255
        left = 80 + number * each + int(random.integers(0, max(1, each - side)))
        top = int(random.integers(200, 240))
        part = paper[top : top + side, left : left + side]
        part[:] = part * (1 - large) + ink * large
    if desk:
        paper = _on_a_desk(paper, random)
    y, x = np.mgrid[0:height, 0:width]
    angle = random.uniform(0, np.pi)
    across = x * np.cos(angle) + y * np.sin(angle)
    edge = float(np.quantile(across, random.uniform(0.2, 0.8)))
    shade = 1 - random.uniform(0, 0.3) / (1 + np.exp(-(across - edge) / 12))
    light = 1 + 0.15 * random.uniform(-1, 1) * (x / width - 0.5)
    shown = paper * shade * light + random.normal(0, random.uniform(1, 5), paper.shape)
    file = io.BytesIO()
    Image.fromarray(np.clip(shown, 0, 255).astype(np.uint8)).convert("RGB").save(file, "JPEG", quality=85)
    return Image.open(file).convert("RGB")


def _on_a_desk(paper: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """The sheet seen in perspective, on something darker."""
    height, width = paper.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], float)
    middle = corners.mean(0)
    turn = random.uniform(-0.12, 0.12)
    turned = (corners - middle) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    seen = middle + turned * random.uniform(0.72, 0.85) + random.uniform(-25, 25, (4, 2))
    rows = []
    for (x, y), (u, v) in zip(seen, corners, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    numbers = np.linalg.solve(np.array(rows), corners.ravel())
    desk = float(random.uniform(30, 110))
    size, way = (width, height), Image.Transform.PERSPECTIVE
    flat = Image.fromarray(paper.astype(np.float32))
    shown = np.asarray(flat.transform(size, way, numbers.tolist(), Image.Resampling.BILINEAR), float)
    covered = np.asarray(
        Image.new("F", size, 1).transform(size, way, numbers.tolist(), Image.Resampling.BILINEAR), float
    )
    return np.where(covered > 0.5, shown, desk + random.normal(0, 4, paper.shape))
