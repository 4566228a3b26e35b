"""Conversations keep the contract, through real events into the real handler."""

import json
from typing import Any

import pytest

from tests.calls import counted_calls
from tests.gateway import Client, Workspace
from tests.outbox import events_of

ABSENT = "conv_" + "0" * 26


@pytest.fixture
def app_id(client: Client) -> str:
    """A chat application."""
    return application(client)


def application(client: Client, **fields: Any) -> str:
    body = {"name": "x", "mode": "chat", "config": {"model": "sandbox-chat"}, **fields}
    return str(client.post("/applications", body).json()["id"])


def start(client: Client, app_id: str, **fields: Any) -> dict[str, Any]:
    answer = client.post("/conversations", {"app_id": app_id, "user": "ada", **fields})
    assert answer.status == 201, answer.text
    conversation: dict[str, Any] = answer.json()
    return conversation


class TestCreateConversation:
    def test_without_a_query_it_waits_for_a_message(self, client: Client, workspace: Workspace, app_id: str) -> None:
        conversation = start(client, app_id)

        assert (conversation["status"], conversation["name"]) == ("active", "New conversation")
        assert conversation["message"] is None
        assert [event.event for event in events_of(workspace)][1:] == ["conversation.created"]

    def test_a_query_is_answered_like_a_message(self, client: Client, workspace: Workspace, app_id: str) -> None:
        conversation = start(client, app_id, inputs={"query": "Hello there. How are you?\nSecond line"})

        answer = conversation["message"]
        assert (answer["role"], answer["status"]) == ("assistant", "completed")
        assert conversation["name"] == "Hello there. How are you?"
        stored = client.get(f"/conversations/{conversation['id']}/messages").json()
        assert [message["role"] for message in stored["data"]] == ["user", "assistant"]
        assert answer["parent_id"] == stored["data"][0]["id"]
        events = sorted(event.event for event in events_of(workspace))
        assert events == ["application.created", "conversation.created", "message.created", "message.created"]

    def test_inputs_fill_the_system_prompt(self, client: Client) -> None:
        app_id = application(
            client, config={"model": "sandbox-chat", "system_prompt": "The capital of {{country}} is {{city}}. {{x}}"}
        )

        conversation = start(
            client, app_id, inputs={"query": "What is the capital of France?", "country": "France", "city": "Paris"}
        )

        assert "The capital of France is Paris." in conversation["message"]["content"]

    def test_a_completion_ends_with_its_first_answer(self, client: Client, workspace: Workspace) -> None:
        conversation = start(client, application(client, mode="completion"), inputs={"query": "Go"})

        assert (conversation["status"], conversation["message"]["status"]) == ("completed", "completed")
        assert client.get(f"/conversations/{conversation['id']}").json()["status"] == "completed"
        assert [event.event for event in events_of(workspace)].count("conversation.completed") == 1
        late = client.post("/messages", {"conversation_id": conversation["id"], "content": "More"})
        assert (late.status, late.error) == (409, "conflict")

    def test_a_failed_model_leaves_the_conversation_and_the_question(self, client: Client, app_id: str) -> None:
        answer = client.post("/conversations", {"app_id": app_id, "user": "a", "inputs": {"query": "sandbox:fail"}})

        details = answer.json()["error"]["details"]
        assert (answer.status, answer.error) == (502, "model_error")
        assert client.get(f"/conversations/{details['conversation_id']}").status == 200
        assert client.get(f"/messages/{details['message_id']}").json()["status"] == "failed"

    def test_an_app_key_needs_no_app_id(self, client: Client, workspace: Workspace, app_id: str) -> None:
        app_key = workspace.client(kind="app", app_id=app_id)

        answer = app_key.post("/conversations", {"user": "ada"})

        assert (answer.status, answer.json()["app_id"]) == (201, app_id)
        assert app_key.post("/conversations", {"user": "ada", "app_id": application(client)}).status == 404

    @pytest.mark.parametrize(
        ("body", "location"),
        [
            ({"user": "ada"}, "body.app_id"),
            ({"app_id": "app_x"}, "body.user"),
            ({"app_id": "app_x", "user": ""}, "body.user"),
            ({"app_id": "app_x", "user": "x" * 256}, "body.user"),
            ({"app_id": "app_x", "user": "a", "inputs": {"query": ""}}, "body.inputs.query"),
            ({"app_id": "app_x", "user": "a", "inputs": {"query": "x" * 20_001}}, "body.inputs.query"),
            ({"app_id": "app_x", "user": "a", "inputs": {"files": ["x"] * 21}}, "body.inputs.files"),
            ({"app_id": "app_x", "user": "a", "inputs": {"big": "x" * 70_000}}, "body.inputs"),
            ({"app_id": "app_x", "user": "a", "inputs": []}, "body.inputs"),
        ],
    )
    def test_bad_fields_are_located(self, client: Client, body: dict[str, Any], location: str) -> None:
        answer = client.post("/conversations", body)

        assert (answer.status, answer.error) == (400, "invalid_request")
        assert location in [error["location"] for error in answer.json()["error"]["details"]["errors"]]

    @pytest.mark.parametrize(
        "inputs",
        ['{"x": NaN}', '{"x": 1e999}', '{"\\ud800": 1}', '{"x": "\\udc00"}', '{"x":' + "[" * 30 + "]" * 30 + "}"],
    )
    def test_inputs_that_cannot_be_kept_are_400(self, client: Client, app_id: str, inputs: str) -> None:
        raw = f'{{"app_id": "{app_id}", "user": "a", "inputs": {inputs}}}'

        assert client.post("/conversations", raw=raw).status == 400

    def test_an_unknown_application_is_404(self, client: Client) -> None:
        foreign = application(Workspace().client())

        assert client.post("/conversations", {"app_id": foreign, "user": "a"}).status == 404

    def test_costs_three_calls_without_a_query(self, client: Client, app_id: str) -> None:
        with counted_calls() as calls:
            start(client, app_id)

        assert sorted(calls.names) == ["GetItem", "TransactWriteItems", "UpdateItem"]


class TestListConversations:
    def test_filters_have_exact_totals_and_newest_first(self, client: Client) -> None:
        one, two = application(client), application(client)
        ids = [
            start(client, app_id, user=user)["id"]
            for app_id, user in [(one, "ada"), (one, "bob"), (two, "ada"), (one, "ada")]
        ]

        def listed(**query: Any) -> list[int]:
            answer = client.get("/conversations", query=query).json()
            assert answer["total"] == len(answer["data"])
            return [ids.index(conversation["id"]) for conversation in answer["data"]]

        assert listed() == [3, 2, 1, 0]
        assert listed(app_id=one) == [3, 1, 0]
        assert listed(app_id=two) == [2]
        assert listed(app_id=one, user="ada") == [3, 0]
        assert listed(app_id=one, user="eve") == []

    def test_a_user_needs_an_application(self, client: Client) -> None:
        assert client.get("/conversations", query={"user": "ada"}).status == 400

    def test_an_app_key_sees_its_own(self, client: Client, workspace: Workspace, app_id: str) -> None:
        own = start(client, app_id)["id"]
        other = application(client)
        start(client, other)
        app_key = workspace.client(kind="app", app_id=app_id)

        assert [item["id"] for item in app_key.get("/conversations").json()["data"]] == [own]
        assert app_key.get("/conversations", query={"user": "ada"}).json()["total"] == 1
        assert app_key.get("/conversations", query={"app_id": other}).status == 404

    def test_pages_join_without_gap_or_overlap(self, client: Client, app_id: str) -> None:
        ids = [start(client, app_id)["id"] for _ in range(7)]
        client.delete(f"/conversations/{ids[3]}")

        pages = [
            client.get("/conversations", query={"app_id": app_id, "limit": 2, "page": n}).json() for n in (1, 2, 3)
        ]

        assert [item["id"] for page in pages for item in page["data"]] == [*ids[:3], *ids[4:]][::-1]
        assert [page["has_more"] for page in pages] == [True, True, False]


class TestOneConversation:
    def test_isolation(self, client: Client, workspace: Workspace, app_id: str) -> None:
        id_ = start(client, app_id)["id"]
        strangers = [
            Workspace().client(),
            workspace.client(mode="live"),
            workspace.client(kind="app", app_id=application(client)),
        ]

        for stranger in strangers:
            assert stranger.get(f"/conversations/{id_}").status == 404
            assert stranger.patch(f"/conversations/{id_}", {"name": "x"}).status == 404
            assert stranger.delete(f"/conversations/{id_}").status == 404
            assert stranger.post(f"/conversations/{id_}/complete").status == 404
            assert stranger.get(f"/conversations/{id_}/messages").status == 404
            assert stranger.post("/messages", {"conversation_id": id_, "content": "x"}).status == 404

    def test_rename(self, client: Client, app_id: str) -> None:
        id_ = start(client, app_id)["id"]

        answer = client.patch(f"/conversations/{id_}", {"name": "Named"}, headers={"If-Match": '"1"'})

        assert (answer.status, answer.json()["name"], answer.headers["etag"]) == (200, "Named", '"2"')
        assert client.patch(f"/conversations/{id_}", {"name": "x"}, headers={"If-Match": '"1"'}).status == 412

    def test_completing_twice_tells_once(self, client: Client, workspace: Workspace, app_id: str) -> None:
        id_ = start(client, app_id)["id"]

        answers = [client.post(f"/conversations/{id_}/complete") for _ in range(2)]

        assert [answer.json()["status"] for answer in answers] == ["completed"] * 2
        assert answers[0].json() == answers[1].json()
        assert [event.event for event in events_of(workspace)].count("conversation.completed") == 1

    def test_delete(self, client: Client, workspace: Workspace, app_id: str) -> None:
        id_ = start(client, app_id)["id"]

        assert client.delete(f"/conversations/{id_}").status == 204
        assert client.get(f"/conversations/{id_}").status == 404
        for query in ({}, {"app_id": app_id}, {"app_id": app_id, "user": "ada"}):
            assert client.get("/conversations", query=query).json()["total"] == 0

    def test_a_viewer_reads_and_changes_nothing(self, client: Client, workspace: Workspace, app_id: str) -> None:
        id_ = start(client, app_id)["id"]
        viewer = workspace.client(role="viewer")

        assert viewer.get(f"/conversations/{id_}").status == 200
        assert viewer.delete(f"/conversations/{id_}").status == 403
        assert viewer.post("/conversations", {"app_id": app_id, "user": "a"}).status == 403


def test_a_retry_after_a_crash_finds_what_was_made(client: Client, app_id: str) -> None:
    """A function may die between its transaction and its answer; the retry must not make a second conversation."""
    body = {"app_id": app_id, "user": "ada", "inputs": {"query": "Once"}}
    first = client.post("/conversations", body, headers={"Idempotency-Key": "k"})
    forget_answer(client)

    again = client.post("/conversations", body, headers={"Idempotency-Key": "k"})

    assert again.json()["id"] == first.json()["id"]
    assert again.json()["message"] == first.json()["message"]
    assert client.get("/conversations").json()["total"] == 1
    assert client.get(f"/conversations/{first.json()['id']}/messages").json()["total"] == 2


def forget_answer(client: Client) -> None:
    """Remove the kept answers, as if the function had died before keeping them."""
    from lambdify.store.base import tenant_key
    from lambdify.store.idempotency import Record

    caller = client.authorizer
    for record in Record.query(tenant_key(caller["workspaceId"], caller["mode"], caller["keyId"])):
        if not str(record.sk).endswith("#made"):
            record.delete()


def test_events_carry_the_public_representation(client: Client, workspace: Workspace, app_id: str) -> None:
    conversation = start(client, app_id)

    [event] = [event for event in events_of(workspace) if event.event == "conversation.created"]

    conversation.pop("message")
    assert json.loads(json.dumps(event.data)) == conversation
