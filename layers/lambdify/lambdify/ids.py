"""Ids: a prefix that names the kind, then 26 characters that sort by time of creation (a ULID's layout)."""

import re
import secrets

from . import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base32: no i, l, o, u.
_BODY = re.compile(f"[{_ALPHABET}]+")
_BODY_LENGTH = 26
_ORDINAL_LENGTH = 7


def new_id(prefix: str) -> str:
    """A fresh id such as `app_01k9…`: 48 bits of milliseconds, 80 random bits."""
    return f"{prefix}_{_encode(int(clock.epoch() * 1000) << 80 | secrets.randbits(80), _BODY_LENGTH)}"


def is_id(prefix: str, value: str) -> bool:
    """Whether `value` has the shape of an id of this kind. Anything else cannot exist, so it is not looked up."""
    return _has_shape(prefix, value, _BODY_LENGTH)


def child_id(prefix: str, parent_id: str, ordinal: int) -> str:
    """The id of the `ordinal`-th child of a parent: it sorts by ordinal and leads back to its parent without a read."""
    return f"{prefix}_{parent_id.partition('_')[2]}{_encode(ordinal, _ORDINAL_LENGTH)}"


def parse_child_id(prefix: str, parent_prefix: str, value: str) -> tuple[str, int] | None:
    """The parent's id and the ordinal inside a child's id, or None when `value` has another shape."""
    if not _has_shape(prefix, value, _BODY_LENGTH + _ORDINAL_LENGTH):
        return None
    body = value[len(prefix) + 1 :]
    return f"{parent_prefix}_{body[:_BODY_LENGTH]}", _decode(body[_BODY_LENGTH:])


def created_seconds(value: str) -> float:
    """When the id was made, in seconds since 1970."""
    return _decode(value.partition("_")[2][:10]) / 1000


def _has_shape(prefix: str, value: str, length: int) -> bool:
    head, _, body = value.partition("_")
    return head == prefix and len(body) == length and _BODY.fullmatch(body) is not None


def _encode(number: int, length: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))


def _decode(text: str) -> int:
    number = 0
    for character in text:
        number = number << 5 | _ALPHABET.index(character)
    return number
