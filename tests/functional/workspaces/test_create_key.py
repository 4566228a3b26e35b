"""The operator makes keys."""

from typing import Any

import pytest

from lambdify import clock, keys
from lambdify.aws.clients import client
from lambdify.settings import settings
from lambdify.store.keys import keys_of
from tests.gateway import Workspace
from tests.operators import invoke, new_key, new_workspace

APPLICATION = {"name": "A", "mode": "chat", "config": {"model": "sandbox-chat"}}


class TestCreateKey:
    @pytest.mark.parametrize("mode", ["live", "test"])
    def test_the_key_says_its_kind_and_mode(self, mode: str) -> None:
        made = new_key(new_workspace(), mode=mode)

        assert set(made) == {"id", "key"}
        assert made["id"].startswith("key_")
        parsed = keys.parse(made["key"])
        assert parsed is not None
        assert (parsed.kind, parsed.mode) == ("pat", mode)

    def test_the_text_is_stored_nowhere(self) -> None:
        text = new_key(new_workspace())["key"]

        stored = client("dynamodb").scan(TableName=settings.keys_table)["Items"]
        assert keys.digest(text) in str(stored)
        assert text not in str(stored)
        assert text[20:] not in str(stored)

    def test_keys_are_listed_by_mode(self) -> None:
        workspace_id = new_workspace()
        first, second = new_key(workspace_id), new_key(workspace_id, kind="svc", scopes=["messages:read", "*"])
        new_key(workspace_id, mode="live")

        page = keys_of(workspace_id, "test").page(1, 10)

        assert page.total == 2
        listed = [key.public() for key in page.items]
        assert [key["id"] for key in listed] == [second["id"], first["id"]]
        assert listed[0]["scopes"] == ["*", "messages:read"]
        assert listed[1]["role"] == "owner"

    def test_an_app_key_needs_an_application_of_this_workspace_and_mode(self) -> None:
        workspace_id = new_workspace()
        owner = Workspace(workspace_id).client()
        app_id = owner.post("/applications", APPLICATION).json()["id"]

        made = new_key(workspace_id, kind="app", app_id=app_id)

        assert made["key"].startswith("dify_app_test_")
        assert new_key(workspace_id, kind="app", app_id=app_id, mode="live")["error"]["code"] == "not_found"
        assert new_key(new_workspace(), kind="app", app_id=app_id)["error"]["code"] == "not_found"

    @pytest.mark.parametrize(
        ("options", "location"),
        [
            ({"kind": "pat", "role": None}, "event"),
            ({"kind": "pat", "scopes": ["*"]}, "event"),
            ({"kind": "svc"}, "event"),
            ({"kind": "svc", "scopes": ["dance:write"]}, "scopes.0"),
            ({"kind": "svc", "scopes": []}, "scopes"),
            ({"kind": "app"}, "event"),
            ({"role": "king"}, "role"),
            ({"mode": "sandbox"}, "mode"),
            ({"expires_at": "2020-01-01T00:00:00Z"}, "event"),
            ({"expires_at": "2999-01-01T00:00:00"}, "expires_at"),
            ({"limit_per_minute": 0}, "limit_per_minute"),
        ],
    )
    def test_bad_input_is_refused_with_its_place(self, options: dict[str, Any], location: str) -> None:
        answer = new_key(new_workspace(), **options)

        assert answer["error"]["code"] == "invalid_request"
        assert [error["location"] for error in answer["error"]["details"]["errors"]] == [location]

    def test_unknown_workspace_is_not_found(self) -> None:
        answer = new_key("ws_" + "0" * 26)

        assert answer["error"]["code"] == "not_found"


class TestRevokeKey:
    def test_the_key_is_revoked_now_and_stays_listed(self) -> None:
        workspace_id = new_workspace()
        key_id = new_key(workspace_id)["id"]

        answer = invoke(action="revoke_key", workspace_id=workspace_id, mode="test", key_id=key_id)

        assert answer == {"id": key_id}
        page = keys_of(workspace_id, "test").page(1, 10)
        assert page.total == 1
        assert abs(clock.seconds_of(str(page.items[0].revoked_at)) - clock.epoch()) < 10

    def test_another_workspaces_key_is_not_found(self) -> None:
        key_id = new_key(new_workspace())["id"]

        answer = invoke(action="revoke_key", workspace_id=new_workspace(), mode="test", key_id=key_id)

        assert answer["error"]["code"] == "not_found"
