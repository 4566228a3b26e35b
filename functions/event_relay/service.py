"""What each event sets in motion. Everything here may happen twice."""

from lambdify.cleanup import Cleanup, send_cleanup
from lambdify.store.outbox import Event
from lambdify.webhooks import tasks
from lambdify.webhooks.fanout import tasks_of

# Their objects are gone already; these remove what the objects owned.
_CLEANED_UP = {
    "application.deleted": "application",
    "conversation.deleted": "conversation",
    "document.deleted": "document",
}


def relay(event: Event) -> None:
    """Send the event's work to the queues."""
    if event.event in _CLEANED_UP:
        send_cleanup(
            Cleanup(
                kind=_CLEANED_UP[event.event],
                workspace_id=event.workspace_id,
                mode=event.mode,
                object_id=event.data["id"],
                app_id=event.app_id,
            )
        )
    tasks.send(tasks_of(event))
