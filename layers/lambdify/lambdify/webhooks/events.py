"""The names of the events that webhooks can subscribe to. `catalogue` says what they carry."""

EVENTS = (
    "application.created",
    "application.deleted",
    "application.updated",
    "conversation.completed",
    "conversation.created",
    "document.failed",
    "document.processed",
    "document.uploaded",
    "endpoint.disabled",
    "message.created",
)
