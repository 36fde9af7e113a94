"""Decodes images of visitors.

Files aren't trusted: the format is read from the bytes, not from the name; the size is checked before any pixel is
decoded; and every error becomes a `DataError`.
"""

import io
import struct
import zlib
from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from PIL import Image, TiffImagePlugin, features

from core.data.own.signatures import other_format
from core.errors import DataError
from core.messages import say

_AVIF = features.check("avif")  # not in every build of Pillow
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", *(("AVIF",) if _AVIF else ()))
ALLOWED = "JPEG, PNG, WebP, BMP, GIF, TIFF, PPM" + (", AVIF" if _AVIF else "")  # as people know them
EXTENSIONS = frozenset(
    ".jpg .jpeg .jpe .jfif .pjpeg .png .apng .webp .bmp .dib .gif .tif .tiff .ppm .pgm .pbm .pnm".split()  # noqa: SIM905
) | ({".avif"} if _AVIF else set())
MAX_PIXELS = 25_000_000
MAX_BYTES = 64 * 2**20  # of one file; 25 megapixels without compression are 75 MB, but nobody sends those
MAX_SCANS = 200  # of a progressive JPEG: photos have about ten, each costs as much time as the whole image
_CAMERA_BITS = 14
_LIGHT = 200  # of 255: what is lighter can't be seen on white
LONGEST = 4  # the longer side is at most so many times the shorter one

# The errors that Pillow and zipfile raise for broken files: OSError, SyntaxError, and whatever Python raises for an
# unexpected number or tag. Only calls of these libraries are guarded by it, so that bugs of the app stay visible.
MALFORMED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    RuntimeError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
    Warning,  # if Python runs with warnings as errors
)

_TILE_WIDTH, _TILE_HEIGHT, _ORIENTATION = 322, 323, 274
# EXIF's orientation → what turns the stored image upright (EXIF 2.32, tag 274).
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Trait(IntFlag):
    """Unusual properties of a file, which were normalised."""

    ROTATED = 1  # turned or mirrored as its EXIF orientation says
    GREY = 2  # red, green and blue are the same everywhere
    TRANSPARENT = 4  # put on white, or on black where it is all light itself
    CMYK = 8  # printing colours
    DEEP = 16  # more than 8 bits a colour
    ANIMATED = 32  # only the first frame is used


@dataclass(frozen=True)
class Decoded:
    """An upright 8-bit RGB image, and properties of its file."""

    image: Image.Image
    format: str  # one of FORMATS
    width: int  # in pixels, upright, before any scaling
    height: int
    traits: Trait


def decode(data: bytes, side: int | None = None) -> Decoded:
    """Decode an image: upright RGB, first frame, on white (white drawings on black).

    With `side`, the image is scaled down until its shorter side has this many pixels. Smaller images aren't changed.
    If it is more than four times as long as wide, only its middle is kept.

    Raises:
        DataError: the file isn't an image of the allowed formats, is damaged, or is too large.
    """
    image = _opened(data)
    width, height, kind = image.width, image.height, _kind(image)
    turned_by_pillow = image.format == "TIFF"
    orientation = _orientation(image) if turned_by_pillow else 1
    try:
        if side is not None and kind == "JPEG":
            # JPEG can be decoded faster at 1/2, 1/4 or 1/8 of its size. Decode at twice the wanted size for smoothing.
            scale = min(1.0, 2 * side / min(width, height))
            image.draft(None, (max(1, int(width * scale)), max(1, int(height * scale))))
        image.load()
        traits = _traits(image)
        rgb, transparent = _rgb(image)
    except MALFORMED as error:
        raise DataError(_DAMAGED) from error
    if not turned_by_pillow:
        orientation = _orientation(image)
        if orientation >= 5:
            width, height = height, width
    rgb = _scaled(rgb, side)
    if orientation in _UPRIGHT:
        traits |= Trait.ROTATED
        rgb = rgb if turned_by_pillow else rgb.transpose(_UPRIGHT[orientation])
    if transparent:
        traits |= Trait.TRANSPARENT
    if _is_grey(rgb):
        traits |= Trait.GREY
    return Decoded(rgb, kind, width, height, traits)


_DAMAGED = say("The image is damaged or incomplete. Save or copy it again, or leave it out.")
_TOO_LARGE = say("The image has more than 25 million pixels. Make it smaller and try again.")
_OVERLOADING = say("The image would overload the server. Save it again with another program.")


def _opened(data: bytes) -> Image.Image:
    """Read and check the header, without decoding pixels."""
    if not data:
        raise DataError(say("The file is empty. Choose another, or copy it again."))
    if len(data) > MAX_BYTES:
        limit = MAX_BYTES // 2**20
        raise DataError(say("The file is larger than {limit} MB. Make the image smaller.", limit=limit))
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        tile = _tile(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DataError(_TOO_LARGE) from None
    except MALFORMED as error:
        unknown = say("This image can't be read. These formats are allowed: {formats}.", formats=ALLOWED)
        raise DataError(other_format(data) or unknown) from error
    if image.width * image.height > MAX_PIXELS:
        raise DataError(_TOO_LARGE)
    if tile > MAX_PIXELS or (_kind(image) == "JPEG" and data.count(b"\xff\xda") > MAX_SCANS):
        raise DataError(_OVERLOADING)
    return image


def _kind(image: Image.Image) -> str:
    """The format. MPO (a JPEG with more than one picture, written by phones) counts as JPEG."""
    return "JPEG" if image.format == "MPO" else str(image.format)


def _tile(image: Image.Image) -> int:
    """Pixels of one tile. A TIFF of 20×20 pixels may claim tiles of 40,000×40,000 pixels, which are decoded whole."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return 0
    return int(image.tag_v2.get(_TILE_WIDTH, 0)) * int(image.tag_v2.get(_TILE_HEIGHT, 0))


def _orientation(image: Image.Image) -> int:
    """EXIF's orientation, 1 (upright) to 8. Broken EXIF data counts as 1."""
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except MALFORMED:
        return 1
    return orientation if isinstance(orientation, int) else 1


def _traits(image: Image.Image) -> Trait:
    """The traits that the loaded image shows."""
    traits = Trait(0)
    if image.mode == "CMYK":
        traits |= Trait.CMYK
    if _is_deep(image):
        traits |= Trait.DEEP
    try:
        if getattr(image, "is_animated", False) and image.format != "MPO":
            traits |= Trait.ANIMATED
    except MALFORMED:
        pass  # a later frame is broken, and only the first is used
    return traits


def _is_deep(image: Image.Image) -> bool:
    return image.mode in ("I", "F") or image.mode.startswith("I;")


def _rgb(image: Image.Image) -> tuple[Image.Image, bool]:
    """The image as 8-bit RGB on white (white drawings on black), and whether it has transparent parts."""
    if _is_deep(image):
        return _eight_bits(image).convert("RGB"), False
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        lowest = alpha.getextrema()[0]
        if lowest < 255:  # type: ignore[operator]  # one band has one pair of numbers
            whole = Image.new("RGB", image.size, "black" if _is_light(image, alpha) else "white")
            whole.paste(image, mask=alpha)
            return whole, True
    return image.convert("RGB"), False


def _is_light(image: Image.Image, alpha: Image.Image) -> bool:
    """Whether what can be seen is so light all over that on white nothing would be left of it."""
    seen = np.asarray(alpha) > 127
    return bool(seen.any()) and float(np.asarray(image.convert("L"))[seen].min()) > _LIGHT


def _eight_bits(image: Image.Image) -> Image.Image:
    """Convert grey values of 16 or 32 bits or floating point to 8 bits. Pillow would only clip them at 255."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    low, high = float(values.min()), float(values.max())
    if low >= 0 and (image.mode.startswith("I;") or (image.mode == "I" and 255 < high <= 65_535)):
        low, high = 0.0, _full_scale(high)
    elif image.mode == "F" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    scaled = (values - low) * (255 / max(high - low, 1e-12))
    return Image.fromarray(np.clip(np.rint(scaled), 0, 255).astype(np.uint8))


def _full_scale(highest: float) -> float:
    """White in an image of 16 bits, of which cameras and microscopes use 10, 12 or 14: as they are, all is black."""
    bits = max(8, int(highest).bit_length())
    return float(2**bits - 1 if bits <= _CAMERA_BITS else 65_535)


def _scaled(image: Image.Image, side: int | None) -> Image.Image:
    """Scale the shorter side down to `side` and crop the longer one to its middle."""
    if side is None:
        return image
    width, height = image.size
    shorter = min(width, height)
    across, down = min(width, LONGEST * shorter), min(height, LONGEST * shorter)
    left, top = (width - across) // 2, (height - down) // 2
    box = (left, top, left + across, top + down)
    if shorter <= side:
        return image if box == (0, 0, width, height) else image.crop(box)
    size = (round(across * side / shorter), round(down * side / shorter))
    return image.resize(size, Image.Resampling.BILINEAR, box=box)


def _is_grey(image: Image.Image) -> bool:
    red, green, blue = (band.tobytes() for band in image.split())
    return red == green == blue
