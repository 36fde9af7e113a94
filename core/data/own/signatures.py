"""What a file is, by its first bytes: people's files often have the ending of another format."""

import re

from core.messages import N_, Message, say

_AT = 4096  # bytes that are looked at
# Not read: with pillow-heif 1.8 the installation would be 27 MB larger, and phones can save JPEG.
_HEIC = N_("Save the image as JPEG; phones call it “most compatible”.")
_PICTURE = N_("Save the image as JPEG or PNG.")
_PAGE = N_("Open the page and save the image itself.")
_NO_IMAGE = N_("Choose the image itself.")

# A pattern of the first bytes → the format, and what to do.
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (rb"....ftyp(hei[cxms]|hev[cxms]|mif1|msf1)", "HEIC", _HEIC),
    (rb"....ftypavi[fs]", "AVIF", _PICTURE),
    (rb"....ftyp", N_("a video"), N_("Take a picture from it first.")),
    (rb"RIFF....AVI ", N_("a video"), N_("Take a picture from it first.")),
    (rb"\x1aE\xdf\xa3", N_("a video"), N_("Take a picture from it first.")),
    (rb"(\xff\x0a|\x00\x00\x00\x0cJXL )", "JPEG XL", _PICTURE),
    (rb"(\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51)", "JPEG 2000", _PICTURE),
    (rb"8BPS", "Photoshop", _PICTURE),
    (rb"gimp xcf", "GIMP", _PICTURE),
    (rb"\x00\x00\x01\x00[\x01-\x20]\x00", N_("an icon"), _PICTURE),
    (rb"%PDF", "PDF", _PICTURE),
    (rb"PK\x03\x04", N_("a zip archive"), N_("Import it as a zip, or unpack it.")),
    (rb"(Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ)", N_("an archive"), N_("Unpack it.")),
    (rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg", "SVG", _PICTURE),
    (rb"\s*(<!DOCTYPE html|<html|<head|<body|<script)", N_("a web page"), _PAGE),
    (rb"[\[{]\s*\"", N_("a text file"), _NO_IMAGE),
)
_COMPILED = [(re.compile(pattern, re.DOTALL | re.IGNORECASE), kind, remedy) for pattern, kind, remedy in _KINDS]


def other_format(data: bytes) -> Message | None:
    """What a file is that isn't an image of a format that is read, and what to do; None where that isn't known."""
    start = data[:_AT].removeprefix(b"\xef\xbb\xbf")
    for pattern, kind, remedy in _COMPILED:
        if pattern.match(start):
            return say("The file is {kind} and can't be read. {remedy}", kind=Message(kind), remedy=Message(remedy))
    return None
