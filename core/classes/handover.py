"""Taking oneself to another device: a code that works once and carries the visitor's secret.

The database holds the secret only sealed with the code, which it doesn't hold.
"""

import hashlib

from sqlalchemy import Engine, delete

from core.classes import codes
from core.errors import ClassError
from core.messages import say
from core.runs.schema import handovers, now

CODE_LENGTH = 10  # 50 bits
VALID_SECONDS = 600.0


def offer(database: Engine, secret: str) -> str:
    """A code with which another device takes over this visitor's secret, within ten minutes and once."""
    code = codes.new_code(CODE_LENGTH)
    name, pad = _derived(code, len(secret))
    with database.begin() as connection:
        connection.execute(delete(handovers).where(handovers.c.expires_at < now()))
        row = {"name": name, "sealed": _xor(secret.encode(), pad), "expires_at": now() + VALID_SECONDS}
        connection.execute(handovers.insert().values(**row))
    return code


def accept(database: Engine, code: str, *, address: str) -> str:
    """The secret that another device offered under this code; the code is used up.

    Raises:
        ClassError: the code is wrong, old or used, or too many wrong ones came from this address.
    """
    codes.check_tries(database, address)
    name, _pad = _derived(codes.plain(code), 0)
    with database.begin() as connection:
        taken = delete(handovers).where(handovers.c.name == name, handovers.c.expires_at >= now())
        sealed = connection.scalar(taken.returning(handovers.c.sealed))
    if sealed is None:
        codes.count_wrong(database, address)
        raise ClassError(say("This code doesn't work any more, or never did. Make a new one on the other device."))
    return _xor(sealed, _derived(codes.plain(code), len(sealed))[1]).decode()


def _derived(code: str, length: int) -> tuple[str, bytes]:
    """What names the code in the database, and bytes to seal a secret with. Slow on purpose: 20 ms."""
    found = hashlib.scrypt(code.encode(), salt=b"torch-classroom handover", n=2**13, r=8, p=1, dklen=32 + length)
    return found[:32].hex(), found[32:]


def _xor(content: bytes, pad: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(content, pad, strict=True))
