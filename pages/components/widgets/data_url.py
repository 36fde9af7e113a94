"""Images that a widget sends as a data URL."""

import base64
import binascii

_LONGEST = 8 * 2**20  # letters of a data URL


def picture_bytes(url: object) -> bytes | None:
    """The bytes of a data URL. None if there are none. They are untrusted, like any upload."""
    if not isinstance(url, str) or len(url) > _LONGEST:
        return None
    try:
        return base64.b64decode(url.partition(",")[2], validate=True) or None
    except binascii.Error:
        return None
