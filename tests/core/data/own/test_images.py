import io
import random
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.data.own import images
from core.data.own.images import Decoded, Trait, decode
from core.errors import DataError
from tests.core.data.own.pictures import FORMATS, as_file, huge_png, jpeg, scene, tiled_tiff, turned


def sentence(data: bytes) -> str:
    with pytest.raises(DataError) as caught:
        decode(data)
    return str(caught.value)


def distance(one: Image.Image, other: Image.Image) -> float:
    """Mean difference in levels of 0 to 255."""
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())


# --- what is accepted ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_picture(kind: str) -> None:
    decoded = decode(as_file(scene(), kind))
    assert (decoded.format, decoded.image.mode, decoded.image.size) == (kind, "RGB", (40, 30))
    assert distance(decoded.image, scene()) < 6  # GIF has 256 colours, JPEG and WebP are lossy
    assert decoded.traits == Trait(0)


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_camera_bits_in_16_are_not_nearly_black(bits: int) -> None:
    ramp = np.linspace(0, 2**bits - 1, 1_200).reshape(30, 40).astype(np.uint16)
    shown = np.asarray(decode(as_file(Image.fromarray(ramp))).image)
    assert shown.max() == 255
    assert shown.mean() == pytest.approx(127, abs=3)


def test_pictures_as_traffic_signs_are_published() -> None:
    assert decode(b"P6 2 1 255 " + bytes([255, 0, 0, 0, 0, 255])).image.getpixel((1, 0)) == (0, 0, 255)
    assert decode(b"P5 2 1 255 " + bytes([9, 200])).image.getpixel((1, 0)) == (200, 200, 200)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "a video"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"\xef\xbb\xbf <?xml version='1.0'?>\n<svg xmlns=''></svg>", "SVG"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", "a zip archive"),
        (b"8BPS\0\1", "Photoshop"),
        (b"\x00\x00\x00\x0cJXL \r\n", "JPEG XL"),
    ],
)
def test_a_file_of_another_format_is_named_as_what_it_is(data: bytes, kind: str) -> None:
    assert sentence(data).startswith(f"The file is {kind} and can't be read. ")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_is_upright_whatever_way_the_camera_was_held(orientation: int, kind: str) -> None:
    undo = {5: 5, 6: 8, 7: 7, 8: 6}.get(orientation, orientation)
    held = scene().transpose(images._UPRIGHT[undo]) if undo > 1 else scene()
    decoded = decode(as_file(held, kind, exif=turned(orientation)))
    assert distance(decoded.image, scene()) < 6
    assert (decoded.width, decoded.height) == (40, 30)
    assert (Trait.ROTATED in decoded.traits) == (orientation > 1)


def test_transparency_is_put_on_white() -> None:
    picture = scene().convert("RGBA")
    picture.paste((255, 0, 0, 0), (0, 0, 20, 30))
    decoded = decode(as_file(picture))
    assert decoded.image.getpixel((5, 5)) == (255, 255, 255)
    assert decoded.image.getpixel((35, 5)) == scene().getpixel((35, 5))
    assert Trait.TRANSPARENT in decoded.traits
    assert Trait.TRANSPARENT not in decode(as_file(scene().convert("RGBA"))).traits


def test_white_on_transparent_can_be_seen() -> None:
    picture = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    picture.paste((255, 255, 255, 255), (10, 10, 20, 20))
    shown = decode(as_file(picture)).image
    assert shown.getpixel((15, 15)) == (255, 255, 255)
    assert shown.getpixel((1, 1)) == (0, 0, 0)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_transparent_palette_colour_is_put_on_white(kind: str) -> None:
    picture = Image.new("P", (4, 4), 0)
    picture.putpalette([10, 20, 30, 200, 0, 0])
    picture.putpixel((0, 0), 1)
    decoded = decode(as_file(picture, kind, transparency=0))
    assert decoded.image.getpixel((3, 3)) == (255, 255, 255)
    assert decoded.image.getpixel((0, 0)) == (200, 0, 0)


def test_printing_colours_become_screen_colours() -> None:
    decoded = decode(as_file(scene().convert("CMYK"), "JPEG", quality=95))
    assert Trait.CMYK in decoded.traits
    assert distance(decoded.image, scene()) < 12


@pytest.mark.parametrize(
    ("kind", "dtype", "top"), [("PNG", "uint16", 65_535), ("TIFF", "int32", 65_535), ("TIFF", "float32", 1)]
)
def test_deep_grey_keeps_its_shades(kind: str, dtype: str, top: float) -> None:
    ramp = (np.linspace(0, top, 256).reshape(16, 16)).astype(dtype)
    decoded = decode(as_file(Image.fromarray(ramp), kind))
    assert Trait.DEEP | Trait.GREY in decoded.traits
    values = np.asarray(decoded.image)[..., 0].ravel().astype(int)
    assert values[0] == 0
    assert values[-1] == 255
    assert np.abs(values - np.arange(256)).max() <= 1


def test_grey_is_noticed_in_a_coloured_file() -> None:
    assert Trait.GREY in decode(as_file(scene().convert("L").convert("RGB"))).traits
    assert Trait.GREY in decode(as_file(scene().convert("1"))).traits


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_a_moving_picture_the_first_frame_is_used(kind: str) -> None:
    frames = {"save_all": True, "append_images": [scene(seed=7), scene(seed=8)]}
    decoded = decode(as_file(scene(), kind, **frames))
    assert Trait.ANIMATED in decoded.traits
    assert distance(decoded.image, scene()) < 6


def test_one_pixel_is_an_image() -> None:
    decoded = decode(as_file(Image.new("RGB", (1, 1), "red")), side=256)
    assert decoded.image.size == (1, 1)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_broken_notes_of_the_camera_do_not_spoil_the_image() -> None:
    decoded = decode(as_file(scene(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12"))
    assert decoded.image.size == (40, 30)
    assert decoded.traits == Trait(0)


# --- scaling ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "expected"), [((400, 300), (85, 64)), ((300, 400), (64, 85)), ((50, 60), (50, 60))])
def test_the_shorter_side_is_scaled_down_and_never_up(size: tuple[int, int], expected: tuple[int, int]) -> None:
    decoded = decode(as_file(scene(*size)), side=64)
    assert decoded.image.size == expected
    assert (decoded.width, decoded.height) == size


def test_a_large_photo_scaled_while_it_is_decoded_looks_the_same() -> None:
    photo = scene(1_600, 1_200)
    scaled = decode(as_file(photo, "JPEG", quality=95), side=100).image
    assert scaled.size == (133, 100)
    assert distance(scaled, photo.resize((133, 100), Image.Resampling.BILINEAR)) < 2


def test_a_long_strip_is_cut_to_its_middle() -> None:
    strip = Image.new("RGB", (1_000, 10), "red")
    strip.paste("blue", (480, 0, 520, 10))
    decoded = decode(as_file(strip), side=64)
    assert decoded.image.size == (40, 10)
    assert set(decoded.image.get_flattened_data()) == {(0, 0, 255)}


# --- what is refused ----------------------------------------------------------------------------------------------


def test_an_empty_file_is_refused() -> None:
    assert sentence(b"") == "The file is empty. Choose another, or copy it again."


@pytest.mark.parametrize(
    "data",
    [b"Dear diary, today", bytes(100)],
    ids=["text", "zeros"],
)
def test_what_is_no_image_is_refused_whatever_its_name(data: bytes) -> None:
    assert sentence(data).startswith("This image can't be read.")


def test_other_formats_of_the_library_are_not_opened() -> None:
    assert sentence(as_file(scene(), "TGA")).startswith("This image can't be read")
    assert sentence(as_file(scene(), "ICO")).startswith("The file is an icon")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "TIFF"])
def test_a_file_that_breaks_off_is_refused(kind: str) -> None:
    data = as_file(scene(300, 200), kind)
    assert sentence(data[: len(data) // 2]).startswith(("The image is damaged", "This image can't be read"))


def test_a_photo_that_breaks_off_is_called_damaged() -> None:
    assert sentence(jpeg()[:-200]).startswith("The image is damaged or incomplete.")


def test_a_small_file_with_very_many_pixels_is_refused_before_they_are_decoded() -> None:
    data = huge_png()
    assert len(data) < 12_000
    assert sentence(data) == "The image has more than 25 million pixels. Make it smaller and try again."


def test_far_too_many_pixels_are_refused_in_the_same_words() -> None:
    data = bytearray(as_file(Image.new("L", (1, 1)), "BMP"))
    data[18:26] = (60_000).to_bytes(4, "little") * 2
    assert "more than 25 million pixels" in sentence(bytes(data))


def test_a_small_image_with_a_gigantic_tile_is_refused() -> None:
    assert decode(tiled_tiff(32)).image.size == (20, 20)
    assert "overload" in sentence(tiled_tiff(40_000))


def test_a_photo_of_thousands_of_passes_is_refused() -> None:
    assert "overload" in sentence(jpeg() + b"\xff\xda" * 1_000)


def test_a_very_large_file_is_refused_unread() -> None:
    assert "larger than 64 MB" in sentence(b"\xff\xd8" + bytes(images.MAX_BYTES))


def test_a_warning_is_no_crash_where_warnings_are_errors() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sentence(as_file(scene(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01"))
        assert "25 million" in sentence(huge_png(11_000))


# --- whatever comes -----------------------------------------------------------------------------------------------


def seeds() -> list[bytes]:
    picture, exif = scene(13, 11), turned(6)
    files = [as_file(picture.convert(mode), "TIFF", compression=packing) for mode, packing in TIFFS]
    files += [as_file(picture.convert(mode), "PNG", exif=exif) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
    files += [as_file(picture.convert(mode), "JPEG", exif=exif) for mode in ("L", "RGB", "CMYK")]
    files += [as_file(picture.convert(mode), "BMP") for mode in ("1", "L", "P", "RGB", "RGBA")]
    files += [as_file(picture.convert(mode), "PPM") for mode in ("1", "L", "RGB", "I;16")] + [b"P3 1 1 255 1 2 3"]
    files += [as_file(picture, "AVIF", quality=40), as_file(picture.convert("RGBA"), "AVIF", exif=exif)]
    files += [as_file(picture, "JPEG", progressive=True), as_file(picture, "WEBP", lossless=True, exif=exif)]
    more = {"save_all": True, "append_images": [scene(13, 11, 2)]}
    return files + [as_file(picture, kind, **more) for kind in ("PNG", "GIF", "WEBP", "TIFF", "MPO")]


TIFFS = [("RGB", "raw"), ("L", "tiff_lzw"), ("RGBA", "tiff_adobe_deflate"), ("P", "packbits"), ("1", "group4")]
TIFFS += [("CMYK", "raw"), ("RGB", "jpeg"), ("I;16", "tiff_lzw"), ("F", "raw"), ("LAB", "raw")]
SEEDS = [file for file in seeds() if file]


def answers(data: bytes, side: int | None) -> None:
    """Either an image in RGB or our own error."""
    try:
        decoded = decode(data, side)
    except DataError:
        return
    assert isinstance(decoded, Decoded)
    assert decoded.image.mode == "RGB"
    assert np.asarray(decoded.image).size == 3 * decoded.image.width * decoded.image.height


def mutated(data: bytes, generator: random.Random) -> bytes:
    """A few bytes changed, removed, doubled, or the rest of another file put behind, mostly near the start."""
    changed = bytearray(data)
    for _ in range(generator.choice((1, 1, 2, 4, 16))):
        where = min(int(generator.expovariate(1 / 40)), len(changed)) if generator.random() < 0.6 else None
        where = generator.randrange(len(changed) + 1) if where is None else where
        match generator.randrange(6):
            case 0 | 1:
                changed[where : where + 1] = generator.randbytes(1)
            case 2:
                changed[where : where + 4] = generator.choice(
                    (bytes(4), b"\xff" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80")
                )
            case 3:
                del changed[where : where + generator.randrange(1, 30)]
            case 4:
                changed[where:where] = changed[: generator.randrange(1, 30)]
            case _:
                changed[where:] = generator.choice(SEEDS)[where:]
    return bytes(changed)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about what is broken
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=300), st.sampled_from(["", *SEEDS]), st.integers(0, 16))
def test_random_bytes_raise_nothing_but_our_own_error(noise: bytes, head: bytes | str, kept: int) -> None:
    start = head[:kept] if isinstance(head, bytes) else b""  # the first bytes decide which reader is asked
    answers(start + noise, 8)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
@settings(max_examples=1_500, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.sampled_from([None, 8, 256]))
def test_mutated_files_raise_nothing_but_our_own_error(data: bytes, seed: int, side: int | None) -> None:
    answers(mutated(data, random.Random(seed)), side)


def test_the_files_to_mutate_are_images() -> None:
    kinds = {Image.open(io.BytesIO(data)).format for data in SEEDS}
    assert kinds == {*FORMATS, "MPO"}
