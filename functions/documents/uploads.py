"""The rules of uploads: what a form must hold, and what becomes of each of its files."""

import json
from dataclasses import dataclass
from typing import Any

from lambdify import clock, ids
from lambdify.caller import Caller
from lambdify.errors import ApiError, Conflict, InvalidRequest, NotFound, PayloadTooLarge
from lambdify.store.applications import Application, applications_key
from lambdify.store.counted_list import member_key
from lambdify.store.documents import UPLOADED, UPLOADING, Document, Documents
from lambdify.store.transaction import Transaction
from lambdify.web.fields import bounded_json

from . import files
from .multipart import FormPart, form_parts
from .schemas import UploadCreate, file_name

FILES_MAX = 20
DIRECT_BYTES_MAX = 4 * 1024 * 1024
"""Lambda takes events of 6 MB, in which a body is a third longer."""
_NAME_LENGTH_MAX = 255


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: a document, or an error."""

    name: str
    document: Document | None
    error: ApiError | None


@dataclass(frozen=True, slots=True)
class _Form:
    files: list[FormPart]
    metadata: dict[str, Any]
    app_id: str | None


def upload_files(caller: Caller, content_type: str, body: bytes) -> list[Outcome]:
    """A document per file of the form. Raises InvalidRequest, NotFound for what concerns the whole form."""
    form = _read_form(caller, content_type, body)
    return [_outcome(caller, form, number, part) for number, part in enumerate(form.files)]


def announce(caller: Caller, body: UploadCreate) -> tuple[Document, dict[str, Any]]:
    """A document whose file comes later, and the form to upload it with. Raises PayloadTooLarge, NotFound."""
    if body.size_bytes is not None and body.size_bytes > files.FILE_BYTES_MAX:
        raise PayloadTooLarge(f"A file may have up to {files.FILE_BYTES_MAX // 1024**2} MB.")
    documents = Documents(caller.workspace_id, caller.mode)
    document = _create(caller, documents, body.name, body.metadata, _app_id(caller, body.metadata))
    return document, files.upload_form(documents.object_key(document.id, document.app_id))


def _outcome(caller: Caller, form: _Form, number: int, part: FormPart) -> Outcome:
    try:
        name = _demand_file(part, number)
        document = _upload(caller, name, form, part)
    except ApiError as error:
        return Outcome(part.filename or "", None, error)
    return Outcome(name, document, None)


def _upload(caller: Caller, name: str, form: _Form, part: FormPart) -> Document:
    """First the document, then its file: whatever happens between, no file is without a document."""
    documents = Documents(caller.workspace_id, caller.mode)
    document = _create(caller, documents, name, form.metadata, form.app_id)
    document.object_version = files.store(documents.object_key(document.id, document.app_id), part.content)
    document.size_bytes = len(part.content)
    document.status, document.updated_at = UPLOADED, clock.timestamp()
    transaction = Transaction()
    documents.save(transaction, document, UPLOADING)
    documents.add_event(transaction, "document.uploaded", document)
    try:
        transaction.commit()
    except Conflict:
        # The processor, which S3 has told of the file, was faster, and has told of it as well; or it is deleted.
        return document
    return document


def _create(caller: Caller, documents: Documents, name: str, metadata: dict[str, Any], app_id: str | None) -> Document:
    ordinal = documents.all.reserve()
    now = clock.timestamp()
    document = Document(
        pk=documents.key,
        sk=member_key(ordinal),
        id=ids.new_id("doc", ordinal),
        app_id=app_id,
        name=name,
        status=UPLOADING,
        metadata=metadata,
        created_at=now,
        updated_at=now,
        version=1,
    )
    transaction = Transaction()
    if app_id is not None:
        _demand_application(transaction, caller, app_id)
    documents.add(transaction, document)
    transaction.commit()
    return document


def _read_form(caller: Caller, content_type: str, body: bytes) -> _Form:
    parts = form_parts(content_type, body)
    found = [part for part in parts if part.name == "file"]
    if not found:
        raise InvalidRequest.at(("body.file", "Send at least one file in the field `file`."))
    if len(found) > FILES_MAX:
        raise InvalidRequest.at(("body.file", f"Send at most {FILES_MAX} files at once."))
    texts = [part.content for part in parts if part.name == "metadata"]
    metadata = _metadata(texts[-1]) if texts else {}
    return _Form(found, metadata, _app_id(caller, metadata))


def _metadata(text: memoryview) -> dict[str, Any]:
    try:
        value = json.loads(bytes(text).decode(), parse_constant=_no_constant)
        if isinstance(value, dict):
            return bounded_json(value)
    except (ValueError, RecursionError):
        pass
    message = 'Must be the JSON of an object, such as {"app_id": "app_..."}, of up to 64 KB and 20 levels.'
    raise InvalidRequest.at(("body.metadata", message))


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _app_id(caller: Caller, metadata: dict[str, Any]) -> str | None:
    """The application that the document is bound to. An application's key binds by itself."""
    named = metadata.get("app_id", "")
    if not isinstance(named, str):
        raise InvalidRequest.at(("body.metadata.app_id", "Must be an application's id."))
    app_id = named or caller.app_id
    if app_id:
        caller.require_application(app_id)
    return app_id or None


def _demand_file(part: FormPart, number: int) -> str:
    location = f"body.file.{number}"
    try:
        name = file_name(part.filename or "")
    except ValueError as error:
        raise InvalidRequest.at((location, f"The file's name {error}.")) from None
    if len(name) > _NAME_LENGTH_MAX:
        raise InvalidRequest.at((location, f"The file's name is over {_NAME_LENGTH_MAX} characters."))
    if not part.content:
        raise InvalidRequest.at((location, "The file is empty."))
    if len(part.content) > DIRECT_BYTES_MAX:
        raise PayloadTooLarge("Files over 4 MB are uploaded another way: see POST /documents/uploads.")
    return name


def _demand_application(transaction: Transaction, caller: Caller, app_id: str) -> None:
    gone = NotFound("There is no such application.")
    if not ids.is_id("app", app_id):
        raise gone
    key = applications_key(caller.workspace_id, caller.mode)
    condition = Application.id == app_id
    transaction.check(Application, key, member_key(ids.ordinal_of(app_id)), condition, otherwise=gone)
