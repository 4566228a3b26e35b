"""What extraction makes of a file, and the closed set of reasons why it cannot."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NoReturn, get_args

Reason = Literal[
    "broken",
    "empty",
    "encrypted",
    "no_text",
    "not_utf8",
    "too_complex",
    "too_deep",
    "too_many_pages",
    "too_much_text",
    "unsupported_type",
    "wrong_type",
]
REASONS: tuple[Reason, ...] = get_args(Reason)

CHARACTERS_MAX = 3_000_000
"""About a thousand pages of print."""


class Unreadable(Exception):
    """The file has no text that we could read. The message is for the person who uploaded it."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text that is cited by its page (from 1) or its section."""

    text: str
    page: int | None = None
    section: str | None = None


def bounded(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts, as they come. Raises Unreadable when they are too long together."""
    length = 0
    for part in parts:
        length += len(part.text)
        if length > CHARACTERS_MAX:
            raise Unreadable(
                "too_much_text", f"The file holds over {CHARACTERS_MAX:,} characters of text. Split it into several."
            )
        yield part


def broken(kind: str) -> NoReturn:
    """Raise Unreadable: the file is damaged."""
    raise Unreadable("broken", f"The file is damaged: it cannot be read as {kind}. Save it anew and upload it again.")
