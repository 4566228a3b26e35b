"""From an event in the outbox to the tasks that it causes: one for each webhook that wants it."""

from collections.abc import Sequence

from lambdify.store.outbox import Event
from lambdify.store.webhooks import all_webhooks

from .events import EVENTS
from .tasks import Forget, Open, Task

WEBHOOK_DELETED = "webhook.deleted"
"""Not for webhooks: it makes the worker remove the deleted one's deliveries."""


def tasks_of(event: Event) -> Sequence[Task]:
    """The tasks. The webhooks are read anew for each event, so that the youngest one counts."""
    workspace_id, mode, date = str(event.pk).split("#")
    if event.event == WEBHOOK_DELETED:
        return [Forget(workspace_id, mode, event.data["id"])]
    if event.event not in EVENTS:
        return []
    wanting = [webhook for webhook in all_webhooks(workspace_id, mode) if webhook.wants(event.event, event.app_id)]
    return [Open(workspace_id, mode, webhook.id, event.sk, date) for webhook in wanting]
