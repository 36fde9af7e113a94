"""Curves as an event file of TensorBoard, written by hand: the format is small, its library is large.

A file is a row of records: length (8 bytes, little end first), checksum of these, an `Event` message in protocol-buffer
encoding, checksum of that. Checksums are CRC-32C, rotated and shifted ("masked") as TensorFlow does it.
"""

import struct
from collections.abc import Iterable

FILE_VERSION = b"brain.Event:2"
_POLYNOMIAL = 0x82F63B78  # CRC-32C, bits reversed
_MASK = 0xA282EAD8


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _bit in range(8):
            value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _table()


def crc32c(data: bytes) -> int:
    """The Castagnoli checksum (RFC 3720, appendix B.4)."""
    value = 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ 0xFFFFFFFF


def events(scalars: Iterable[tuple[str, int, float, float]]) -> bytes:
    """An event file with these scalars: tag, step, value, time in seconds since 1970."""
    written = [_record(_double(1, 0.0) + _bytes(3, FILE_VERSION))]
    for tag, step, value, when in scalars:
        summary = _bytes(1, _bytes(1, tag.encode()) + _float(2, value))
        written.append(_record(_double(1, when) + _integer(2, step) + _bytes(5, summary)))
    return b"".join(written)


def _record(event: bytes) -> bytes:
    length = struct.pack("<Q", len(event))
    return length + _checksum(length) + event + _checksum(event)


def _checksum(data: bytes) -> bytes:
    value = crc32c(data)
    return struct.pack("<I", (((value >> 15) | (value << 17)) + _MASK) & 0xFFFFFFFF)


# Fields of a message: number and kind of the field, then its value.


def _double(number: int, value: float) -> bytes:
    return bytes([number << 3 | 1]) + struct.pack("<d", value)


def _float(number: int, value: float) -> bytes:
    return bytes([number << 3 | 5]) + struct.pack("<f", value)


def _integer(number: int, value: int) -> bytes:
    return bytes([number << 3]) + _varint(value)


def _bytes(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
