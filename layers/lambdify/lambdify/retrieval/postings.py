"""What an index knows of a term: its postings, each a fixed-width record, and their blocks in an object.

An object of the index is a row of compressed blocks; a block holds some terms, in their order, with all their records.
Records name documents absolutely, so merging two objects is joining bytes: no posting is decoded.
"""

import struct
import zlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

RECORD = struct.Struct("<IHBH")
"""Of a chunk that has the term: its document's ordinal, its number, how often it has it, how many terms it has."""
CHUNKS_MAX = 2**16
"""Per document: the chunk's number has 16 bits."""

_ENTRY = struct.Struct("<BI")
_BLOCK_BYTES = 32_768
_TIMES_MAX = 2**8 - 1
_LENGTH_MAX = 2**16 - 1

Postings = dict[str, bytes]
"""Each term's records."""


@dataclass(frozen=True, slots=True)
class Directory:
    """Where an object's blocks are: the first term of each, and where it begins; the last offset is the end."""

    first_terms: tuple[str, ...]
    offsets: tuple[int, ...]

    def block_of(self, term: str) -> int | None:
        """The number of the block that holds `term`, if any does."""
        number = bisect_right(self.first_terms, term) - 1
        return None if number < 0 else number

    def span(self, block: int) -> tuple[int, int]:
        """The block's first byte, and the first one after it."""
        return self.offsets[block], self.offsets[block + 1]


def postings_of(document: int, chunks: Sequence[Sequence[str]]) -> Postings:
    """The postings of one document, whose chunks are given as their terms."""
    records: dict[str, list[bytes]] = {}
    for number, terms in enumerate(chunks):
        length = min(len(terms), _LENGTH_MAX)
        for term, times in Counter(terms).items():
            records.setdefault(term, []).append(RECORD.pack(document, number, min(times, _TIMES_MAX), length))
    return {term: b"".join(parts) for term, parts in records.items()}


def merged(several: Iterable[Postings], removed: Collection[int] = ()) -> Postings:
    """All of them in one, without the postings of removed documents."""
    parts: dict[str, list[bytes]] = {}
    for postings in several:
        for term, records in postings.items():
            parts.setdefault(term, []).append(_without(records, removed) if removed else records)
    joined = ((term, b"".join(records)) for term, records in parts.items())
    return {term: records for term, records in joined if records}


def encode(postings: Postings) -> tuple[bytes, Directory]:
    """The postings as an object, and its directory."""
    blocks: list[bytes] = []
    first_terms: list[str] = []
    entries: list[bytes] = []
    size = 0
    for term in sorted(postings):
        if not entries:
            first_terms.append(term)
        name, records = term.encode(), postings[term]
        entries += (_ENTRY.pack(len(name), len(records)), name, records)
        size += len(name) + len(records)
        if size >= _BLOCK_BYTES:
            blocks.append(zlib.compress(b"".join(entries)))
            entries, size = [], 0
    if entries:
        blocks.append(zlib.compress(b"".join(entries)))
    offsets = [0]
    for block in blocks:
        offsets.append(offsets[-1] + len(block))
    return b"".join(blocks), Directory(tuple(first_terms), tuple(offsets))


def decode(content: bytes, directory: Directory) -> Postings:
    """The inverse of `encode`."""
    postings: Postings = {}
    for number in range(len(directory.first_terms)):
        first, end = directory.span(number)
        postings |= decode_block(content[first:end])
    return postings


def decode_block(block: bytes) -> Postings:
    """The postings of one block."""
    content = zlib.decompress(block)
    postings: Postings = {}
    position = 0
    while position < len(content):
        name_length, records_length = _ENTRY.unpack_from(content, position)
        name_end = position + _ENTRY.size + name_length
        position = name_end + records_length
        postings[content[name_end - name_length : name_end].decode()] = content[name_end:position]
    return postings


def _without(records: bytes, removed: Collection[int]) -> bytes:
    kept = (record for record in RECORD.iter_unpack(records) if record[0] not in removed)
    return b"".join(RECORD.pack(*record) for record in kept)
