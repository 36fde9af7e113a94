"""Join codes that can be read from a projector and typed, and a brake on guessing them."""

import hmac
import secrets
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine, delete, func, select

from core import environment
from core.errors import ClassError
from core.messages import say
from core.runs.schema import now, wrong_codes
from core.storage import replacing

# 32 letters and digits, so that each is worth five bits. Without 0, 1, I and O, which are mistaken for each other.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
JOIN_LENGTH = 6  # 30 bits
WRONG_PER_MINUTE = 10  # from one address
_MINUTE = 60.0


def new_code(length: int = JOIN_LENGTH) -> str:
    """A random code."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def plain(typed: str) -> str:
    """A code as it was made, from what somebody typed: capitals, without spaces and dashes."""
    return "".join(letter for letter in typed.upper()[:40] if letter.isalnum())


def check_tries(database: Engine, address: str) -> None:
    """Raises ClassError where too many wrong codes came from this address within a minute."""
    recent = (wrong_codes.c.address == _hidden(address), wrong_codes.c.at > now() - _MINUTE)
    with database.connect() as connection:
        number = connection.scalar(select(func.count()).where(*recent)) or 0
    if number >= WRONG_PER_MINUTE:
        raise ClassError(say("Too many wrong codes came from here. Wait a minute, then type the code again."))


def count_wrong(database: Engine, address: str) -> None:
    """Remember a wrong code of this address for a minute. The address itself isn't kept."""
    with database.begin() as connection:
        connection.execute(delete(wrong_codes).where(wrong_codes.c.at < now() - _MINUTE))
        connection.execute(wrong_codes.insert().values(address=_hidden(address), at=now()))


def _hidden(address: str) -> str:
    """A keyed hash: without the server's key nobody can find the address by trying all of them."""
    return hmac.new(_key(), address.encode(), sha256).hexdigest()


def _key() -> bytes:
    """This server's key, made when it is first needed."""
    file: Path = environment.state_dir() / "addresses.key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as aside:
            aside.touch(mode=0o600)
            aside.write_bytes(secrets.token_bytes(32))
    return file.read_bytes()
