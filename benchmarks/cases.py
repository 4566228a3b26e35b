"""The typical request of each function that clients wait for."""

import importlib
import json
import time
from collections.abc import Iterator

from benchmarks.recording import Call, Case, aws, record
from lambdify import clock
from local.template import ROOT
from tests import operators
from tests.gateway import Client, Workspace

_LENGTH = 20
_DAY = 86_400


def recorded_cases() -> Iterator[Case]:
    """All cases, recorded. Their windows end tomorrow, so that the limiter's answers do not grow old meanwhile."""
    with aws() as calls, clock.reading(lambda: time.time() + _DAY):
        yield _authorizer(calls)
        client = Workspace().client()
        application = _seed(client)
        conversation, message = _talk(client, application)
        yield _case(client, calls, "applications", "GET", "/applications")
        yield _case(client, calls, "applications", "POST", "/applications", _APPLICATION)
        yield _case(client, calls, "conversations", "GET", f"/conversations/{conversation}")
        yield _case(client, calls, "messages", "GET", f"/conversations/{conversation}/messages")
        yield _case(client, calls, "messages", "GET", f"/messages/{message}")
        yield _case(client, calls, "webhooks", "GET", "/webhooks")


_APPLICATION = {"name": "Support", "mode": "chat", "description": "d" * 200, "config": {"model": "sandbox-chat"}}


def _seed(client: Client) -> str:
    made = [client.post("/applications", _APPLICATION).json()["id"] for _ in range(_LENGTH)]
    return str(made[0])


def _talk(client: Client, application: str) -> tuple[str, str]:
    body = {"app_id": application, "user": "user-1", "inputs": {"query": "How long is the warranty?"}}
    conversation = client.post("/conversations", body).json()["id"]
    for _ in range(_LENGTH // 2 - 1):
        answer = client.post("/messages", {"conversation_id": conversation, "content": "And then?"})
    return conversation, answer.json()["id"]


def _case(client: Client, calls: list[Call], group: str, method: str, path: str, body: object = None) -> Case:
    case = Case(f"{method} {_shape(path)}", f"{group}.app", client.event(method, path, body=body))
    return record(case, importlib.import_module(case.module).handler, calls)


def _shape(path: str) -> str:
    return "/".join("{id}" if "_" in part else part for part in path.split("/"))


def _authorizer(calls: list[Call]) -> Case:
    key = operators.new_key(operators.new_workspace("pro"))["key"]
    event = json.loads((ROOT / "events/authorizer/unknown-key.json").read_text())
    case = Case("authorizer", "authorizer.app", {**event, "authorizationToken": f"Bearer {key}"})
    return record(case, importlib.import_module("authorizer.app").handler, calls)
