"""GET /models lists what a key may use."""

import json
from pathlib import Path

import pytest

from models.app import handler
from tests.calls import counted_calls
from tests.gateway import Client, LambdaContext, Workspace

EVENT = Path(__file__).parent.parent.parent.parent / "events/models/list.json"


class TestListModels:
    def test_test_keys_see_the_sandbox_models(self, client: Client) -> None:
        answer = client.get("/models")

        assert answer.status == 200
        assert answer.json() == {
            "data": [
                {
                    "id": "sandbox-chat",
                    "name": "Sandbox chat",
                    "provider": "sandbox",
                    "capabilities": ["chat", "completion"],
                },
                {
                    "id": "sandbox-echo",
                    "name": "Sandbox echo",
                    "provider": "sandbox",
                    "capabilities": ["chat", "completion"],
                },
            ]
        }

    def test_the_sample_event_is_answered(self) -> None:
        answer = handler(json.loads(EVENT.read_text()), LambdaContext())

        assert answer["statusCode"] == 200
        assert [model["id"] for model in json.loads(answer["body"])["data"]] == ["sandbox-chat", "sandbox-echo"]

    def test_live_keys_of_a_stack_without_providers_see_them_too(self, workspace: Workspace) -> None:
        assert workspace.client(mode="live").get("/models").json()["data"]

    @pytest.mark.parametrize("role", ["owner", "member", "viewer"])
    def test_every_member_may_list_them(self, workspace: Workspace, role: str) -> None:
        assert workspace.client(role=role).get("/models").status == 200

    @pytest.mark.parametrize("scopes", ["models:read", "*"])
    def test_a_service_key_with_the_scope_may(self, workspace: Workspace, scopes: str) -> None:
        assert workspace.client(kind="svc", scopes=scopes).get("/models").status == 200

    def test_other_keys_may_not(self, workspace: Workspace) -> None:
        for key in (workspace.client(kind="app", app_id="app_x"), workspace.client(kind="svc", scopes="messages:read")):
            answer = key.get("/models")

            assert (answer.status, answer.error) == (403, "forbidden")

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def test_there_is_no_other_method(self, client: Client, method: str) -> None:
        answer = client.request(method, "/models")

        assert (answer.status, answer.error) == (405, "method_not_allowed")
        assert answer.headers["allow"] == "GET"

    def test_no_call_is_made_to_aws(self, client: Client) -> None:
        with counted_calls() as calls:
            client.get("/models")

        assert calls.names == []
