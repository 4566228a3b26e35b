"""Bodies of the documents group."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from lambdify.web.fields import JsonObject, Question, storable

Status = Literal["uploading", "uploaded", "processed", "failed"]

_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def file_name(name: str) -> str:
    """The last part of what may be a path, without what would not print. Raises ValueError when nothing is left."""
    plain = _CONTROLS.sub("", storable(name).replace("\\", "/").rpartition("/")[2]).strip()
    if plain in ("", ".", ".."):
        raise ValueError("names no file")
    return plain


FileName = Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(file_name)]


class UploadCreate(BaseModel):
    """A file that is going to be uploaded."""

    name: FileName = Field(examples=["handbook.pdf"])
    metadata: JsonObject = Field({}, description="Anything you like; its `app_id` binds the document.")
    size_bytes: int | None = Field(None, ge=1, description="Refused at once when too large.")


class DocumentUpdate(BaseModel):
    """What may change."""

    metadata: JsonObject = Field(description="Takes the place of what was there. The `app_id` in it cannot change.")


class Search(BaseModel):
    """A question to the documents."""

    query: Question
    app_id: str = Field("", max_length=100, description="Without it, documents that belong to no application.")
    top_k: int = Field(5, ge=1, le=20, description="The most passages.")
    filter: JsonObject = Field({}, description="Only documents whose metadata has these values.")


class DocumentError(BaseModel):
    """Why a document could not be processed."""

    code: str = Field(description="One of the reasons in docs/documents.md.", examples=["encrypted"])
    message: str


class Document(BaseModel):
    """A document as the API shows it."""

    id: str = Field(examples=["doc_01kb6rz6n8f3m5d9t2w7x4c0000000"])
    app_id: str | None
    name: str
    status: Status
    metadata: dict[str, Any]
    size_bytes: int | None
    type: Literal["csv", "docx", "html", "json", "md", "pdf", "txt"] | None = Field(description="What it really is.")
    chunks: int | None = Field(description="How many passages it was divided into.")
    error: DocumentError | None
    created_at: str
    updated_at: str
    processed_at: str | None


class DocumentList(BaseModel):
    """One page of documents, newest first."""

    data: list[Document]
    total: int = Field(description="How many there are on all pages, exactly.")
    page: int
    limit: int
    has_more: bool


class FileAnswer(BaseModel):
    """What became of one of several files."""

    name: str
    document: Document | None
    error: dict[str, Any] | None


class FileAnswers(BaseModel):
    """What became of several files, in their order."""

    data: list[FileAnswer]


class UploadForm(BaseModel):
    """Where and how to upload: POST a form with these fields, then the file as `file`."""

    url: str
    fields: dict[str, str]
    size_bytes_max: int
    expires_at: str


class Upload(Document):
    """A document whose file is still to come."""

    upload: UploadForm


class Match(BaseModel):
    """A passage that was found."""

    model_config = ConfigDict(extra="forbid")

    document_id: str
    document_name: str
    chunk_id: str
    text: str
    page: int | None
    section: str | None
    offset: int = Field(description="Where it begins, in characters of the document's text.")
    score: float
    metadata: dict[str, Any]


class Matches(BaseModel):
    """The passages, best first."""

    data: list[Match]
