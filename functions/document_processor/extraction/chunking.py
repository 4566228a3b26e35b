"""Parts into chunks: whole sentences, up to a size, each chunk beginning with the last sentences of the one before."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lambdify.models.tokens import count_tokens, first_tokens

from .parts import Part

CHUNK_TOKENS_MAX = 240
"""Words of up to 16 letters, single CJK characters, marks: about 1,100 characters of English, 240 of Chinese."""
OVERLAP_TOKENS_MAX = 40

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])[”’」』）]*\s*|\n+")  # noqa: RUF001 - as meant.


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document. `offset` counts characters of the whole normalised text."""

    text: str
    page: int | None
    section: str | None
    offset: int


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    tokens: int


def chunks_of(parts: Iterable[Part]) -> list[Chunk]:
    """All chunks, in their order. None reaches over the end of its part: a chunk is on one page."""
    chunks: list[Chunk] = []
    offset = 0
    for part in parts:
        for start, end in _spans(part.text):
            chunks.append(Chunk(part.text[start:end], part.page, part.section, offset + start))
        offset += len(part.text) + 1
    return chunks


def _spans(text: str) -> Iterator[tuple[int, int]]:
    taken: list[_Sentence] = []
    size = 0
    for sentence in _sentences(text):
        if taken and size + sentence.tokens > CHUNK_TOKENS_MAX:
            yield taken[0].start, taken[-1].end
            taken = _overlap(taken, CHUNK_TOKENS_MAX - sentence.tokens)
            size = sum(kept.tokens for kept in taken)
        taken.append(sentence)
        size += sentence.tokens
    if taken:
        yield taken[0].start, taken[-1].end


def _overlap(taken: list[_Sentence], room: int) -> list[_Sentence]:
    """The last sentences, as far as they fit. Never all of them: chunks go on."""
    kept: list[_Sentence] = []
    room = min(room, OVERLAP_TOKENS_MAX)
    for sentence in reversed(taken[1:]):
        room -= sentence.tokens
        if room < 0:
            break
        kept.insert(0, sentence)
    return kept


def _sentences(text: str) -> Iterator[_Sentence]:
    start = 0
    for found in _SENTENCE_END.finditer(text):
        # A closing quotation mark belongs to its sentence.
        end = found.start() + len(found[0].rstrip())
        yield from _cut(text, start, end)
        start = found.end()
    yield from _cut(text, start, len(text))


def _cut(text: str, start: int, end: int) -> Iterator[_Sentence]:
    """The sentence, or pieces of one that is longer than a chunk."""
    while start < end:
        piece = first_tokens(text[start:end], CHUNK_TOKENS_MAX)
        if not piece.strip():
            return
        yield _Sentence(start, start + len(piece), count_tokens(piece))
        start += len(piece)
        start += len(text[start:end]) - len(text[start:end].lstrip())
