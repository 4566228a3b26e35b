"""The one object of an application's index that changes: what its segments are, and the newest documents themselves."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .postings import Directory, Postings, decode, encode

Sizes = dict[int, tuple[int, int]]
"""Documents by ordinal: how many chunks each has, and how many terms those have together."""


@dataclass(frozen=True, slots=True)
class Segment:
    """An immutable object of postings."""

    id: str
    level: int
    sizes: Sizes
    directory: Directory

    @property
    def size_bytes(self) -> int:
        """Of the object."""
        return self.directory.offsets[-1]


@dataclass(frozen=True, slots=True)
class Manifest:
    """One state of the index. At most one segment per level."""

    segments: tuple[Segment, ...] = ()
    removed: frozenset[int] = frozenset()
    """Documents that cannot be found, but whose postings are still there."""
    recent_sizes: Sizes = field(default_factory=dict)
    recent_postings: Postings = field(default_factory=dict)

    def documents(self) -> Sizes:
        """Those that can be found."""
        every = dict(self.recent_sizes)
        for segment in self.segments:
            every |= segment.sizes
        return {document: size for document, size in every.items() if document not in self.removed}

    def holds(self, document: int) -> bool:
        """Whether its postings are here, even if it is removed."""
        return document in self.recent_sizes or any(document in segment.sizes for segment in self.segments)

    def with_document(self, document: int, size: tuple[int, int], recent_postings: Postings) -> "Manifest":
        """The same, and the document can be found; `recent_postings` has its postings."""
        return replace(self, recent_sizes=self.recent_sizes | {document: size}, recent_postings=recent_postings)

    def without(self, document: int) -> "Manifest":
        """The same, but the document cannot be found."""
        return replace(self, removed=self.removed | {document})

    def dump(self) -> bytes:
        """As it is stored: a line of JSON, then the recent postings."""
        content, directory = encode(self.recent_postings)
        head = {
            "segments": [
                {"id": segment.id, "level": segment.level, **_part_out(segment.sizes, segment.directory)}
                for segment in self.segments
            ],
            "removed": sorted(self.removed),
            "recent": _part_out(self.recent_sizes, directory),
        }
        return json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" + content


def load(stored: bytes) -> Manifest:
    """The inverse of `dump`."""
    end = stored.index(b"\n")
    head = json.loads(stored[:end])
    recent_sizes, recent_directory = _part_in(head["recent"])
    return Manifest(
        segments=tuple(Segment(part["id"], part["level"], *_part_in(part)) for part in head["segments"]),
        removed=frozenset(head["removed"]),
        recent_sizes=recent_sizes,
        recent_postings=decode(stored[end + 1 :], recent_directory),
    )


def _part_out(sizes: Sizes, directory: Directory) -> dict[str, Any]:
    return {"sizes": sizes, "first_terms": directory.first_terms, "offsets": directory.offsets}


def _part_in(part: Mapping[str, Any]) -> tuple[Sizes, Directory]:
    sizes = {int(document): (chunks, terms) for document, (chunks, terms) in part["sizes"].items()}
    return sizes, Directory(tuple(part["first_terms"]), tuple(part["offsets"]))
