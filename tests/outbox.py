"""Reads the outbox, for tests."""

from lambdify import clock
from lambdify.store.base import tenant_key
from lambdify.store.outbox import Event
from tests.gateway import Workspace


def events_of(workspace: Workspace, mode: str = "test") -> list[Event]:
    """The workspace's committed events of today, oldest first."""
    today = clock.timestamp()[:10]
    events = list(Event.query(tenant_key(workspace.id, mode, today)))
    return sorted(events, key=lambda event: str(event.created_at))
