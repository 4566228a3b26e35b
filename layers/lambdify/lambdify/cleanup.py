"""The queue of cleanups: what a deleted object owned is removed behind it."""

import json
from dataclasses import asdict, dataclass

from .aws.clients import client
from .settings import settings


@dataclass(frozen=True, slots=True)
class Cleanup:
    """Remove what this deleted object owned."""

    kind: str
    """`application`, `conversation` or `document`."""
    workspace_id: str
    mode: str
    object_id: str
    app_id: str | None = None
    """The application that a document belonged to."""

    @classmethod
    def from_text(cls, text: str) -> "Cleanup":
        """The inverse of what `send_cleanup` sends."""
        return cls(**json.loads(text))


def send_cleanup(cleanup: Cleanup) -> None:
    """Put it into the queue."""
    client("sqs").send_message(QueueUrl=settings.cleanup_queue_url, MessageBody=json.dumps(asdict(cleanup)))
