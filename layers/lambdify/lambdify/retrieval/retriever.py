"""What every retriever promises."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found."""

    document: int
    """Its document's ordinal."""
    chunk: int
    """Its number in the document, from 0."""
    score: float


class Retriever(Protocol):
    """Finds chunks of one application."""

    def search(self, query: str, limit: int, documents: Collection[int] | None = None) -> list[Hit]:
        """Up to `limit` chunks, the best first; only of `documents`, when these are given."""
