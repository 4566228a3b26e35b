"""Okapi BM25, as Lucene computes it, over an application's index. It needs no model.

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009.
"""

import math
from collections.abc import Collection
from heapq import nsmallest

from lambdify.errors import Unavailable

from .index import Index
from .manifest import Manifest
from .objects import Missing
from .postings import CHUNKS_MAX, RECORD, Postings
from .retriever import Hit
from .words import terms_of

QUERY_TERMS_MAX = 32
"""Reading is paid for by the term."""

_K1 = 1.5
_B = 0.75
_ATTEMPTS = 4


class BM25:
    """See Retriever."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def search(self, query: str, limit: int, documents: Collection[int] | None = None) -> list[Hit]:
        """See Retriever. Of equals, the earlier comes first."""
        terms = _telling(terms_of(query))
        for _ in range(_ATTEMPTS):
            manifest = self._index.manifest()
            try:
                return _best(_scores(manifest, self._index.postings(manifest, terms), documents), limit)
            except Missing:
                continue  # A segment was merged away between the two reads.
        raise Unavailable("The index is being changed by many at once. Try again in a moment.")


def _telling(terms: list[str]) -> list[str]:
    """Each term once; of too many the longest, because the longer a word, the rarer it mostly is."""
    return sorted(dict.fromkeys(terms), key=lambda term: -len(term))[:QUERY_TERMS_MAX]


def _scores(manifest: Manifest, postings: Postings, documents: Collection[int] | None) -> dict[int, float]:
    """Each chunk's score; a chunk is its document's ordinal and its own number in one."""
    sizes = manifest.documents().values()
    chunks, terms = sum(size[0] for size in sizes), sum(size[1] for size in sizes)
    scores: dict[int, float] = {}
    if not terms:
        return scores
    per_term = _K1 * _B * chunks / terms
    for records in postings.values():
        frequency = len(records) // RECORD.size
        weight = math.log(1 + (chunks - frequency + 0.5) / (frequency + 0.5)) * (_K1 + 1)
        for document, chunk, times, length in RECORD.iter_unpack(records):
            if documents is None or document in documents:
                key = document * CHUNKS_MAX + chunk
                score = weight * times / (times + _K1 * (1 - _B) + per_term * length)
                scores[key] = scores.get(key, 0.0) + score
    return scores


def _best(scores: dict[int, float], limit: int) -> list[Hit]:
    best = nsmallest(limit, scores.items(), key=lambda entry: (-entry[1], entry[0]))
    return [Hit(*divmod(key, CHUNKS_MAX), score) for key, score in best]
