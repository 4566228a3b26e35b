"""The operator makes workspaces and moves them between tiers."""

import secrets
from typing import Any

import pytest

from tests.operators import delayed, invoke, new_workspace, queued


class TestCreateWorkspace:
    def test_answers_with_an_id_and_asks_for_a_gateway_key(self) -> None:
        answer = invoke(action="create_workspace", name="Acme", tier="free")

        assert set(answer) == {"workspace_id"}
        assert {"workspace_id": answer["workspace_id"]} in queued()

    def test_the_same_request_id_gives_the_same_workspace(self) -> None:
        """A retry after a lost answer must not make a second tenant."""
        request = {"action": "create_workspace", "name": "Acme", "tier": "pro", "request_id": secrets.token_hex(8)}

        first, second = invoke(**request), invoke(**request)

        assert first == second
        assert invoke(**{**request, "request_id": secrets.token_hex(8)}) != first

    def test_two_requests_make_two_workspaces(self) -> None:
        request = {"action": "create_workspace", "name": "Acme", "tier": "pro"}

        assert invoke(**request) != invoke(**request)

    @pytest.mark.parametrize(
        ("change", "location"),
        [
            ({"tier": "gold"}, "tier"),
            ({"name": " "}, "name"),
            ({"limit_per_minute": 5}, "event"),
            ({"tier": "enterprise"}, "event"),
            ({"tier": "enterprise", "limit_per_minute": 0}, "limit_per_minute"),
            ({"tier": "enterprise", "limit_per_minute": 60_001}, "limit_per_minute"),
            ({"teir": "free"}, "teir"),
            ({"action": "drop"}, "action"),
        ],
    )
    def test_bad_input_is_refused_with_its_place(self, change: dict[str, Any], location: str) -> None:
        answer = invoke(**{"action": "create_workspace", "name": "Acme", "tier": "free", **change})

        assert answer["error"]["code"] == "invalid_request"
        assert [error["location"] for error in answer["error"]["details"]["errors"]] == [location]


class TestSetTier:
    def test_asks_for_the_gateway_key_to_move(self) -> None:
        """It moves later: authorizers may hand out the key of the old plan for a while."""
        workspace_id = new_workspace("free")
        before = delayed()

        answer = invoke(action="set_tier", workspace_id=workspace_id, tier="enterprise", limit_per_minute=900)

        assert answer == {"workspace_id": workspace_id, "tier": "enterprise", "limit_per_minute": 900}
        assert delayed() == before + 1

    def test_unknown_workspace_is_not_found(self) -> None:
        answer = invoke(action="set_tier", workspace_id="ws_" + "0" * 26, tier="pro")

        assert answer["error"]["code"] == "not_found"
