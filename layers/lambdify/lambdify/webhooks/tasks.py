"""What travels through the queue of deliveries. Tasks point at what is stored; events' contents do not travel."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from lambdify.aws.clients import client
from lambdify.settings import settings

_BATCH = 10


@dataclass(frozen=True, slots=True)
class Open:
    """Deliver an event to a webhook: make the delivery, and the first attempt."""

    workspace_id: str
    mode: str
    webhook_id: str
    event_id: str
    event_date: str
    """The day in the event's key."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Make one attempt of a delivery. `cause` is `try-<number>`, or unique to a wish for a resend."""

    workspace_id: str
    mode: str
    delivery_id: str
    cause: str


@dataclass(frozen=True, slots=True)
class Recover:
    """Resend what has failed since a time, from the delivery before `before` backwards."""

    workspace_id: str
    mode: str
    webhook_id: str
    cause: str
    since: str
    before: int
    """An ordinal."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Remove the deliveries of a webhook that was deleted."""

    workspace_id: str
    mode: str
    webhook_id: str


Task = Open | Attempt | Recover | Forget
_KINDS: dict[str, type[Task]] = {kind.__name__: kind for kind in (Open, Attempt, Recover, Forget)}


def to_text(task: Task) -> str:
    """The task as a message's body."""
    return json.dumps({"kind": type(task).__name__, **asdict(task)})


def from_text(text: str) -> Task:
    """The inverse of `to_text`."""
    fields = json.loads(text)
    return _KINDS[fields.pop("kind")](**fields)


def group_of(task: Task) -> str:
    """The tenant: a fair queue serves others first when one has too much in it."""
    return f"{task.workspace_id}.{task.mode}"


def send(tasks: Sequence[Task], *, delay_seconds: int = 0) -> None:
    """Put tasks into the queue. Raises RuntimeError when SQS has not taken them all."""
    for first in range(0, len(tasks), _BATCH):
        entries = [
            {
                "Id": str(number),
                "MessageBody": to_text(task),
                "MessageGroupId": group_of(task),
                "DelaySeconds": delay_seconds,
            }
            for number, task in enumerate(tasks[first : first + _BATCH])
        ]
        answer = client("sqs").send_message_batch(QueueUrl=settings.webhook_deliveries_queue_url, Entries=entries)
        if answer.get("Failed"):
            raise RuntimeError(f"SQS did not take {len(answer['Failed'])} of {len(entries)} tasks.")
