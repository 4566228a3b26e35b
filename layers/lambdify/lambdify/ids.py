"""Ids: a prefix that names the kind, then 26 characters that sort by time of creation.

The last seven characters are the object's ordinal in its list (see `lambdify.store.counted_list`), so that an id is
also the object's address: no index and no second read is needed to find it.
"""

import re
import secrets

from . import clock

ORDINAL_LIMIT = 32**7

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base32: no i, l, o, u.
_BODY = re.compile(f"[{_ALPHABET}]+")
_TIME_LENGTH = 10
_RANDOM_LENGTH = 9
_ORDINAL_LENGTH = 7
_BODY_LENGTH = _TIME_LENGTH + _RANDOM_LENGTH + _ORDINAL_LENGTH


def new_id(prefix: str, ordinal: int | None = None) -> str:
    """A fresh id such as `app_01k9…`: 48 bits of milliseconds, 45 random bits, the ordinal (or 35 more)."""
    milliseconds = _encode(int(clock.epoch() * 1000), _TIME_LENGTH)
    entropy = _encode(secrets.randbits(5 * _RANDOM_LENGTH), _RANDOM_LENGTH)
    tail = secrets.randbelow(ORDINAL_LIMIT) if ordinal is None else ordinal
    return f"{prefix}_{milliseconds}{entropy}{_encode(tail, _ORDINAL_LENGTH)}"


def is_id(prefix: str, value: str) -> bool:
    """Whether `value` has the shape of an id of this kind. Anything else cannot exist, so it is not looked up."""
    return _has_shape(prefix, value, _BODY_LENGTH)


def ordinal_of(value: str) -> int:
    """The ordinal at the end of an id (or a child's id) of the right shape."""
    return _decode(value[-_ORDINAL_LENGTH:])


def child_id(prefix: str, parent_id: str, ordinal: int) -> str:
    """The id of the `ordinal`-th child: it sorts by ordinal and leads back to its parent without a read."""
    return f"{prefix}_{parent_id.partition('_')[2]}{_encode(ordinal, _ORDINAL_LENGTH)}"


def parent_of(prefix: str, parent_prefix: str, value: str) -> str | None:
    """The id of a child's parent, or None when `value` has not the shape of a child's id."""
    if not _has_shape(prefix, value, _BODY_LENGTH + _ORDINAL_LENGTH):
        return None
    return f"{parent_prefix}_{value.partition('_')[2][:_BODY_LENGTH]}"


def created_seconds(value: str) -> float:
    """When the id was made, in seconds since 1970."""
    return _decode(value.partition("_")[2][:_TIME_LENGTH]) / 1000


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
