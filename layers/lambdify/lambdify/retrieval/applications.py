"""The search of an application's documents, or of those that belong to no application."""

from lambdify.settings import settings
from lambdify.store.documents import UNBOUND

from .bm25 import BM25
from .index import Index
from .retriever import Retriever
from .s3 import S3Objects


def index_of(workspace_id: str, mode: str, app_id: str | None) -> Index:
    """The index of an application's documents; without `app_id`, of those that belong to none."""
    return Index(S3Objects(settings.index_bucket), index_prefix(workspace_id, mode, app_id))


def index_prefix(workspace_id: str, mode: str, app_id: str | None) -> str:
    """What the names of the index's objects begin with."""
    return "/".join((workspace_id, mode, app_id or UNBOUND))


def retriever_of(workspace_id: str, mode: str, app_id: str | None) -> Retriever:
    """What searches that index."""
    return BM25(index_of(workspace_id, mode, app_id))
