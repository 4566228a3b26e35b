"""The search of an application's documents, or of those that belong to no application."""

from typing import TYPE_CHECKING

from lambdify.models import embeddings
from lambdify.settings import settings
from lambdify.store.documents import UNBOUND

from .bm25 import BM25
from .fusion import Fused
from .index import Index
from .retriever import Retriever
from .s3 import S3Objects

if TYPE_CHECKING:
    from .vectors import Vectors


def index_of(workspace_id: str, mode: str, app_id: str | None) -> Index:
    """The index of an application's documents; without `app_id`, of those that belong to none."""
    return Index(S3Objects(settings.index_bucket), index_prefix(workspace_id, mode, app_id))


def index_prefix(workspace_id: str, mode: str, app_id: str | None) -> str:
    """What the names of the index's objects begin with."""
    return "/".join((workspace_id, mode, app_id or UNBOUND))


def vectors_of(workspace_id: str, mode: str, app_id: str | None) -> "Vectors | None":
    """The vectors of the same documents, where search by meaning is on."""
    if not embeddings.is_on(mode):
        return None
    from .vectors import Vectors

    return Vectors(index_prefix(workspace_id, mode, app_id))


def retriever_of(workspace_id: str, mode: str, app_id: str | None) -> Retriever:
    """What searches an application's documents: by words, and by meaning where that is on."""
    words = BM25(index_of(workspace_id, mode, app_id))
    vectors = vectors_of(workspace_id, mode, app_id)
    return words if vectors is None else Fused([words, vectors])
