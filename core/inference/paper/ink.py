"""The ink on paper: whatever is narrow and differs from the paper around it."""

import numpy as np
from PIL import Image, ImageFilter

from core.inference.paper.pixels import Grey, Mask, border, values_of

_KERNEL = 0.3  # of the shorter side: lines narrower than this are ink, wider areas are paper or shadow
_FAINT = 0.06  # ink differs from its paper by more
_NOISE = 5.0  # times the paper's own grain
_INK = 0.4  # of the strongest ink
_MOST_INK = 0.5  # share of the paper that ink takes at most
FEWEST = 10  # pixels of a drawing


def is_dark_on_light(values: Grey) -> bool:
    """Whether ink is darker than the paper, which is what lies along the edges."""
    even = values - _slope(values)
    paper = float(np.median(border(even)))
    darkest, lightest = float(even.min()), float(even.max())
    if max(paper - darkest, lightest - paper) < _FAINT:
        return float(np.median(border(values))) > 0.5
    return paper - darkest > lightest - paper


def _slope(values: Grey) -> Grey:
    """How the light falls off across the picture: the plane through all pixels, 0 in the middle."""
    height, width = values.shape
    y, x = (np.linspace(-0.5, 0.5, length, dtype=np.float32) for length in (height, width))
    down = float((values * y[:, None]).mean() / max(float((y**2).mean()), 1e-9))
    across = float((values * x).mean() / max(float((x**2).mean()), 1e-9))
    slope: Grey = down * y[:, None] + across * x
    return slope


def ink_of(values: Grey) -> Mask | None:
    """Which pixels are ink; None where there is none."""
    if min(values.shape) < 3:
        return None
    dark = is_dark_on_light(values)
    drawn = _drawn(1 - values if dark else values)
    if drawn is not None and drawn.mean() > _MOST_INK:  # that is the paper between lines
        drawn = _drawn(values if dark else 1 - values)
    return drawn


def _drawn(light: Grey) -> Mask | None:
    """Which pixels of light ink on dark paper are ink; None where there is none."""
    above = light - _paper(light)
    highest = np.sort(above, axis=None)[-max(FEWEST, above.size // 2_000) :]
    ink = float(np.median(highest))
    grain = 1.4826 * float(np.median(np.abs(above - np.median(above))))
    if ink < max(_FAINT, _NOISE * grain):
        return None
    drawn: Mask = above > max(_INK * ink, 3 * grain)
    return drawn if drawn.sum() >= min(FEWEST, drawn.size // 50) else None


def _paper(light: Grey) -> Grey:
    """The brightness of the paper everywhere: what is left when everything narrow is taken away (an opening)."""
    shorter = min(light.shape)
    factor = max(1, round(shorter / 64))
    small_size = (max(3, light.shape[1] // factor), max(3, light.shape[0] // factor))
    picture = Image.fromarray(np.rint(np.clip(light, 0, 1) * 255).astype(np.uint8))
    small = picture.resize(small_size, Image.Resampling.BOX)
    kernel = 2 * max(1, round(_KERNEL * min(small_size) / 2)) + 1
    padded = Image.fromarray(np.pad(np.asarray(small), kernel, mode="edge"))
    opened = padded.filter(ImageFilter.MinFilter(kernel)).filter(ImageFilter.MaxFilter(kernel))
    opened = opened.crop((kernel, kernel, kernel + small.width, kernel + small.height))
    smooth = opened.resize((light.shape[1], light.shape[0]), Image.Resampling.BILINEAR)
    return values_of(smooth)
