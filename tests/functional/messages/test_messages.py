"""Messages keep the contract, through real events into the real handler."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.calls import counted_calls
from tests.functional.conversations.test_conversations import application, forget_answer, start
from tests.gateway import Client, Workspace
from tests.outbox import events_of

ABSENT = "msg_" + "0" * 33


@pytest.fixture
def conversation_id(client: Client) -> str:
    """A chat that has just begun."""
    return str(start(client, application(client))["id"])


def send(client: Client, conversation_id: str, content: str, **options: Any) -> Any:
    return client.post("/messages", {"conversation_id": conversation_id, "content": content}, **options)


class TestSendMessage:
    def test_answers_with_the_assistants_message(self, client: Client, conversation_id: str) -> None:
        answer = send(client, conversation_id, "How can I help?")

        message = answer.json()
        assert answer.status == 201
        assert (message["role"], message["status"], message["model"]) == ("assistant", "completed", "sandbox-chat")
        assert message["usage"]["total_tokens"] == (
            message["usage"]["prompt_tokens"] + message["usage"]["completion_tokens"]
        )
        assert message["citations"] == []
        parent = client.get(f"/messages/{message['parent_id']}").json()
        assert (parent["role"], parent["content"], parent["status"]) == ("user", "How can I help?", "completed")

    def test_the_model_knows_the_conversation_so_far(self, client: Client, conversation_id: str) -> None:
        send(client, conversation_id, "My name is Ada.")
        send(client, conversation_id, "The weather is fine.")

        assert "My name is Ada." in send(client, conversation_id, "What is my name?").json()["content"]

    def test_both_messages_are_told_of(self, client: Client, workspace: Workspace, conversation_id: str) -> None:
        answer = send(client, conversation_id, "Hi").json()

        told = [event for event in events_of(workspace) if event.event == "message.created"]
        assert [event.data["role"] for event in told] == ["user", "assistant"]
        assert told[1].data == answer
        assert {event.app_id for event in told} == {answer["app_id"]}

    def test_a_failed_model_keeps_the_question_and_a_retry_succeeds(self, client: Client, conversation_id: str) -> None:
        answer = send(client, conversation_id, "sandbox:fail=timeout", headers={"Idempotency-Key": "k"})

        details = answer.json()["error"]["details"]
        assert (answer.status, answer.error, details["reason"]) == (502, "model_error", "timeout")
        assert client.get(f"/messages/{details['message_id']}").json()["status"] == "failed"
        assert client.get(f"/conversations/{conversation_id}/messages").json()["total"] == 1

        again = send(client, conversation_id, "sandbox:fail=timeout", headers={"Idempotency-Key": "k"})
        assert again.json()["error"]["details"]["message_id"] == details["message_id"]
        assert send(client, conversation_id, "Works?").status == 201

    def test_a_failed_question_is_not_put_before_the_model(self, client: Client, conversation_id: str) -> None:
        send(client, conversation_id, "The password is swordfish. sandbox:fail")

        assert "swordfish" not in send(client, conversation_id, "What is the password?").json()["content"]

    def test_20_at_once_store_40(self, client: Client, conversation_id: str) -> None:
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda number: _send_in_thread(client, conversation_id, number), range(20)))

        stored = client.get(f"/conversations/{conversation_id}/messages", query={"limit": 100}).json()
        assert {status for status, _ in answers} == {201}
        assert (stored["total"], len(stored["data"])) == (40, 40)
        ids = [message["id"] for message in stored["data"]]
        assert ids == sorted(ids)
        for message in stored["data"]:
            if message["role"] == "assistant":
                assert ids.index(message["parent_id"]) == ids.index(message["id"]) - 1

    def test_a_retry_after_a_crash_asks_no_model_twice(self, client: Client, conversation_id: str) -> None:
        first = send(client, conversation_id, "Once", headers={"Idempotency-Key": "k"}).json()
        forget_answer(client)

        again = send(client, conversation_id, "Once", headers={"Idempotency-Key": "k"})

        assert (again.status, again.json()) == (201, first)
        assert client.get(f"/conversations/{conversation_id}/messages").json()["total"] == 2

    def test_streaming_is_refused_clearly(self, client: Client, conversation_id: str) -> None:
        body = {"conversation_id": conversation_id, "content": "x", "stream": True}

        assert client.post("/messages", body).status == 400

    @pytest.mark.parametrize(
        ("change", "location"),
        [
            ({"content": ""}, "body.content"),
            ({"content": "x" * 20_001}, "body.content"),
            ({"content": None}, "body.content"),
            ({"conversation_id": 7}, "body.conversation_id"),
            ({"files": "x"}, "body.files"),
        ],
    )
    def test_bad_fields_are_located(
        self, client: Client, conversation_id: str, change: dict[str, Any], location: str
    ) -> None:
        answer = client.post("/messages", {"conversation_id": conversation_id, "content": "x", **change})

        assert answer.status == 400
        assert answer.json()["error"]["details"]["errors"][0]["location"] == location

    def test_the_cost_does_not_grow_with_the_conversation(self, client: Client, conversation_id: str) -> None:
        for number in range(30):
            send(client, conversation_id, f"Message {number}")
        with counted_calls() as early:
            send(client, conversation_id, "x")
        for number in range(30):
            send(client, conversation_id, f"Message {number}")
        with counted_calls() as late:
            send(client, conversation_id, "x")

        assert late.names == early.names or sorted(late.names) == sorted(early.names)
        assert late.items_read <= early.items_read
        assert len(late.names) == 7


class TestListMessages:
    def test_the_oldest_comes_first(self, client: Client, conversation_id: str) -> None:
        for number in range(3):
            send(client, conversation_id, str(number))

        pages = [
            client.get(f"/conversations/{conversation_id}/messages", query={"limit": 4, "page": page}).json()
            for page in (1, 2)
        ]

        questions = [item["content"] for page in pages for item in page["data"] if item["role"] == "user"]
        assert questions == ["0", "1", "2"]
        assert [(page["total"], page["has_more"]) for page in pages] == [(6, True), (6, False)]

    def test_a_page_too_large_for_lambda_says_so(self, client: Client) -> None:
        """Lambda ends answers at 6 MB; without this the caller would see a bare 502."""
        conversation_id = start(client, application(client))["id"]
        for _ in range(30):
            assert send(client, conversation_id, "\U0001f600" * 20_000).status == 201

        whole = client.get(f"/conversations/{conversation_id}/messages", query={"limit": 100})
        part = client.get(f"/conversations/{conversation_id}/messages", query={"limit": 20})

        assert whole.status in (200, 400)
        assert len(whole.text.encode()) < 6_000_000
        assert part.status == 200


class TestOneMessage:
    @pytest.mark.parametrize("id_", [ABSENT, "msg_x", "conv_" + "0" * 26, "x" * 3000])
    def test_an_unknown_id_is_404(self, client: Client, id_: str) -> None:
        assert (client.get(f"/messages/{id_}").status, client.get(f"/messages/{id_}").error) == (404, "not_found")

    def test_isolation(self, client: Client, workspace: Workspace, conversation_id: str) -> None:
        id_ = send(client, conversation_id, "x").json()["id"]
        strangers = [
            Workspace().client(),
            workspace.client(mode="live"),
            workspace.client(kind="app", app_id=application(client)),
        ]

        for stranger in strangers:
            assert stranger.get(f"/messages/{id_}").status == 404
            assert stranger.put(f"/messages/{id_}/feedback", {"rating": "like"}).status == 404

    def test_feedback_is_kept_replaced_and_taken_back(self, client: Client, conversation_id: str) -> None:
        path = f"/messages/{send(client, conversation_id, 'x').json()['id']}"

        liked = client.put(f"{path}/feedback", {"rating": "like", "comment": "Good."})
        assert liked.json()["feedback"] == {"rating": "like", "comment": "Good."}
        client.put(f"{path}/feedback", {"rating": "dislike"})
        assert client.get(path).json()["feedback"] == {"rating": "dislike", "comment": None}
        client.put(f"{path}/feedback", {"rating": None})
        assert client.get(path).json()["feedback"] is None

    def test_a_question_is_not_rated(self, client: Client, conversation_id: str) -> None:
        parent = send(client, conversation_id, "x").json()["parent_id"]

        assert client.put(f"/messages/{parent}/feedback", {"rating": "like"}).status == 400
        assert client.put(f"/messages/{parent}/feedback", {"rating": "love"}).status == 400
        assert client.put(f"/messages/{parent}/feedback", {}).status == 400


def _send_in_thread(client: Client, conversation_id: str, number: int) -> tuple[int, Any]:
    """A Lambda environment has an event loop of its own; so has each of these threads."""
    import asyncio

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        answer = send(client, conversation_id, f"Question {number}")
    finally:
        loop.close()
    return answer.status, answer.json()
