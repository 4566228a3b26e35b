"""What deleted objects owned is removed, whenever and however often the worker is stopped."""

import json
from typing import Any

import pytest

from lambdify.aws.clients import client as aws_client
from lambdify.settings import settings
from lambdify.store.base import tenant_key
from tests.functional.conversations.test_conversations import application, start
from tests.gateway import Client, LambdaContext, Workspace
from tests.outbox import events_of


def owned(workspace: Workspace) -> list[dict[str, Any]]:
    """Every item of the conversations table that belongs to the workspace."""
    pages = aws_client("dynamodb").get_paginator("scan").paginate(TableName=settings.conversations_table)
    items = [item for page in pages for item in page["Items"]]
    return [item for item in items if item["pk"]["S"].startswith(f"{workspace.id}#")]


def relayed(workspace: Workspace) -> list[str]:
    """The messages that the workspace's events bring into the cleanup queue."""
    from event_relay.app import handler

    records = [
        {"dynamodb": {"NewImage": event.serialize(), "SequenceNumber": str(number)}}
        for number, event in enumerate(events_of(workspace))
    ]
    assert handler({"Records": records}, LambdaContext()) == {"batchItemFailures": []}
    return received()


def received() -> list[str]:
    sqs = aws_client("sqs")
    bodies: list[str] = []
    while messages := sqs.receive_message(QueueUrl=settings.cleanup_queue_url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=settings.cleanup_queue_url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def clean_up(bodies: list[str], context: LambdaContext | None = None) -> Any:
    from cleanup.app import handler

    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    return handler({"Records": records}, context or LambdaContext(60))


@pytest.fixture
def full(client: Client) -> str:
    """An application with conversations of two users."""
    app_id = application(client)
    for number in range(6):
        conversation = start(client, app_id, user=f"user {number % 2}", inputs={"query": "Hello"})
        client.post("/messages", {"conversation_id": conversation["id"], "content": "More"})
    return app_id


def test_a_deleted_application_leaves_nothing(client: Client, workspace: Workspace, full: str) -> None:
    client.delete(f"/applications/{full}")

    assert clean_up(relayed(workspace)) == {"batchItemFailures": []}
    clean_up(relayed(workspace))

    assert client.get("/conversations").json()["total"] == 0
    left = {(item["pk"]["S"], item["sk"]["S"]) for item in owned(workspace)}
    list_of_all = tenant_key(workspace.id, "test", "conversations")
    assert left == {(list_of_all, "#root"), (list_of_all, "#node#000000")}


def test_a_deleted_conversation_leaves_the_others(client: Client, workspace: Workspace, full: str) -> None:
    first, *others = [item["id"] for item in client.get("/conversations").json()["data"]]
    client.delete(f"/conversations/{first}")

    clean_up(relayed(workspace))

    assert not [item for item in owned(workspace) if first in item["pk"]["S"]]
    assert [item["id"] for item in client.get("/conversations", query={"app_id": full}).json()["data"]] == others
    assert client.get(f"/conversations/{others[0]}/messages").json()["total"] == 4


def test_goes_on_where_its_time_ran_out(client: Client, workspace: Workspace, full: str) -> None:
    client.delete(f"/applications/{full}")
    bodies = relayed(workspace)
    runs = 0

    while bodies:
        clean_up(bodies, _Impatient(3))
        bodies = received()
        runs += 1
        assert runs < 100

    assert runs > 3
    clean_up(relayed(workspace))
    assert len(owned(workspace)) == 2


def test_a_message_delivered_twice_changes_nothing(client: Client, workspace: Workspace, full: str) -> None:
    other = application(client)
    start(client, other)
    client.delete(f"/applications/{full}")
    bodies = relayed(workspace)

    clean_up(bodies + bodies)
    clean_up(bodies)

    assert client.get("/conversations").json()["total"] == 1
    assert client.get("/conversations", query={"app_id": other}).json()["total"] == 1


def test_a_message_that_cannot_be_read_is_reported(workspace: Workspace) -> None:
    good = json.dumps({"kind": "application", "workspace_id": workspace.id, "mode": "test", "object_id": "app_x"})

    assert clean_up(["not JSON", good]) == {"batchItemFailures": [{"itemIdentifier": "0"}]}


class _Impatient(LambdaContext):
    """Lets the worker do a few steps, then has no time left."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._steps = steps

    def get_remaining_time_in_millis(self) -> int:
        self._steps -= 1
        return 60_000 if self._steps >= 0 else 0
