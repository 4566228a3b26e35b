"""The rules of documents that are there already."""

from typing import Any

from lambdify import clock
from lambdify.caller import Caller
from lambdify.errors import Conflict, InvalidRequest
from lambdify.retrieval.passages import Found, search
from lambdify.store.counted_list import Page
from lambdify.store.documents import Document, Documents, changed, not_found
from lambdify.store.transaction import Transaction
from lambdify.web.answers import Precondition

from . import files
from .schemas import Search

_ATTEMPTS = 5


def list_documents(caller: Caller, page: int, limit: int, app_id: str, status: str) -> Page[Document]:
    """One page, newest first. An application's own key sees that application's."""
    app_id = app_id or caller.app_id
    if app_id:
        caller.require_application(app_id)
    return _documents(caller).page(page, limit, app_id=app_id or None, status=status or None)


def read_document(caller: Caller, document_id: str) -> Document:
    """The document. Raises NotFound."""
    document = _documents(caller).find(document_id)
    if caller.kind == "app" and caller.app_id != document.app_id:
        raise not_found()
    return document


def update_document(caller: Caller, document_id: str, metadata: dict[str, Any], precondition: Precondition) -> Document:
    """Give it other metadata. Raises NotFound, PreconditionFailed, InvalidRequest."""
    for _ in range(_ATTEMPTS):
        document = read_document(caller, document_id)
        precondition.demand(int(document.version))
        if metadata.get("app_id", document.app_id) != document.app_id:
            raise InvalidRequest.at(("body.metadata.app_id", "A document cannot move to another application."))
        document.metadata, document.updated_at = metadata, clock.timestamp()
        transaction = Transaction()
        _documents(caller).save(transaction, document, document.status)
        try:
            transaction.commit()
        except Conflict:
            continue  # Another change came between, such as its processing; the metadata can be laid upon that one.
        return document
    raise changed()


def delete_document(caller: Caller, document_id: str, precondition: Precondition) -> None:
    """Delete it now; its file, chunks and index are removed afterwards by the cleanup worker, which its event wakes."""
    for _ in range(_ATTEMPTS):
        document = read_document(caller, document_id)
        precondition.demand(int(document.version))
        transaction = Transaction()
        _documents(caller).remove(transaction, document)
        try:
            transaction.commit()
        except Conflict:
            continue  # It was processed meanwhile, which nobody needs any more.
        return
    raise changed()


def download_url(caller: Caller, document_id: str) -> str:
    """Where its file can be downloaded. Raises NotFound, Conflict (the file is not there yet)."""
    document = read_document(caller, document_id)
    if document.object_version is None:
        raise Conflict("The file has not been uploaded yet.")
    key = _documents(caller).object_key(document.id, document.app_id)
    return files.download_url(key, document.object_version, document.name)


def search_documents(caller: Caller, body: Search) -> list[Found]:
    """Passages of an application's documents, the best first. Raises NotFound."""
    app_id = body.app_id or caller.app_id or None
    caller.require_application(app_id)

    def accepts(document: Document) -> bool:
        return all(document.metadata.get(name) == value for name, value in body.filter.items())

    return search(caller.workspace_id, caller.mode, app_id, body.query, body.top_k, accepts=accepts)


def _documents(caller: Caller) -> Documents:
    return Documents(caller.workspace_id, caller.mode)
