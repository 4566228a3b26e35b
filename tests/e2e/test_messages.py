"""Messages lose nothing and cost no model twice, however many come at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from local.stack import Stack


@pytest.fixture
def client(stack: Stack) -> Iterator[httpx.Client]:
    """The demo's personal key."""
    headers = {"Authorization": f"Bearer {stack.keys['DIFY_API_KEY']}"}
    with httpx.Client(base_url=stack.base_url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture
def conversation_id(client: httpx.Client) -> str:
    """A fresh chat."""
    body = {"name": "x", "mode": "chat", "config": {"model": "sandbox-chat"}}
    application = client.post("/applications", json=body).json()
    return str(client.post("/conversations", json={"app_id": application["id"], "user": "ada"}).json()["id"])


def test_20_messages_at_once_make_40(client: httpx.Client, conversation_id: str) -> None:
    def send(number: int) -> httpx.Response:
        return client.post("/messages", json={"conversation_id": conversation_id, "content": f"Question {number}"})

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))

    assert {answer.status_code for answer in answers} <= {200, 201}, [answer.text for answer in answers]
    stored = client.get(f"/conversations/{conversation_id}/messages", params={"limit": 100}).json()
    assert stored["total"] == 40
    by_id = {message["id"]: message for message in stored["data"]}
    assert len(by_id) == 40
    for answer in answers:
        message = by_id[answer.json()["id"]]
        assert message["role"] == "assistant"
        assert by_id[message["parent_id"]]["role"] == "user"
    questions = {message["content"] for message in stored["data"] if message["role"] == "user"}
    assert questions == {f"Question {number}" for number in range(20)}


def test_one_idempotency_key_10_times_at_once_asks_the_model_once(client: httpx.Client, conversation_id: str) -> None:
    def send(_: int) -> httpx.Response:
        body = {"conversation_id": conversation_id, "content": "Only once, please."}
        return client.post("/messages", json=body, headers={"Idempotency-Key": "once"})

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(10)))
    late = send(0)

    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    succeeded = [answer for answer in answers if answer.is_success]
    assert len({answer.json()["id"] for answer in [*succeeded, late]}) == 1
    assert late.headers["idempotent-replayed"] == "true"
    assert client.get(f"/conversations/{conversation_id}/messages").json()["total"] == 2
