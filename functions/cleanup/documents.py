"""Removes a deleted application's documents, and what deleted documents have left."""

from collections.abc import Callable

from lambdify.cleanup import Cleanup
from lambdify.errors import Conflict
from lambdify.retrieval.erasing import erase, erase_index
from lambdify.store.documents import STATUSES, Documents
from lambdify.store.transaction import Transaction

_PAGE = 25

HasTime = Callable[[], bool]


def clean_document(cleanup: Cleanup, has_time: HasTime) -> bool:
    """Remove the file, the chunks and the index entries of a deleted document. Whether it is finished."""
    return erase(cleanup.workspace_id, cleanup.mode, cleanup.app_id, cleanup.object_id, has_time)


def clean_documents_of(cleanup: Cleanup, has_time: HasTime) -> bool:
    """Delete an application's documents; each one's own event has the rest of it removed. Whether it is finished."""
    documents = Documents(cleanup.workspace_id, cleanup.mode)
    while has_time():
        page = documents.page(1, _PAGE, app_id=cleanup.object_id, status=None)
        if not page.items:
            _remove_lists(documents, cleanup)
            return True
        for document in page.items:
            transaction = Transaction()
            documents.remove(transaction, document)
            try:
                transaction.commit()
            except Conflict:
                continue  # It was changed or deleted meanwhile; the next page shows which.
    return False


def _remove_lists(documents: Documents, cleanup: Cleanup) -> None:
    """What is left of empty lists and of an index is little: there is always time for it."""
    for status in (None, *STATUSES):
        documents.pointers(cleanup.object_id, status).remove_all(lambda: True)
    erase_index(cleanup.workspace_id, cleanup.mode, cleanup.object_id)
