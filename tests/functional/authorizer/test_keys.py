"""Which keys are let in, and what the functions learn of them."""

import json

import pytest

from lambdify import clock, keys
from lambdify.caller import Caller
from lambdify.settings import settings
from tests.authorizing import EVENT, Authorize, Clock, calls, is_refused
from tests.conftest import ROOT
from tests.gateway import Workspace
from tests.operators import invoke, new_key, new_workspace


class TestContext:
    def test_a_personal_key_speaks_for_a_member(self, authorize: Authorize) -> None:
        workspace_id = new_workspace("pro")
        key = new_key(workspace_id, role="viewer")

        answer = authorize(key["key"])

        assert answer["principalId"] == workspace_id
        assert answer["policyDocument"]["Statement"] == [
            {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": EVENT["methodArn"]}
        ]
        assert Caller.from_authorizer(answer["context"]) == Caller(
            workspace_id, "test", "pro", key["id"], "pat", "", "viewer", frozenset()
        )

    def test_a_service_key_carries_its_scopes(self, authorize: Authorize) -> None:
        key = new_key(new_workspace(), kind="svc", mode="live", scopes=["usage:read", "messages:write"])

        caller = Caller.from_authorizer(authorize(key["key"])["context"])

        assert (caller.kind, caller.mode) == ("svc", "live")
        assert caller.scopes == {"usage:read", "messages:write"}

    def test_an_app_key_carries_its_application(self, authorize: Authorize) -> None:
        workspace_id = new_workspace()
        body = {"name": "A", "mode": "chat", "config": {"model": "sandbox-chat"}}
        app_id = Workspace(workspace_id).client().post("/applications", body).json()["id"]
        key = new_key(workspace_id, kind="app", app_id=app_id)

        assert Caller.from_authorizer(authorize(key["key"])["context"]).app_id == app_id

    def test_everything_in_the_context_is_text(self, authorize: Authorize) -> None:
        """API Gateway knows no lists and objects there."""
        context = authorize(new_key(new_workspace())["key"])["context"]

        assert {type(value) for value in context.values()} == {str}

    def test_the_bearer_key_is_in_no_part_of_the_answer(self, authorize: Authorize) -> None:
        text = new_key(new_workspace())["key"]

        assert text[20:] not in str(authorize(text))


class TestRefusal:
    @pytest.mark.parametrize("name", ["unknown-key", "wrong-checksum"])
    def test_a_key_that_does_not_exist_is_refused(self, authorize: Authorize, name: str) -> None:
        assert is_refused(authorize, event_key(name))

    @pytest.mark.parametrize("key", ["", "hello", "dify_pat_test_", "dify_pat_test_" + "A" * 38])
    def test_garbage_is_refused_without_a_read(self, authorize: Authorize, key: str) -> None:
        with calls() as made:
            assert is_refused(authorize, key)
        assert made == []

    def test_an_unknown_key_is_read_once(self, authorize: Authorize) -> None:
        """Guessing costs the guesser more than us."""
        key = keys.make("pat", "live")
        with calls() as made:
            assert is_refused(authorize, key)
            assert is_refused(authorize, key)
        assert made == ["GetItem"]

    def test_an_expired_key_is_refused_from_that_instant(self, authorize: Authorize, time: Clock) -> None:
        key = new_key(new_workspace(), expires_at=clock.timestamp(time.now + 10))["key"]
        assert authorize(key)["policyDocument"]["Statement"][0]["Effect"] == "Allow"

        time.now += 10

        assert is_refused(authorize, key)

    def test_a_revoked_key_is_refused_within_30_seconds(self, authorize: Authorize, time: Clock) -> None:
        workspace_id = new_workspace()
        key = new_key(workspace_id)
        authorize(key["key"])

        invoke(action="revoke_key", workspace_id=workspace_id, mode="test", key_id=key["id"])
        time.now += 30

        assert is_refused(authorize, key["key"])


class TestCalls:
    def test_a_known_key_costs_one_write(self, authorize: Authorize, time: Clock) -> None:
        key = new_key(new_workspace())["key"]
        authorize(key)

        with calls() as made:
            authorize(key)
        assert made == ["UpdateItem"]

    def test_a_fresh_environment_reads_key_and_workspace_once(self, authorize: Authorize, time: Clock) -> None:
        key = new_key(new_workspace())["key"]

        with calls() as made:
            authorize(key)
        assert sorted(made) == ["GetItem", "GetItem", "UpdateItem", "UpdateItem"]

    def test_a_read_that_fails_once_is_tried_again(self, authorize: Authorize) -> None:
        key = new_key(new_workspace())["key"]

        with calls(failing={"GetItem": 1}):
            assert authorize(key)["policyDocument"]["Statement"][0]["Effect"] == "Allow"


class TestTier:
    def test_a_new_tier_counts_within_30_seconds(self, authorize: Authorize, time: Clock) -> None:
        workspace_id = new_workspace("free")
        key = new_key(workspace_id)["key"]
        assert authorize(key)["context"]["rateLimitLimit"] == "60"

        invoke(action="set_tier", workspace_id=workspace_id, tier="enterprise", limit_per_minute=7)
        time.now += 30

        context = authorize(key)["context"]
        assert (context["tier"], context["rateLimitLimit"]) == ("enterprise", "7")

    def test_a_workspace_without_its_own_gateway_key_uses_the_shared_one(self, authorize: Authorize) -> None:
        assert authorize(new_key(new_workspace())["key"])["usageIdentifierKey"] == settings.overflow_key


def event_key(name: str) -> str:
    """The key in an example event."""
    event = json.loads((ROOT / f"events/authorizer/{name}.json").read_text())
    return str(event["authorizationToken"]).removeprefix("Bearer ")
