"""Applications keep the contract, through real events into the real handler."""

from typing import Any

import pytest

from tests.calls import counted_calls
from tests.gateway import Client, Workspace
from tests.outbox import events_of

BODY: dict[str, Any] = {"name": "Support", "mode": "chat", "config": {"model": "sandbox-chat"}}
ABSENT = "app_" + "0" * 26


class TestCreateApplication:
    def test_answers_with_the_object_and_its_defaults(self, client: Client) -> None:
        answer = client.post("/applications", BODY)

        application = answer.json()
        assert answer.status == 201
        assert application["id"].startswith("app_")
        assert application["description"] == ""
        assert application["config"] == {
            "model": "sandbox-chat",
            "temperature": 0.7,
            "max_tokens": 2000,
            "system_prompt": "",
        }
        assert application["created_at"].endswith("Z")
        assert answer.headers["etag"] == '"1"'

    def test_the_event_is_committed_with_it(self, client: Client, workspace: Workspace) -> None:
        application = client.post("/applications", BODY).json()

        [event] = events_of(workspace)
        assert (event.event, event.app_id, event.data) == ("application.created", application["id"], application)

    def test_costs_two_calls(self, client: Client) -> None:
        client.get("/applications")
        with counted_calls() as calls:
            client.post("/applications", BODY)

        assert calls.names == ["UpdateItem", "TransactWriteItems"]

    @pytest.mark.parametrize(
        ("change", "location"),
        [
            ({"name": ""}, "body.name"),
            ({"name": "   "}, "body.name"),
            ({"name": "x" * 201}, "body.name"),
            ({"name": None}, "body.name"),
            ({"description": "x" * 2001}, "body.description"),
            ({"mode": "agent"}, "body.mode"),
            ({"config": {}}, "body.config.model"),
            ({"config": {"model": "gpt-nothing"}}, "body.config.model"),
            ({"config": {"model": "sandbox-chat", "temperature": 3}}, "body.config.temperature"),
            ({"config": {"model": "sandbox-chat", "max_tokens": 0}}, "body.config.max_tokens"),
            ({"config": {"model": "sandbox-chat", "max_tokens": 10**400}}, "body.config.max_tokens"),
            ({"config": {"model": "sandbox-chat", "top_q": 1}}, "body.config.top_q"),
            ({"config": "sandbox-chat"}, "body.config"),
        ],
    )
    def test_bad_fields_are_located(self, client: Client, change: dict[str, Any], location: str) -> None:
        answer = client.post("/applications", {**BODY, **change})

        assert (answer.status, answer.error) == (400, "invalid_request")
        assert location in [error["location"] for error in answer.json()["error"]["details"]["errors"]]

    @pytest.mark.parametrize(
        "raw",
        [
            '{"name":',
            "[" * 100_000,
            '{"name": "\\ud800", "mode": "chat", "config": {"model": "sandbox-chat"}}',
            '{"name": "x", "mode": "chat", "config": {"model": "sandbox-chat", "temperature": NaN}}',
            '{"name": "x", "mode": "chat", "config": {"model": "sandbox-chat", "max_tokens": ' + "9" * 5000 + "}}",
            '{"name": "x", "mode": "chat", "config": {"model": "\\ud800"}}',
            '"text"',
            "null",
            "\x00",
        ],
        ids=["cut", "deep", "half a surrogate pair", "NaN", "5,000 digits", "surrogate model", "text", "null", "NUL"],
    )
    def test_hostile_json_is_400(self, client: Client, raw: str) -> None:
        answer = client.post("/applications", raw=raw)

        assert (answer.status, answer.error) == (400, "invalid_request")
        assert answer.json()["error"]["details"]["request_id"] == answer.headers["x-request-id"]

    def test_another_content_type_is_415(self, client: Client) -> None:
        answer = client.post("/applications", raw="a=b", headers={"Content-Type": "text/plain"})

        assert (answer.status, answer.error) == (415, "unsupported_media_type")

    @pytest.mark.parametrize(
        "key",
        [
            {"role": "viewer"},
            {"kind": "svc", "scopes": "applications:read messages:write"},
            {"kind": "svc", "scopes": ""},
            {"kind": "app", "app_id": ABSENT},
        ],
    )
    def test_a_key_without_the_permission_is_403(self, workspace: Workspace, key: dict[str, str]) -> None:
        answer = workspace.client(**key).post("/applications", BODY)

        assert (answer.status, answer.error) == (403, "forbidden")

    @pytest.mark.parametrize("key", [{"role": "member"}, {"kind": "svc", "scopes": "*"}])
    def test_a_key_with_the_permission_creates(self, workspace: Workspace, key: dict[str, str]) -> None:
        assert workspace.client(**key).post("/applications", BODY).status == 201


class TestReadApplications:
    def test_the_newest_comes_first_with_an_exact_total(self, client: Client) -> None:
        ids = [client.post("/applications", {**BODY, "name": str(number)}).json()["id"] for number in range(5)]

        first = client.get("/applications", query={"limit": 2}).json()
        last = client.get("/applications", query={"limit": 2, "page": 3}).json()
        beyond = client.get("/applications", query={"limit": 2, "page": 4}).json()

        assert [application["id"] for application in first["data"]] == ids[:2:-1]
        assert (first["total"], first["page"], first["limit"], first["has_more"]) == (5, 1, 2, True)
        assert [application["id"] for application in last["data"]] == ids[:1]
        assert last["has_more"] is False
        assert (beyond["data"], beyond["total"]) == ([], 5)

    def test_an_empty_workspace_has_an_empty_list(self, client: Client) -> None:
        answer = client.get("/applications").json()

        assert answer == {"data": [], "total": 0, "page": 1, "limit": 20, "has_more": False}

    @pytest.mark.parametrize("query", [{"page": 0}, {"page": "x"}, {"limit": 0}, {"limit": 101}, {"page": 10**30}])
    def test_pages_have_bounds(self, client: Client, query: dict[str, Any]) -> None:
        assert client.get("/applications", query=query).status == 400

    @pytest.mark.parametrize("id_", [ABSENT, "app_x", "conv_" + "0" * 26, "app_" + "U" * 26, "x" * 3000, "%00"])
    def test_an_unknown_id_is_404(self, client: Client, id_: str) -> None:
        answer = client.get(f"/applications/{id_}")

        assert (answer.status, answer.error) == (404, "not_found")

    def test_other_workspaces_and_the_other_mode_see_nothing(self, client: Client, workspace: Workspace) -> None:
        """Isolation: the workspace and the mode are in every key."""
        id_ = client.post("/applications", BODY).json()["id"]

        for stranger in (Workspace().client(), workspace.client(mode="live")):
            assert stranger.get(f"/applications/{id_}").status == 404
            assert stranger.patch(f"/applications/{id_}", {"name": "y"}).status == 404
            assert stranger.delete(f"/applications/{id_}").status == 404
            assert stranger.get("/applications").json()["total"] == 0
        assert client.get(f"/applications/{id_}").status == 200

    def test_an_ordinal_alone_does_not_open_an_application(self, client: Client) -> None:
        """An id is an address; its other characters must be right as well."""
        id_ = client.post("/applications", BODY).json()["id"]

        assert client.get(f"/applications/app_{'0' * 19}{id_[-7:]}").status == 404

    def test_an_app_key_sees_its_own_alone(self, client: Client, workspace: Workspace) -> None:
        own, other = (client.post("/applications", BODY).json()["id"] for _ in range(2))
        app_key = workspace.client(kind="app", app_id=own)

        assert [application["id"] for application in app_key.get("/applications").json()["data"]] == [own]
        assert app_key.get("/applications", query={"page": 2}).json()["data"] == []
        assert app_key.get(f"/applications/{own}").status == 200
        assert app_key.get(f"/applications/{other}").status == 404

    def test_a_known_version_is_304(self, client: Client) -> None:
        created = client.post("/applications", BODY)
        path = f"/applications/{created.json()['id']}"

        assert client.get(path, headers={"If-None-Match": created.headers["etag"]}).status == 304
        assert client.get(path, headers={"If-None-Match": '"7", "1"'}).status == 304
        assert client.get(path, headers={"If-None-Match": '"7"'}).status == 200


class TestUpdateApplication:
    def test_changes_what_is_given_and_tells_of_it(self, client: Client, workspace: Workspace) -> None:
        before = client.post("/applications", BODY).json()

        answer = client.patch(f"/applications/{before['id']}", {"config": {"temperature": 0}})

        after = answer.json()
        assert after["config"] == {**before["config"], "temperature": 0}
        assert (after["name"], after["created_at"]) == (before["name"], before["created_at"])
        assert answer.headers["etag"] == '"2"'
        assert [event.event for event in events_of(workspace)] == ["application.created", "application.updated"]
        assert events_of(workspace)[1].data == after

    def test_a_stale_version_is_412_and_changes_nothing(self, client: Client, workspace: Workspace) -> None:
        """No lost update: the second writer learns of the first."""
        path = f"/applications/{client.post('/applications', BODY).json()['id']}"
        assert client.patch(path, {"name": "first"}, headers={"If-Match": '"1"'}).status == 200

        answer = client.patch(path, {"name": "second"}, headers={"If-Match": '"1"'})

        assert (answer.status, answer.error) == (412, "precondition_failed")
        assert client.get(path).json()["name"] == "first"
        assert len(events_of(workspace)) == 2

    def test_an_unknown_model_is_400(self, client: Client) -> None:
        path = f"/applications/{client.post('/applications', BODY).json()['id']}"

        assert client.patch(path, {"config": {"model": "x"}}).status == 400

    def test_a_wrong_method_names_the_right_ones(self, client: Client) -> None:
        answer = client.put(f"/applications/{ABSENT}", {})

        assert (answer.status, answer.error) == (405, "method_not_allowed")
        assert answer.headers["allow"] == "DELETE, GET, PATCH"


class TestDeleteApplication:
    def test_is_gone_at_once_and_told_of(self, client: Client, workspace: Workspace) -> None:
        application = client.post("/applications", BODY).json()

        answer = client.delete(f"/applications/{application['id']}")

        assert (answer.status, answer.text) == (204, "")
        assert client.get(f"/applications/{application['id']}").status == 404
        assert client.delete(f"/applications/{application['id']}").status == 404
        assert client.get("/applications").json()["total"] == 0
        assert events_of(workspace)[-1].event == "application.deleted"

    def test_a_stale_version_is_412(self, client: Client) -> None:
        path = f"/applications/{client.post('/applications', BODY).json()['id']}"

        assert client.delete(path, headers={"If-Match": '"9"'}).status == 412
        assert client.get(path).status == 200


class TestIdempotency:
    def test_the_same_request_is_done_once(self, client: Client) -> None:
        first = client.post("/applications", BODY, headers={"Idempotency-Key": "a"})
        again = client.post("/applications", BODY, headers={"Idempotency-Key": '"a"'})

        assert first.json() == again.json()
        assert "idempotent-replayed" not in first.headers
        assert again.headers["idempotent-replayed"] == "true"
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["x-request-id"] != first.headers["x-request-id"]
        assert client.get("/applications").json()["total"] == 1

    def test_another_body_is_422(self, client: Client) -> None:
        client.post("/applications", BODY, headers={"Idempotency-Key": "a"})

        answer = client.post("/applications", {**BODY, "name": "other"}, headers={"Idempotency-Key": "a"})

        assert (answer.status, answer.error) == (422, "idempotency_key_reused")

    def test_a_refused_body_may_be_mended_under_the_same_key(self, client: Client) -> None:
        assert client.post("/applications", {}, headers={"Idempotency-Key": "a"}).status == 400

        assert client.post("/applications", BODY, headers={"Idempotency-Key": "a"}).status == 201

    def test_keys_of_others_are_others(self, client: Client, workspace: Workspace) -> None:
        client.post("/applications", BODY, headers={"Idempotency-Key": "a"})

        answer = workspace.client().post("/applications", BODY, headers={"Idempotency-Key": "a"})

        assert "idempotent-replayed" not in answer.headers

    @pytest.mark.parametrize("key", ["", "x" * 256, "é"])
    def test_a_malformed_key_is_400(self, client: Client, key: str) -> None:
        answer = client.post("/applications", BODY, headers={"Idempotency-Key": key})

        assert (answer.status, answer.error) == (400, "invalid_request")
