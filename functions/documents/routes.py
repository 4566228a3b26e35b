"""The documents group's operations."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from lambdify.caller import Caller
from lambdify.retrieval.passages import Found
from lambdify.store.documents import Document as StoredDocument
from lambdify.web.answers import AskedPage, IfMatch, json_answer, no_content, object_answer
from lambdify.web.dependencies import requires
from lambdify.web.router import Router

from . import service, uploads
from .schemas import (
    Document,
    DocumentList,
    DocumentUpdate,
    FileAnswers,
    Matches,
    Search,
    Status,
    Upload,
    UploadCreate,
)

router = Router(tags=["documents"])

Reader = Annotated[Caller, requires("documents:read")]
Writer = Annotated[Caller, requires("documents:write")]

_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": uploads.FILES_MAX},
        "metadata": {"type": "string", "description": 'The JSON of an object, such as `{"app_id": "app_…"}`.'},
    },
}


@router.post(
    "/documents",
    response_model=Document | FileAnswers,
    status_code=201,
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}},
)
async def upload_document(request: Request, caller: Writer) -> Response:
    """Upload a file of up to 4 MB; larger ones go by POST /documents/uploads. It is processed soon after.

    Several fields `file` upload several files; the answer is then a list with a document or an error for each.
    """
    outcomes = uploads.upload_files(caller, request.headers.get("content-type", ""), await _body(request))
    if len(outcomes) == 1:
        return _single(request, outcomes[0])
    if not any(outcome.document for outcome in outcomes):
        raise next(outcome.error for outcome in outcomes if outcome.error)
    return json_answer({"data": [_answer_of(outcome) for outcome in outcomes]}, 201)


@router.get("/documents", response_model=DocumentList)
async def list_documents(
    caller: Reader,
    paging: AskedPage,
    app_id: Annotated[str, Query(max_length=100, description="Only this application's.")] = "",
    status: Annotated[Status | None, Query(description="Only those with this status.")] = None,
) -> Response:
    """List documents, newest first."""
    page = service.list_documents(caller, paging.page, paging.limit, app_id, status or "")
    return paging.answer([document.public() for document in page.items], page.total)


@router.post("/documents/uploads", response_model=Upload, status_code=201)
async def create_upload(request: Request, caller: Writer, body: UploadCreate) -> Response:
    """Announce a file of up to 50 MB. POST it as a form with the given fields, `file` last, to the given URL."""
    document, form = uploads.announce(caller, body)
    return object_answer(request, {**document.public(), "upload": form}, int(document.version), 201)


@router.post("/documents/search", response_model=Matches)
async def search_documents(caller: Reader, body: Search) -> Response:
    """Find the passages that say most about a question, in any language."""
    found = service.search_documents(caller, body)
    return json_answer({"data": [_match(each) for each in found]})


@router.get("/documents/{document_id}", response_model=Document)
async def get_document(request: Request, caller: Reader, document_id: str) -> Response:
    """Read a document."""
    return _answer(request, service.read_document(caller, document_id))


@router.patch("/documents/{document_id}", response_model=Document)
async def update_document(
    request: Request, caller: Writer, document_id: str, body: DocumentUpdate, if_match: IfMatch
) -> Response:
    """Give a document other metadata."""
    return _answer(request, service.update_document(caller, document_id, body.metadata, if_match))


@router.delete("/documents/{document_id}", status_code=204)
async def delete_document(caller: Writer, document_id: str, if_match: IfMatch) -> Response:
    """Delete a document at once. Its file, passages and index entries follow shortly after."""
    service.delete_document(caller, document_id, if_match)
    return no_content()


@router.get("/documents/{document_id}/content", status_code=307, response_model=None)
async def download_document(caller: Reader, document_id: str) -> Response:
    """Be redirected to the file, for five minutes."""
    location = service.download_url(caller, document_id)
    return Response(status_code=307, headers={"Location": location, "Cache-Control": "no-store"})


async def _body(request: Request) -> bytes:
    """The body as it came. Starlette's own `body()` would copy it."""
    parts = [part async for part in request.stream() if part]
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _single(request: Request, outcome: uploads.Outcome) -> Response:
    if outcome.document is None:
        assert outcome.error is not None
        raise outcome.error
    return object_answer(request, outcome.document.public(), int(outcome.document.version), 201)


def _answer_of(outcome: uploads.Outcome) -> dict[str, Any]:
    error = outcome.error
    return {
        "name": outcome.name,
        "document": outcome.document.public() if outcome.document else None,
        "error": {"code": error.code, "message": error.message, "details": error.details} if error else None,
    }


def _answer(request: Request, document: StoredDocument) -> Response:
    return object_answer(request, document.public(), int(document.version))


def _match(found: Found) -> dict[str, Any]:
    passage = found.passage()
    return {
        "document_id": passage.document_id,
        "document_name": passage.title,
        "chunk_id": passage.chunk_id,
        "text": passage.text,
        "page": passage.page,
        "section": found.chunk.section,
        "offset": int(found.chunk.offset),
        "score": round(found.score, 4),
        "metadata": found.document.metadata,
    }
