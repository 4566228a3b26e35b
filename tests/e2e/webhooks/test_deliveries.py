"""Webhooks on the whole local stack, in real time: real queues, the real state machine, a hurried schedule."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from local.stack import Stack, started
from tests.receiving import Endpoint, Received, endpoint

FACTOR = 20_000
"""75 hours in 14 seconds."""
APPLICATION = {"name": "Größe 🎉", "mode": "chat", "config": {"model": "sandbox-chat"}}


@pytest.fixture(scope="module")
def hurried() -> Iterator[Stack]:
    with started("--no-reload", "--parameter-overrides", f"WebhookTimeFactor={FACTOR}") as running:
        yield running


@pytest.fixture
def api(hurried: Stack) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {hurried.keys['DIFY_API_KEY']}"}
    with httpx.Client(base_url=hurried.base_url, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def listener() -> Iterator[Endpoint]:
    with endpoint() as running:
        yield running


@pytest.fixture
def webhook(api: httpx.Client, listener: Endpoint) -> Iterator[dict[str, Any]]:
    created = api.post("/webhooks", json={"url": listener.url}).raise_for_status().json()
    yield created
    api.delete(f"/webhooks/{created['id']}")


def wait_for(what: Callable[[], Any], seconds: float = 30) -> Any:
    """What it gives, once it gives something."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "It did not happen in time."
        time.sleep(0.1)
    return found


def create_application(api: httpx.Client) -> str:
    answer = api.post("/applications", json=APPLICATION)
    while answer.status_code == 429:
        time.sleep(int(answer.headers["Retry-After"]))
        answer = api.post("/applications", json=APPLICATION)
    app_id: str = answer.raise_for_status().json()["id"]
    return app_id


def test_event_arrives_signed(api: httpx.Client, webhook: dict[str, Any], listener: Endpoint) -> None:
    app_id = create_application(api)
    received: Received = wait_for(lambda: listener.received)[0]

    assert received.json()["event"] == "application.created"
    assert received.json()["data"]["id"] == app_id
    assert received.is_signed_with(webhook["secret"])


def test_both_secrets_verify_after_rotation(api: httpx.Client, webhook: dict[str, Any], listener: Endpoint) -> None:
    rotated = api.post(f"/webhooks/{webhook['id']}/rotate-secret").raise_for_status().json()
    api.post(f"/webhooks/{webhook['id']}/test", json={}).raise_for_status()
    received: Received = wait_for(lambda: listener.received)[0]

    assert received.is_signed_with(webhook["secret"])
    assert received.is_signed_with(rotated["secret"])


def test_whole_schedule_runs_through_the_queue_and_the_state_machine(
    api: httpx.Client, webhook: dict[str, Any], listener: Endpoint, hurried: Stack
) -> None:
    listener.status = 500
    create_application(api)

    def exhausted() -> Any:
        (only,) = api.get(f"/webhooks/{webhook['id']}/deliveries").json()["data"] or [{"status": "unborn"}]
        return only if only["status"] == "exhausted" else None

    delivery = wait_for(exhausted, 60)
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500] * 10
    assert len({received.event_id for received in listener.received}) == 1
    machines = hurried.client("stepfunctions")
    (machine,) = [each for each in machines.list_state_machines()["stateMachines"] if "webhook-retry" in each["name"]]
    runs = machines.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    assert sum(run["name"].startswith(delivery["id"]) for run in runs) == 7
    for earlier, later in zip(delivery["attempts"], delivery["attempts"][1:], strict=False):
        assert later["started_at"] >= earlier["next_attempt_at"]
