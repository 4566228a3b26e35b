"""What the operator of a stack does: invoke the workspaces function."""

import json
from typing import Any

from lambdify.aws.clients import client
from lambdify.settings import settings
from tests.gateway import LambdaContext


def invoke(**event: Any) -> dict[str, Any]:
    """The workspaces function, as `sam remote invoke` calls it."""
    from workspaces.app import handler

    return handler(event, LambdaContext())


def new_workspace(tier: str = "free", **options: Any) -> str:
    """A workspace's id."""
    return str(invoke(action="create_workspace", name="Acme", tier=tier, **options)["workspace_id"])


def new_key(workspace_id: str, **options: Any) -> dict[str, Any]:
    """A key's `id` and its text, `key`; an owner's personal test key unless told otherwise."""
    event = {"kind": "pat", "mode": "test", "name": "A key", **options}
    if event["kind"] == "pat":
        event.setdefault("role", "owner")
    return invoke(action="create_key", workspace_id=workspace_id, **event)


def queued() -> list[dict[str, Any]]:
    """The messages that wait for the gateway key worker; each is seen once."""
    sqs = client("sqs")
    messages = []
    while found := sqs.receive_message(QueueUrl=settings.gateway_keys_queue_url, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        messages += [json.loads(message["Body"]) for message in found]
    return messages


def delayed() -> int:
    """How many messages will come to the gateway key worker later."""
    wanted = "ApproximateNumberOfMessagesDelayed"
    answer = client("sqs").get_queue_attributes(QueueUrl=settings.gateway_keys_queue_url, AttributeNames=[wanted])
    return int(answer["Attributes"][wanted])
