"""Documents, their chunks, and the lists that each document is in (docs/decisions/0022)."""

from collections.abc import Sequence
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from lambdify import ids
from lambdify.errors import Conflict, NotFound
from lambdify.settings import settings

from .base import Item, tenant_key
from .counted_list import CountedList, Page, member_key
from .outbox import add_event
from .transaction import Transaction

UPLOADING, UPLOADED, PROCESSED, FAILED = "uploading", "uploaded", "processed", "failed"
STATUSES = (UPLOADING, UPLOADED, PROCESSED, FAILED)

UNBOUND = "unbound"
"""Stands for the application in keys of documents that belong to none."""

_UPLOADS = "uploads"


class Document(Item):
    """One document. It is its own member in its workspace's list: sk is the ordinal at the end of its id."""

    class Meta:
        table_name = settings.documents_table

    id = UnicodeAttribute()
    app_id = UnicodeAttribute(null=True)
    name = UnicodeAttribute()
    status = UnicodeAttribute()
    """`uploading` (the file is not there yet), `uploaded`, then `processed` or `failed`."""
    metadata = JSONAttribute()
    size_bytes = NumberAttribute(null=True)
    kind = UnicodeAttribute(null=True)
    """What the file really is: `pdf`, `docx`, …"""
    chunk_count = NumberAttribute(null=True)
    error = JSONAttribute(null=True)
    object_version = UnicodeAttribute(null=True)
    """Of the object in S3; what is uploaded over it later is not the document."""
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    processed_at = UnicodeAttribute(null=True)
    version = NumberAttribute()

    @property
    def ordinal(self) -> int:
        """Its number in the workspace's list, and in the index."""
        return ids.ordinal_of(self.id)

    def public(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "app_id": self.app_id,
            "name": self.name,
            "status": self.status,
            "metadata": self.metadata,
            "size_bytes": None if self.size_bytes is None else int(self.size_bytes),
            "type": self.kind,
            "chunks": None if self.chunk_count is None else int(self.chunk_count),
            "error": self.error,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "processed_at": self.processed_at,
        }


class Chunk(Item):
    """A passage of a document; sk is its number."""

    class Meta:
        table_name = settings.documents_table

    text = UnicodeAttribute()
    page = NumberAttribute(null=True)
    section = UnicodeAttribute(null=True)
    offset = NumberAttribute()


class DocumentPointer(Item):
    """A document's place in its application's or a status's list. It has the document's own ordinal."""

    class Meta:
        table_name = settings.documents_table


class Documents:
    """A workspace's live or test documents."""

    def __init__(self, workspace_id: str, mode: str) -> None:
        self._workspace_id = workspace_id
        self._mode = mode
        self.key = tenant_key(workspace_id, mode, "documents")
        self.all = CountedList(Document, self.key)

    def find(self, document_id: str) -> Document:
        """The document. Raises NotFound, also for another workspace's or the other mode's."""
        if ids.is_id("doc", document_id):
            try:
                found = Document.get(self.key, member_key(ids.ordinal_of(document_id)), consistent_read=True)
            except Document.DoesNotExist:
                pass
            else:
                if found.id == document_id:
                    return found
        raise not_found()

    def find_all(self, document_ids: Sequence[str]) -> list[Document]:
        """Those of the given documents that there are, in the given order, each once."""
        known = [document_id for document_id in dict.fromkeys(document_ids) if ids.is_id("doc", document_id)]
        keys = {document_id: (self.key, member_key(ids.ordinal_of(document_id))) for document_id in known}
        if not keys:
            return []
        found = {item.id: item for item in Document.batch_get(list(set(keys.values())), consistent_read=True)}
        return [found[document_id] for document_id in known if document_id in found]

    def page(self, number: int, limit: int, *, app_id: str | None, status: str | None) -> Page[Document]:
        """One page, newest first: all, or those of an application, of a status, or of both."""
        if app_id is None and status is None:
            return self.all.page(number, limit)
        page = self.pointers(app_id, status).page(number, limit)
        keys = [(self.key, pointer.sk) for pointer in page.items]
        found = {item.sk: item for item in Document.batch_get(keys, consistent_read=True)} if keys else {}
        return Page([found[pointer.sk] for pointer in page.items if pointer.sk in found], page.total)

    def pointers(self, app_id: str | None, status: str | None) -> CountedList[DocumentPointer]:
        """The list of an application's documents, of those with a status, or of both."""
        # No id holds a `#`, and each part names itself: no two lists share a key.
        parts = [f"app:{app_id}" if app_id else "", f"status:{status}" if status else ""]
        return CountedList(
            DocumentPointer, tenant_key(self._workspace_id, self._mode, "documents", *filter(None, parts))
        )

    def chunks(self, ordinal: int) -> CountedList[Chunk]:
        """A document's chunks. They are not counted in: the document knows how many there are."""
        return CountedList(Chunk, self.chunks_key(ordinal))

    def chunk_count(self, ordinal: int) -> int:
        """One more than the highest number of a document's chunks, so that none is beyond, even if some are gone."""
        last = Chunk.query(self.chunks_key(ordinal), scan_index_forward=False, limit=1, consistent_read=True)
        return max((int(chunk.sk) + 1 for chunk in last), default=0)

    def chunks_key(self, ordinal: int) -> str:
        """The partition of a document's chunks. It goes by the ordinal, so that a hit leads to both in one read."""
        return tenant_key(self._workspace_id, self._mode, "chunks", member_key(ordinal))

    def object_key(self, document_id: str, app_id: str | None) -> str:
        """Where a document's file is in the bucket. The key tells all that its notification must tell."""
        return "/".join((_UPLOADS, self._workspace_id, self._mode, app_id or UNBOUND, document_id))

    def add(self, transaction: Transaction, document: Document) -> None:
        """Let the transaction write a new document into its lists."""
        transaction.put(document, Document.pk.does_not_exist())
        self.all.count_in(transaction, document.ordinal)
        for pointers in self._lists_of(document, document.status):
            self._point(transaction, pointers, document)

    def save(self, transaction: Transaction, document: Document, status_before: str) -> None:
        """Let the transaction write a changed document over the one that was read. Its version grows."""
        before = document.version
        document.version = before + 1
        condition = (Document.id == document.id) & (Document.version == before)
        transaction.put(document, condition, otherwise=changed())
        if document.status != status_before:
            for pointers in self._status_lists(document, status_before):
                self._unpoint(transaction, pointers, document)
            for pointers in self._status_lists(document, document.status):
                self._point(transaction, pointers, document)

    def remove(self, transaction: Transaction, document: Document) -> None:
        """Let the transaction delete the document, as it was read, from its lists. Its event wakes the cleanup."""
        transaction.delete(document, Document.version == document.version, otherwise=changed())
        self.all.count_out(transaction, document.ordinal)
        for pointers in self._lists_of(document, document.status):
            self._unpoint(transaction, pointers, document)
        self.add_event(transaction, "document.deleted", document)

    def add_event(self, transaction: Transaction, name: str, document: Document) -> None:
        """Let the transaction tell of what happened to the document."""
        add_event(transaction, self._workspace_id, self._mode, name, document.public(), app_id=document.app_id)

    def _lists_of(self, document: Document, status: str) -> list[CountedList[DocumentPointer]]:
        own = [self.pointers(document.app_id, None)] if document.app_id else []
        return [*own, *self._status_lists(document, status)]

    def _status_lists(self, document: Document, status: str) -> list[CountedList[DocumentPointer]]:
        of_app = [self.pointers(document.app_id, status)] if document.app_id else []
        return [self.pointers(None, status), *of_app]

    def _point(self, transaction: Transaction, pointers: CountedList[DocumentPointer], document: Document) -> None:
        transaction.put(DocumentPointer(pk=pointers.pk, sk=document.sk))
        pointers.count_in(transaction, document.ordinal)

    def _unpoint(self, transaction: Transaction, pointers: CountedList[DocumentPointer], document: Document) -> None:
        transaction.delete(DocumentPointer(pk=pointers.pk, sk=document.sk))
        pointers.count_out(transaction, document.ordinal)


def not_found() -> NotFound:
    """There is no such document for this key."""
    return NotFound("There is no such document.")


def changed() -> Conflict:
    """Another change came between reading and writing."""
    return Conflict("The document was changed meanwhile. Read it again.")
