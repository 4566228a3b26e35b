"""From a file to its chunks, whatever kind it is."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import cast

from .chunking import Chunk, chunks_of
from .kinds import Kind, kind_of
from .normalising import normalised
from .parts import Part, Unreadable, bounded

CHUNKS_MAX = 20_000
_SECTION_LENGTH_MAX = 200

# Of a scientific paper's or a novel's lines some end where the page does, not where the sentence does.
_WRAPPED: frozenset[Kind] = frozenset({"md", "pdf", "txt"})


def read_chunks(path: str, name: str) -> tuple[Kind, list[Chunk]]:
    """The file's kind and chunks. Raises Unreadable, or whatever its parser does with a damaged file."""
    kind = kind_of(path, name)
    # Each kind's module is imported only for its own files: pypdf and python-docx are large.
    read: Callable[[str], Iterator[Part]] = getattr(import_module(f"{__package__}.{_module(kind)}"), f"read_{kind}")
    parts = (
        Part(normalised(part.text, is_wrapped=kind in _WRAPPED), part.page, _short(part.section))
        for part in bounded(read(path))
    )
    chunks = chunks_of(parts)
    if not chunks:
        raise Unreadable("no_text", "There is no text in the file.")
    if len(chunks) > CHUNKS_MAX:
        raise Unreadable("too_much_text", f"The file has over {CHUNKS_MAX:,} passages. Split it into several.")
    return kind, chunks


def _short(section: str | None) -> str | None:
    return None if section is None else section[:_SECTION_LENGTH_MAX]


def _module(kind: Kind) -> str:
    return "plain_text" if kind in ("md", "txt") else f"{cast(str, kind)}_text"
