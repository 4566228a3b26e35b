"""The catalogue of events: what each tells, as models for `openapi.json`, and an example for tests of a webhook.

`data` is the object as the API showed it when the change was committed. Fields may be added; none is taken away.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

_APPLICATION = "app_01kb6rz6n8f3m5d9t2w7x4c0000000"
_CONVERSATION = "conv_01kb6rz6n8f3m5d9t2w7x4c0000000"
_DOCUMENT = "doc_01kb6rz6n8f3m5d9t2w7x4c0000000"
_TIME = "2026-01-31T09:30:00.000Z"


def _require_all(schema: dict[str, Any]) -> None:
    """In the document, defaults are what they are here, examples; and receivers must bear with new fields."""
    del schema["additionalProperties"]
    schema["required"] = list(schema["properties"])
    for field in schema["properties"].values():
        field["examples"] = [field.pop("default")]


class _Data(BaseModel):
    """What an event tells. Every field is always there; the defaults are the example."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_require_all)


class ApplicationData(_Data):
    """An application."""

    id: str = _APPLICATION
    name: str = "Support assistant"
    description: str = "Answers customers' questions."
    mode: Literal["completion", "chat"] = "chat"
    config: dict[str, Any] = Field(
        default={"model": "sandbox-chat", "temperature": 0.7, "max_tokens": 2000, "system_prompt": ""}
    )
    created_at: str = _TIME
    updated_at: str = _TIME


class ConversationData(_Data):
    """A conversation."""

    id: str = _CONVERSATION
    app_id: str = _APPLICATION
    user: str = "user-123"
    name: str = "Delivery times"
    status: Literal["active", "completed"] = "active"
    inputs: dict[str, Any] = Field(default={"query": "How long does it take?"})
    created_at: str = _TIME
    updated_at: str = _TIME
    completed_at: str | None = None


class CompletedConversationData(ConversationData):
    """A conversation that takes no more messages."""

    status: Literal["completed"] = "completed"
    completed_at: str = _TIME


class MessageData(_Data):
    """A message."""

    id: str = "msg_01kb6rz6n8f3m5d9t2w7x4c00000000000001"
    conversation_id: str = _CONVERSATION
    app_id: str = _APPLICATION
    role: Literal["user", "assistant"] = "assistant"
    content: str = "It takes two days."
    status: Literal["pending", "completed", "failed"] = "completed"
    parent_id: str | None = "msg_01kb6rz6n8f3m5d9t2w7x4c00000000000000"
    model: str | None = "sandbox-chat"
    usage: dict[str, int] | None = Field(default={"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14})
    citations: list[dict[str, Any]] = Field(default=[])
    files: list[str] = Field(default=[])
    feedback: dict[str, Any] | None = None
    created_at: str = _TIME


class DocumentData(_Data):
    """A document that was uploaded."""

    id: str = _DOCUMENT
    app_id: str | None = _APPLICATION
    name: str = "handbook.pdf"
    status: Literal["uploaded", "processed", "failed"] = "uploaded"
    metadata: dict[str, Any] = Field(default={"app_id": _APPLICATION})
    size_bytes: int = 18_825
    type: str | None = None
    chunks: int | None = None
    error: dict[str, str] | None = None
    created_at: str = _TIME
    updated_at: str = _TIME
    processed_at: str | None = None


class ProcessedDocumentData(DocumentData):
    """A document that can be searched."""

    status: Literal["processed"] = "processed"
    type: str = "pdf"
    chunks: int = 3
    processed_at: str = _TIME


class FailedDocumentData(DocumentData):
    """A document whose text could not be read."""

    status: Literal["failed"] = "failed"
    error: dict[str, str] = Field(default={"code": "encrypted", "message": "The PDF is encrypted."})


class DisabledEndpointData(_Data):
    """The webhook that was disabled. It is itself not told."""

    id: str = "whk_01kb6rz6n8f3m5d9t2w7x4c0000000"
    url: str = "https://example.com/hook"
    events: list[str] = Field(default=["*"])
    description: str = ""
    enabled: bool = False
    app_id: str | None = None
    disabled_reason: Literal["gone", "failing"] = "failing"
    created_at: str = _TIME
    updated_at: str = _TIME


CATALOGUE: dict[str, tuple[type[BaseModel], str]] = {
    "application.created": (ApplicationData, "An application was created."),
    "application.deleted": (ApplicationData, "An application was deleted; what it owned is being removed."),
    "application.updated": (ApplicationData, "An application's name, description or configuration changed."),
    "conversation.completed": (CompletedConversationData, "A conversation was completed; it takes no more messages."),
    "conversation.created": (ConversationData, "A conversation began."),
    "document.failed": (FailedDocumentData, "A document could not be processed."),
    "document.processed": (ProcessedDocumentData, "A document was processed and can be searched."),
    "document.uploaded": (DocumentData, "A document was uploaded."),
    "endpoint.disabled": (DisabledEndpointData, "A webhook was disabled because its endpoint is gone or only fails."),
    "message.created": (MessageData, "A message was stored."),
}


def envelope_of(event: str) -> type[BaseModel]:
    """The model of a delivery's whole body."""
    data, description = CATALOGUE[event]
    name = "".join(part.title() for part in event.replace(".", "_").split("_")) + "Event"
    fields: dict[str, Any] = {
        "event": (Literal[event], event),
        "created_at": (str, _TIME),
        "data": (data, data().model_dump(mode="json")),
        "id": (str, "evt_01kb6rz6n8f3m5d9t2w7x4c0000000"),
    }
    return create_model(name, __doc__=description, __base__=_Data, **fields)


def example_of(event: str) -> dict[str, Any]:
    """The `data` of an example of the event."""
    model, _ = CATALOGUE[event]
    return model().model_dump(mode="json")
