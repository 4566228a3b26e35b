"""The queue of cleanups: what a deleted object owned is removed behind it."""

import json
from dataclasses import asdict, dataclass

from .aws.clients import client
from .settings import settings


@dataclass(frozen=True, slots=True)
class Cleanup:
    """Remove what this deleted object owned."""

    kind: str
    """`application` or `conversation`."""
    workspace_id: str
    mode: str
    object_id: str

    @classmethod
    def from_text(cls, text: str) -> "Cleanup":
        """The inverse of what `send_cleanup` sends."""
        return cls(**json.loads(text))


def send_cleanup(cleanup: Cleanup) -> None:
    """Put it into the queue."""
    client("sqs").send_message(QueueUrl=settings.cleanup_queue_url, MessageBody=json.dumps(asdict(cleanup)))
