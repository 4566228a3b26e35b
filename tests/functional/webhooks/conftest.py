"""A workspace with an endpoint that listens, and queues on the test's clock."""

from collections.abc import Iterator
from typing import Any

import pytest

from lambdify import clock
from tests.gateway import Client
from tests.receiving import Endpoint, VirtualQueues, endpoint, virtual_queues

APPLICATION = {
    "name": "Größe 🎉",
    "mode": "chat",
    "config": {"model": "sandbox-chat"},
}


class Now:
    """The test's clock."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds

    def pass_(self, seconds: float) -> None:
        """Let time go by."""
        self.seconds += seconds


@pytest.fixture
def now() -> Iterator[Now]:
    """A clock that moves only when told."""
    moment = Now()
    with clock.reading(moment):
        yield moment


@pytest.fixture
def queues(now: Now) -> Iterator[VirtualQueues]:
    with virtual_queues() as made:
        yield made


@pytest.fixture
def listener() -> Iterator[Endpoint]:
    with endpoint() as running:
        yield running


@pytest.fixture
def webhook(client: Client, listener: Endpoint, queues: VirtualQueues) -> dict[str, Any]:
    """A webhook for all events, as it was answered: with its secret."""
    created: dict[str, Any] = client.post("/webhooks", {"url": listener.url}).json()
    return created


def create_application(client: Client) -> dict[str, Any]:
    """An application; its event is in the outbox."""
    answer = client.post("/applications", APPLICATION)
    assert answer.status == 201
    made: dict[str, Any] = answer.json()
    return made
