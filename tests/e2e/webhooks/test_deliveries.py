"""Webhooks on the whole local stack, in real time: real queues, the real state machine, a hurried schedule."""

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.stack import Stack, started
from tests.receiving import Endpoint, Received, endpoint
from tests.verifiers import ALL, Delivery, accepted_in_node, accepted_in_python, needs_node

FACTOR = 20_000
"""75 hours in 14 seconds."""
EVENTS = 1000
KILLS_MIN = 5
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


@pytest.fixture
def new_client(hurried: Stack) -> Iterator[Callable[[], httpx.Client]]:
    """Makes clients of workspaces of their own, without a limit that matters."""
    with ExitStack() as clients:

        def make() -> httpx.Client:
            limit = {"tier": "enterprise", "limit_per_minute": 60_000}
            workspace = _administer(hurried, action="create_workspace", name="T", **limit)["workspace_id"]
            wanted = {"kind": "svc", "mode": "test", "scopes": ["*"], "name": "t"}
            key = _administer(hurried, action="create_key", workspace_id=workspace, **wanted)["key"]
            headers = {"Authorization": f"Bearer {key}"}
            return clients.enter_context(httpx.Client(base_url=hurried.base_url, headers=headers, timeout=60))

        yield make


def _administer(stack: Stack, **request: Any) -> dict[str, Any]:
    name = "lambdify-local-WorkspacesFunction"
    answer = stack.client("lambda").invoke(FunctionName=name, Payload=json.dumps(request))
    made: dict[str, Any] = json.loads(answer["Payload"].read())
    assert "error" not in made, made
    return made


def hurry_redelivery(stack: Stack) -> None:
    """A killed worker's task comes back after its visibility timeout, which must outlast the lease."""
    sqs = stack.client("sqs")
    url = sqs.get_queue_url(QueueName="lambdify-local-webhook-deliveries")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "36"})


@contextmanager
def killing(stack: Stack, dice: random.Random) -> Iterator[list[int]]:
    """Kill one of the stack's relays or delivery workers every five seconds; the list is of their process ids."""
    killed: list[int] = []
    is_over = threading.Event()

    def kill_now_and_then() -> None:
        while not is_over.wait(5):
            workers = _workers(stack.process.pid)
            if workers:
                killed.append(dice.choice(workers))
                with suppress(ProcessLookupError):  # It may have ended this moment.
                    os.kill(killed[-1], signal.SIGKILL)

    thread = threading.Thread(target=kill_now_and_then)
    thread.start()
    try:
        yield killed
    finally:
        is_over.set()
        thread.join()


def _workers(parent: int) -> list[int]:
    """The process ids of the relays and delivery workers that `parent` has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # Processes come and go.
            command = (folder / "cmdline").read_bytes()
            is_ours = f"PPid:\t{parent}\n" in (folder / "status").read_text()
            if is_ours and (b"webhook_delivery.app" in command or b"event_relay.app" in command):
                found.append(int(folder.name))
    return found


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


@needs_node
def test_verifiers_of_others_accept_real_deliveries_and_refuse_altered_ones(
    api: httpx.Client, webhook: dict[str, Any], listener: Endpoint
) -> None:
    """Unmodified stripe, standardwebhooks and svix, for Python and for Node.js, in rotation too."""
    create_application(api)
    plain = wait_for(lambda: listener.received)[0]
    rotated = api.post(f"/webhooks/{webhook['id']}/rotate-secret").raise_for_status().json()
    create_application(api)
    doubled = wait_for(lambda: listener.received[1:])[0]
    good = [
        _as_delivery(plain, webhook["secret"]),
        _as_delivery(doubled, webhook["secret"]),
        _as_delivery(doubled, rotated["secret"]),
    ]
    bad = [
        _as_delivery(plain, rotated["secret"]),
        replace(good[0], body=good[0].body.replace("created", "deleted")),
        replace(good[2], body=good[2].body + " "),
    ]

    assert [accepted_in_python(delivery) for delivery in good] == accepted_in_node(good) == [ALL] * 3
    assert [accepted_in_python(delivery) for delivery in bad] == accepted_in_node(bad) == [frozenset()] * 3


def _as_delivery(received: Received, secret: str) -> Delivery:
    headers = {**received.headers, "X-Dify-Signature": received.headers["x-dify-signature"]}
    return Delivery(headers, received.body.decode(), secret)


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
    for earlier, later in pairwise(delivery["attempts"]):
        assert later["started_at"] >= earlier["next_attempt_at"]


def test_dead_endpoint_does_not_delay_another_tenant(
    api: httpx.Client, hurried: Stack, listener: Endpoint, new_client: Callable[[], httpx.Client]
) -> None:
    stranger = new_client()
    with endpoint() as dead:
        dead.answer = lambda _received: 0
        stranger.post("/webhooks", json={"url": dead.url}).raise_for_status()
        webhook = api.post("/webhooks", json={"url": listener.url}).raise_for_status().json()
        create_application(stranger)
        wait_for(lambda: dead.received)
        began = time.monotonic()
        create_application(api)
        wait_for(lambda: listener.received)

        # The dead endpoint is still being waited for, for 15 seconds.
        assert time.monotonic() - began < 10
    api.delete(f"/webhooks/{webhook['id']}")


@pytest.mark.timeout(1500)
def test_thousand_events_arrive_though_workers_are_killed(
    hurried: Stack, listener: Endpoint, new_client: Callable[[], httpx.Client]
) -> None:
    """The endpoint fails half of the time; the relay and the delivery worker are killed at random."""
    api = new_client()
    hurry_redelivery(hurried)
    dice = random.Random(4)
    tries: Counter[str] = Counter()
    accepted: set[str] = set()

    def answer(received: Received) -> int:
        tries[received.event_id] += 1
        # Of a thousand coins, one would show the same side ten times, and ten attempts are the last.
        if tries[received.event_id] < 6 and dice.random() < 0.5:
            return 500
        accepted.add(received.event_id)
        return 200

    listener.answer = answer
    webhook = api.post("/webhooks", json={"url": listener.url, "events": ["application.created"]}).json()
    with killing(hurried, dice) as killed, ThreadPoolExecutor(4) as threads:
        made = set(threads.map(lambda _: create_application(api), range(EVENTS)))
        wait_for(lambda: len(accepted) >= EVENTS // 2, 600)
    wait_for(lambda: len(accepted) >= EVENTS, 600)

    assert len(killed) >= KILLS_MIN
    assert len(accepted) == len({received.event_id for received in listener.received}) == EVENTS
    assert {received.json()["data"]["id"] for received in listener.received} == made
    assert all(received.is_signed_with(webhook["secret"]) for received in listener.received)
