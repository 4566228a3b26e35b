"""Where an index keeps its objects."""

from dataclasses import dataclass
from typing import Protocol


class Changed(Exception):
    """The object is no longer the one that was read."""


class Missing(Exception):
    """There is no such object (any more)."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it was read; `tag` names this state of it."""

    content: bytes
    tag: str


class Objects(Protocol):
    """A store of named objects with conditional writes."""

    def read(self, key: str, known_tag: str | None) -> Stored | None:
        """The object, or None when it is still the one with `known_tag`. Raises Missing."""

    def read_span(self, key: str, first: int, end: int) -> bytes:
        """The bytes from `first` up to `end`. Raises Missing."""

    def write(self, key: str, content: bytes) -> None:
        """Store an object that nobody else writes."""

    def replace(self, key: str, content: bytes, known_tag: str | None) -> str:
        """Store it in the place of the state with `known_tag` (None: of nothing); its tag. Raises Changed."""

    def delete(self, key: str) -> None:
        """Remove the object, if it is there."""
