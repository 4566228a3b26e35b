"""From a question to passages: hits, joined with the documents and chunks as they are now."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lambdify import ids
from lambdify.errors import Unavailable
from lambdify.models.base import Passage
from lambdify.models.tokens import count_tokens
from lambdify.settings import settings
from lambdify.store.base import connection
from lambdify.store.counted_list import member_key
from lambdify.store.documents import PROCESSED, Chunk, Document, Documents

from .applications import retriever_of
from .retriever import Hit

_HITS_MAX = 500
_SLICE_MIN, _SLICE_MAX = 10, 50
"""Hits that are joined at once: a document and a chunk each, and BatchGetItem takes 100 keys."""
_PASSAGES_MAX = 8

Accepts = Callable[[Document], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk that was found, and its document."""

    document: Document
    chunk: Chunk
    score: float

    @property
    def number(self) -> int:
        """The chunk's number in the document, from 0."""
        return int(self.chunk.sk)

    def passage(self) -> Passage:
        """As a model is given it."""
        return Passage(
            document_id=self.document.id,
            chunk_id=ids.child_id("chk", self.document.id, self.number),
            title=self.document.name,
            text=self.chunk.text,
            page=None if self.chunk.page is None else int(self.chunk.page),
            score=self.score,
        )


def search(
    workspace_id: str,
    mode: str,
    app_id: str | None,
    query: str,
    limit: int,
    *,
    within: Collection[int] | None = None,
    accepts: Accepts = lambda _document: True,
) -> list[Found]:
    """Up to `limit` chunks, the best first, of documents that can be read and that `accepts` lets pass.

    `within` are ordinals of documents. What is beyond the best 500 hits is not looked at.
    """
    hits = retriever_of(workspace_id, mode, app_id).search(query, _HITS_MAX, within)
    found: list[Found] = []
    documents = Documents(workspace_id, mode)
    step = min(_SLICE_MAX, max(_SLICE_MIN, limit))
    for start in range(0, len(hits), step):
        some = hits[start : start + step]
        found += [
            each for each in _joined(documents, some) if each.document.app_id == app_id and accepts(each.document)
        ]
        if len(found) >= limit:
            break
    return found[:limit]


def passages_for(
    workspace_id: str, mode: str, app_id: str, query: str, documents: Sequence[Document], token_budget: int
) -> list[Passage]:
    """What is put before the model: of `documents`, when some are given, otherwise of the application's.

    Given documents always say something: where the question finds nothing in them, their beginnings are taken.
    Those of other applications are passed over.
    """
    if not documents:
        return _within_budget(search(workspace_id, mode, app_id, query, _PASSAGES_MAX), token_budget)
    found: list[Found] = []
    for owner in (app_id, None):
        within = {document.ordinal for document in documents if document.app_id == owner}
        found += search(workspace_id, mode, owner, query, _PASSAGES_MAX, within=within) if within else []
    found.sort(key=lambda each: -each.score)
    if not found:
        own = [document for document in documents if document.app_id in (app_id, None)]
        beginnings = [Hit(document.ordinal, number, 0.0) for number in range(3) for document in own]
        found = list(_joined(Documents(workspace_id, mode), beginnings[:_SLICE_MAX]))
    return _within_budget(found[:_PASSAGES_MAX], token_budget)


def _within_budget(found: Iterable[Found], token_budget: int) -> list[Passage]:
    passages: list[Passage] = []
    for each in found:
        token_budget -= count_tokens(each.chunk.text)
        if token_budget < 0:
            break
        passages.append(each.passage())
    return passages


def _joined(documents: Documents, hits: Sequence[Hit]) -> Iterator[Found]:
    """The hits whose documents are still there. The index may know one that is just being deleted."""
    of_document = {(documents.key, member_key(hit.document)) for hit in hits}
    of_chunk = {hit: (documents.chunks_key(hit.document), member_key(hit.chunk)) for hit in hits}
    items = {(item["pk"]["S"], item["sk"]["S"]): item for item in _items(of_document | set(of_chunk.values()))}
    for hit in hits:
        raw_document = items.get((documents.key, member_key(hit.document)))
        raw_chunk = items.get(of_chunk[hit])
        if raw_document and raw_chunk:
            document = Document.from_raw_data(raw_document)
            if document.status == PROCESSED:
                yield Found(document, Chunk.from_raw_data(raw_chunk), hit.score)


def _items(keys: Collection[tuple[str, str]]) -> list[dict[str, Any]]:
    if not keys:
        return []
    table = settings.documents_table
    wanted = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys]
    answer = connection.client.batch_get_item(RequestItems={table: {"Keys": wanted, "ConsistentRead": True}})
    if answer.get("UnprocessedKeys"):
        raise Unavailable("DynamoDB is busy and has not read all items.")
    items: list[dict[str, Any]] = answer["Responses"][table]
    return items
