"""What moto never does and DynamoDB does: cancel transactions that meet. Its answer is played in its place."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from pynamodb.exceptions import TransactWriteError

from lambdify.aws.clients import client
from lambdify.store.applications import Application
from lambdify.store.transaction import Transaction
from tests.gateway import Client

BODY = {"name": "x", "mode": "chat", "config": {"model": "sandbox-chat"}}


@contextmanager
def cancelled(times: int, code: str) -> Iterator[list[str]]:
    """Let the first `times` transactions be cancelled for this reason; the list has a word for each."""
    seen: list[str] = []

    def answer(**_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        if len(seen) >= times:
            return None
        seen.append(code)
        error = {"Code": "TransactionCanceledException", "Message": "cancelled"}
        reasons = [{"Code": "None"}, {"Code": code, "Message": "x"}]
        parsed = {"Error": error, "CancellationReasons": reasons, "ResponseMetadata": {}}
        return AWSResponse("", 400, {}, None), parsed

    events = client("dynamodb").meta.events
    events.register_first("before-call.dynamodb.TransactWriteItems", answer)
    try:
        yield seen
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", answer)


def test_transactions_that_meet_are_tried_again(client: Client) -> None:
    with cancelled(3, "TransactionConflict") as seen:
        answer = client.post("/applications", BODY)

    assert (answer.status, len(seen)) == (201, 3)
    assert client.get("/applications").json()["total"] == 1


def test_a_place_that_stays_busy_is_503(client: Client) -> None:
    with cancelled(1000, "TransactionConflict") as seen:
        answer = client.post("/applications", BODY)

    assert (answer.status, answer.error) == (503, "service_unavailable")
    assert 5 <= len(seen) <= 20
    assert client.get("/applications").json()["total"] == 0


def test_other_reasons_are_not_tried_again() -> None:
    transaction = Transaction()
    transaction.check(Application, "a", "b", Application.pk.exists())
    with cancelled(1000, "ValidationError") as seen, pytest.raises(TransactWriteError):
        transaction.commit()

    assert len(seen) == 1
