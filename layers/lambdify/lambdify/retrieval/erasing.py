"""Removes all that a document has left: its file, its chunks, its place in the index. Each step may be repeated."""

from collections.abc import Callable

from lambdify import ids
from lambdify.aws.clients import client
from lambdify.errors import Unavailable
from lambdify.settings import settings
from lambdify.store.documents import Documents

from .applications import index_of, index_prefix, vectors_of

HasTime = Callable[[], bool]


def erase(workspace_id: str, mode: str, app_id: str | None, document_id: str, has_time: HasTime) -> bool:
    """Remove all of a deleted document, as far as time allows. Whether it is finished."""
    documents = Documents(workspace_id, mode)
    remove_versions(documents.object_key(document_id, app_id))
    return erase_text(workspace_id, mode, app_id, document_id, has_time)


def erase_text(workspace_id: str, mode: str, app_id: str | None, document_id: str, has_time: HasTime) -> bool:
    """Remove what processing has made of a document. Whether it is finished."""
    ordinal = ids.ordinal_of(document_id)
    documents = Documents(workspace_id, mode)
    vectors = vectors_of(workspace_id, mode, app_id)
    if vectors is not None:
        vectors.remove(ordinal, documents.chunk_count(ordinal))  # Before the chunks, which say how many there are.
    if not documents.chunks(ordinal).remove_all(has_time):
        return False
    index_of(workspace_id, mode, app_id).remove(ordinal)
    return True


def erase_index(workspace_id: str, mode: str, app_id: str) -> None:
    """Remove a deleted application's index: a handful of objects."""
    prefix = f"{index_prefix(workspace_id, mode, app_id)}/"
    found = client("s3").list_objects_v2(Bucket=settings.index_bucket, Prefix=prefix).get("Contents", [])
    if found:
        _delete(settings.index_bucket, [{"Key": entry["Key"]} for entry in found])
    vectors = vectors_of(workspace_id, mode, app_id)
    if vectors is not None:
        vectors.remove_all()


def remove_versions(key: str, *, but: str | None = None) -> None:
    """Remove every version of a file, or all but one."""
    answer = client("s3").list_object_versions(Bucket=settings.documents_bucket, Prefix=key)
    versions = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
    doomed = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in versions if entry["VersionId"] != but]
    if doomed:
        _delete(settings.documents_bucket, doomed)


def _delete(bucket: str, objects: list[dict[str, str]]) -> None:
    answer = client("s3").delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    if answer.get("Errors"):
        raise Unavailable("S3 is busy and has not deleted all objects.")
