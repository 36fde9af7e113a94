"""Images made for tests, as files in memory."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "AVIF")


def scene(width: int = 40, height: int = 30, seed: int = 0) -> Image.Image:
    """A picture without symmetry: soft coloured patches, other ones for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def as_file(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The image as a file's bytes."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def jpeg(seed: int = 0, width: int = 40, height: int = 30) -> bytes:
    """A small photo, another one for each seed."""
    return as_file(scene(width, height, seed), "JPEG", quality=90)


def turned(orientation: int) -> Image.Exif:
    """EXIF data that tells how the camera was held."""
    exif = Image.Exif()
    exif[274] = orientation
    return exif


def huge_png(side: int = 9_000) -> bytes:
    """A small file of `side` × `side` black pixels."""
    return as_file(Image.new("1", (side, side)), "PNG", optimize=True)


def tiled_tiff(tile: int) -> bytes:
    """A TIFF of 20×20 grey pixels that says its one tile has `tile` × `tile`."""
    data = zlib.compress(bytes(min(tile * tile, 10_000)))
    tags = [(256, 20), (257, 20), (258, 8), (259, 8), (262, 1), (277, 1), (322, tile), (323, tile), (324, 200)]
    tags.append((325, len(data)))
    head = struct.pack("<2sHIH", b"II", 42, 8, len(tags))
    listed = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return (head + listed + bytes(4)).ljust(200, b"\0") + data
