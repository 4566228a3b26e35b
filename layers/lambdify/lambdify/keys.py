"""The text of a bearer key: `dify_{app|pat|svc}_{live|test}_<32 base62><6 base62 CRC-32>`. Never log one."""

import hashlib
import re
import secrets
import string
import zlib
from dataclasses import dataclass

KINDS = ("app", "pat", "svc")
MODES = ("live", "test")

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SECRET_LENGTH = 32  # 190 bits
_CHECKSUM_LENGTH = 6  # 62^6 is more than 2^32.
# The gateway's ValidationExpression in template.yaml says the same.
_SHAPE = re.compile(r"dify_(app|pat|svc)_(live|test)_[0-9A-Za-z]{30,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyText:
    """A well-formed key, which may or may not exist."""

    kind: str
    mode: str
    digest: str
    """SHA-256 of the whole text in hexadecimal: what is stored in its place."""


def make(kind: str, mode: str) -> str:
    """A fresh key. It is shown once and kept by nobody but its owner."""
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    text = f"dify_{kind}_{mode}_{secret}"
    return text + _checksum(text)


def parse(text: str) -> KeyText | None:
    """The key's parts, or None for a wrong shape or checksum: such a key cannot exist, so nothing is read for it."""
    shape = _SHAPE.fullmatch(text)
    if shape is None or text[-_CHECKSUM_LENGTH:] != _checksum(text[:-_CHECKSUM_LENGTH]):
        return None
    return KeyText(shape[1], shape[2], digest(text))


def digest(text: str) -> str:
    """SHA-256 in hexadecimal. A key has 190 random bits, so it needs no salt and no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()


def _checksum(text: str) -> str:
    """CRC-32 in base62: it catches typing errors and lets secret scanners tell a key from a lookalike."""
    number = zlib.crc32(text.encode())
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
