"""From an uploaded file to a document that can be searched. Every step may be repeated, and another may be faster."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import ClientError

from lambdify import clock
from lambdify.aws.clients import client
from lambdify.errors import Conflict, NotFound
from lambdify.retrieval.applications import index_of, vectors_of
from lambdify.retrieval.erasing import erase, erase_text, remove_versions
from lambdify.retrieval.words import terms_of
from lambdify.settings import settings
from lambdify.store.documents import FAILED, PROCESSED, UNBOUND, UPLOADED, UPLOADING, Document, Documents
from lambdify.store.transaction import Transaction

from .extraction.chunking import Chunk
from .extraction.kinds import Kind
from .extraction.parts import Unreadable
from .extraction.sandbox import extract
from .store import write_chunks

_COPY_BYTES = 1024 * 1024
_ATTEMPTS = 10
_GIVEN_UP = "The file could not be processed, although it was tried several times. Try another way of saving it."


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has arrived."""

    workspace_id: str
    mode: str
    app_id: str | None
    document_id: str
    object_version: str | None
    """None: the newest."""

    @classmethod
    def from_key(cls, key: str, object_version: str | None) -> "Upload":
        """From an object's key: see `Documents.object_key`."""
        _, workspace_id, mode, app_id, document_id = key.split("/")
        return cls(workspace_id, mode, None if app_id == UNBOUND else app_id, document_id, object_version)

    @property
    def documents(self) -> Documents:
        """The list that its document is in."""
        return Documents(self.workspace_id, self.mode)

    @property
    def key(self) -> str:
        """Of the object."""
        return self.documents.object_key(self.document_id, self.app_id)


def process(upload: Upload) -> None:
    """Make the file's text searchable, or say why it is not. What has been done already is not done again."""
    document = _accepted(upload)
    if document is None or document.status != UPLOADED:
        if document is not None:
            _erase_text_of_failed(upload, document)  # An attempt may have been stopped just before it did.
        return
    try:
        kind, chunks = _extracted(upload, document)
    except Unreadable as error:
        _fail(upload, error.reason, error.message)
        return
    write_chunks(upload.documents.chunks_key(document.ordinal), chunks)
    _index(upload, document, chunks)
    _finish(upload, PROCESSED, kind=kind, chunk_count=len(chunks), processed_at=clock.timestamp())


def give_up(upload: Upload) -> None:
    """Let the document end as `failed`: it has stopped the worker again and again."""
    document = _accepted(upload)
    if document is not None and document.status == UPLOADED:
        _fail(upload, "processing_failed", _GIVEN_UP)


def _accepted(upload: Upload) -> Document | None:
    """The upload's document, which now knows its file; None when there is nothing to do."""
    for _ in range(_ATTEMPTS):
        try:
            document = upload.documents.find(upload.document_id)
        except NotFound:
            # It was deleted. Whatever came after its cleanup, this file or what an earlier attempt made, goes too.
            _erase(upload)
            return None
        if document.object_version is not None:
            remove_versions(upload.key, but=document.object_version)
            return document
        try:
            return _accept(upload, document)
        except Conflict:
            continue  # The upload itself was faster, or the document was deleted.
    raise Conflict("The document is being changed by others.")


def _accept(upload: Upload, document: Document) -> Document | None:
    found = _head(upload)
    if found is None:
        return None
    document.object_version, document.size_bytes = found
    document.status, document.updated_at = UPLOADED, clock.timestamp()
    transaction = Transaction()
    upload.documents.save(transaction, document, UPLOADING)
    upload.documents.add_event(transaction, "document.uploaded", document)
    transaction.commit()
    return document


def _head(upload: Upload) -> tuple[str, int] | None:
    """The object's version and size, or None when it is gone."""
    version = {"VersionId": upload.object_version} if upload.object_version else {}
    try:
        answer = client("s3").head_object(Bucket=settings.documents_bucket, Key=upload.key, **version)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NoSuchVersion"):
            return None
        raise
    return answer["VersionId"], answer["ContentLength"]


def _extracted(upload: Upload, document: Document) -> tuple[Kind, list[Chunk]]:
    with _downloaded(upload.key, str(document.object_version)) as path:
        return extract(path, document.name)


@contextmanager
def _downloaded(key: str, version: str) -> Iterator[str]:
    answer = client("s3").get_object(Bucket=settings.documents_bucket, Key=key, VersionId=version)
    with tempfile.NamedTemporaryFile() as file:
        for some in answer["Body"].iter_chunks(_COPY_BYTES):
            file.write(some)
        file.flush()
        yield file.name


def _index(upload: Upload, document: Document, chunks: Sequence[Chunk]) -> None:
    # A section's name says what its passages are about, also in those that do not repeat it.
    terms = [terms_of(f"{chunk.section or ''} {chunk.text}") for chunk in chunks]
    index_of(upload.workspace_id, upload.mode, upload.app_id).add(document.ordinal, terms)
    vectors = vectors_of(upload.workspace_id, upload.mode, upload.app_id)
    if vectors is not None:
        vectors.add(document.ordinal, [chunk.text for chunk in chunks])


def _fail(upload: Upload, code: str, message: str) -> None:
    _finish(upload, FAILED, error={"code": code, "message": message})


def _finish(upload: Upload, status: str, **changes: object) -> None:
    """Write how it ended. What fails, or was deleted meanwhile, leaves no text behind."""
    for _ in range(_ATTEMPTS):
        try:
            document = upload.documents.find(upload.document_id)
        except NotFound:
            _erase(upload)
            return
        if document.status != UPLOADED:  # Another delivery of the same notification was faster.
            _erase_text_of_failed(upload, document)
            return
        for name, value in {"status": status, "updated_at": clock.timestamp(), **changes}.items():
            setattr(document, name, value)
        transaction = Transaction()
        upload.documents.save(transaction, document, UPLOADED)
        upload.documents.add_event(transaction, f"document.{status}", document)
        try:
            transaction.commit()
        except Conflict:
            continue  # Its metadata was changed, or it was deleted, or another delivery was faster.
        _erase_text_of_failed(upload, document)
        return
    raise Conflict("The document is being changed by others.")


def _erase_text_of_failed(upload: Upload, document: Document) -> None:
    if document.status == FAILED:
        erase_text(upload.workspace_id, upload.mode, upload.app_id, upload.document_id, _always)


def _erase(upload: Upload) -> None:
    erase(upload.workspace_id, upload.mode, upload.app_id, upload.document_id, _always)


def _always() -> bool:
    return True
