"""The catalogue of events: what each tells, as models for `openapi.json`, and an example for tests of a webhook.

`data` is the object as the API showed it when the change was committed. Fields may be added; none is taken away.
"""

from typing import Any, Literal

from pydantic import BaseModel, Field

_APPLICATION = "app_01kb6rz6n8f3m5d9t2w7x4c0000000"
_CONVERSATION = "conv_01kb6rz6n8f3m5d9t2w7x4c0000000"
_DOCUMENT = "doc_01kb6rz6n8f3m5d9t2w7x4c0000000"
_TIME = "2026-01-31T09:30:00.000Z"


class ApplicationData(BaseModel):
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


class ConversationData(BaseModel):
    """A conversation."""

    id: str = _CONVERSATION
    app_id: str = _APPLICATION
    user: str | None = "user-123"
    name: str = "Delivery times"
    status: str = "active"
    created_at: str = _TIME
    updated_at: str = _TIME


class CompletedConversationData(ConversationData):
    """A conversation that takes no more messages."""

    status: str = "completed"


class MessageData(BaseModel):
    """A message."""

    id: str = "msg_01kb6rz6n8f3m5d9t2w7x4c00000000000001"
    conversation_id: str = _CONVERSATION
    role: Literal["user", "assistant"] = "assistant"
    content: str = "It takes two days."
    created_at: str = _TIME


class DocumentData(BaseModel):
    """A document that was uploaded."""

    id: str = _DOCUMENT
    name: str = "handbook.pdf"
    status: str = "uploaded"
    app_id: str | None = _APPLICATION
    metadata: dict[str, Any] = Field(default={})
    created_at: str = _TIME


class ProcessedDocumentData(DocumentData):
    """A document that can be searched."""

    status: str = "processed"


class FailedDocumentData(DocumentData):
    """A document whose text could not be read."""

    status: str = "failed"
    error: Any = Field(default={"code": "encrypted", "message": "The file is encrypted."})


class DisabledEndpointData(BaseModel):
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


def example_of(event: str) -> dict[str, Any]:
    """The `data` of an example of the event."""
    model, _ = CATALOGUE[event]
    return model().model_dump(mode="json")
