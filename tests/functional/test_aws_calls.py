"""The table in docs/aws-calls.md is true."""

import re
from collections.abc import Callable
from pathlib import Path

from tests.calls import counted_calls
from tests.gateway import Answer, Client
from tests.uploads import form, post_form, processed

TABLE = Path(__file__).parent.parent.parent / "docs/aws-calls.md"


def documented() -> dict[str, list[str]]:
    """The calls of each operation, sorted by name: calls at the same time have no order."""
    rows = re.findall(
        r"^\| ((?:GET|POST|PUT|PATCH|DELETE) [^|]+?) \| (\d+) \| ([^|]*)\|", TABLE.read_text(), re.MULTILINE
    )
    found = {operation: sorted(re.findall(r"\b\w*(?:Item|Items|Query)\b", what)) for operation, _, what in rows}
    assert all(len(found[operation]) == int(count) for operation, count, _ in rows)
    return found


def test_each_operation_makes_the_documented_calls(client: Client) -> None:
    application = {"name": "x", "mode": "chat", "config": {"model": "sandbox-chat"}}
    app_id = client.post("/applications", application).json()["id"]
    client.post("/applications", application)
    conversation = {"app_id": app_id, "user": "ada"}
    conversation_id = client.post("/conversations", conversation).json()["id"]
    message = {"conversation_id": conversation_id, "content": "Hi"}
    message_id = client.post("/messages", message).json()["id"]
    document_id = processed(client, "a.txt", b"Text")["id"]
    operations: dict[str, Callable[[], Answer]] = {
        "POST /applications": lambda: client.post("/applications", application),
        "GET /applications": lambda: client.get("/applications"),
        "GET /applications, page 2": lambda: client.get("/applications", query={"page": 2, "limit": 1}),
        "GET /applications/{id}": lambda: client.get(f"/applications/{app_id}"),
        "PATCH /applications/{id}": lambda: client.patch(f"/applications/{app_id}", {"name": "y"}),
        "POST /conversations": lambda: client.post("/conversations", conversation),
        "POST /conversations with a query": lambda: client.post(
            "/conversations", {**conversation, "inputs": {"query": "Hi"}}
        ),
        "GET /conversations": lambda: client.get("/conversations"),
        "GET /conversations of an application": lambda: client.get("/conversations", query={"app_id": app_id}),
        "GET /conversations/{id}": lambda: client.get(f"/conversations/{conversation_id}"),
        "POST /messages": lambda: client.post("/messages", message),
        "GET /conversations/{id}/messages": lambda: client.get(f"/conversations/{conversation_id}/messages"),
        "GET /messages/{id}": lambda: client.get(f"/messages/{message_id}"),
        "PUT /messages/{id}/feedback": lambda: client.put(f"/messages/{message_id}/feedback", {"rating": "like"}),
        "POST /documents": lambda: post_form(client, form([("a.txt", b"Text")], {"app_id": app_id})),
        "POST /documents/uploads": lambda: client.post("/documents/uploads", {"name": "a.txt"}),
        "GET /documents": lambda: client.get("/documents"),
        "GET /documents of an application": lambda: client.get("/documents", query={"app_id": app_id}),
        "GET /documents/{id}": lambda: client.get(f"/documents/{document_id}"),
        "GET /documents/{id}/content": lambda: client.get(f"/documents/{document_id}/content"),
        "PATCH /documents/{id}": lambda: client.patch(f"/documents/{document_id}", {"metadata": {}}),
        "POST /documents/search": lambda: client.post("/documents/search", {"query": "text"}),
        "DELETE /documents/{id}": lambda: client.delete(f"/documents/{document_id}"),
        "GET /models": lambda: client.get("/models"),
        "DELETE /applications/{id}": lambda: client.delete(f"/applications/{app_id}"),
    }

    made = {}
    for operation, run in operations.items():
        with counted_calls() as calls:
            assert run().status < 400
        made[operation] = sorted(calls.names)

    assert made == documented()
