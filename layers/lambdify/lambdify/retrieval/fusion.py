"""One ranking out of several, by ranks alone: scores of different retrievers cannot be compared.

Cormack, Clarke and Buettcher, Reciprocal Rank Fusion, 2009.
"""

from collections.abc import Collection, Sequence

from .retriever import Hit, Retriever

_K = 60


class Fused:
    """Several retrievers as one. See Retriever."""

    def __init__(self, retrievers: Sequence[Retriever]) -> None:
        self._retrievers = retrievers

    def search(self, query: str, limit: int, documents: Collection[int] | None = None) -> list[Hit]:
        """See Retriever."""
        return fused([each.search(query, limit, documents) for each in self._retrievers], limit)


def fused(rankings: Sequence[Sequence[Hit]], limit: int) -> list[Hit]:
    """The best of all rankings. Of equals, the earlier document comes first."""
    scores: dict[tuple[int, int], float] = {}
    for ranking in rankings:
        for rank, hit in enumerate(ranking, 1):
            key = hit.document, hit.chunk
            scores[key] = scores.get(key, 0.0) + 1 / (_K + rank)
    best = sorted(scores.items(), key=lambda entry: (-entry[1], entry[0]))[:limit]
    return [Hit(document, chunk, score) for (document, chunk), score in best]
