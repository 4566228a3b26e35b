"""Each workspace gets one key in API Gateway, in the plan of its tier, whatever happens on the way."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from gateway_keys import service
from lambdify.aws.clients import client
from lambdify.settings import settings
from lambdify.store.workspaces import find_workspace
from tests.authorizing import Authorize, Clock
from tests.conftest import ROOT
from tests.gateway import LambdaContext
from tests.operators import invoke, new_key, new_workspace

EVENT = json.loads((ROOT / "events/gateway_keys/batch.json").read_text())
ABSENT = "ws_" + "0" * 26


@pytest.fixture(autouse=True)
def plans(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The three usage plans, which the template would make; ids by tier."""
    made = {tier: client("apigateway").create_usage_plan(name=tier)["id"] for tier in ("free", "pro", "enterprise")}
    variables = {f"usage_plan_{tier}": plan_id for tier, plan_id in made.items()}
    monkeypatch.setattr(service, "settings", replace(settings, **variables))
    return made


def work(*workspace_ids: str) -> list[str]:
    """Give the worker one message per workspace; returns the ones that failed."""
    from gateway_keys.app import handler

    [record] = EVENT["Records"]
    records = [{**record, "messageId": id_, "body": json.dumps({"workspace_id": id_})} for id_ in workspace_ids]
    answer = handler({"Records": records}, LambdaContext())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def keys_named_after(workspace_id: str) -> list[dict[str, Any]]:
    """The workspace's keys in API Gateway."""
    found: list[dict[str, Any]] = client("apigateway").get_api_keys(includeValues=True)["items"]
    return [key for key in found if key["name"].endswith(workspace_id)]


def plans_of(workspace_id: str) -> list[str]:
    """The ids of the plans that hold the workspace's only key."""
    [key] = keys_named_after(workspace_id)
    return [plan["id"] for plan in client("apigateway").get_usage_plans(keyId=key["id"])["items"]]


@contextmanager
def cut_off_before(operation: str) -> Iterator[None]:
    """As when the worker dies just before it would call `operation`."""

    class CutOff(Exception):
        pass

    def stop(**_: Any) -> None:
        raise CutOff

    events = client("apigateway").meta.events
    events.register(f"before-call.apigateway.{operation}", stop)
    try:
        yield
    finally:
        events.unregister(f"before-call.apigateway.{operation}", stop)


class TestNewWorkspace:
    @pytest.mark.parametrize("tier", ["free", "pro", "enterprise"])
    def test_gets_a_key_in_the_plan_of_its_tier(self, plans: dict[str, str], tier: str) -> None:
        workspace_id = new_workspace(tier, **({"limit_per_minute": 500} if tier == "enterprise" else {}))

        assert work(workspace_id) == []

        assert plans_of(workspace_id) == [plans[tier]]
        [key] = keys_named_after(workspace_id)
        assert key["enabled"]
        assert 20 <= len(key["value"]) <= 128

    def test_the_same_message_twice_makes_one_key(self, plans: dict[str, str]) -> None:
        workspace_id = new_workspace()

        work(workspace_id)
        work(workspace_id)

        assert plans_of(workspace_id) == [plans["free"]]

    @pytest.mark.parametrize("operation", ["CreateApiKey", "GetUsagePlans", "CreateUsagePlanKey"])
    def test_an_attempt_that_is_cut_short_is_finished_by_the_next(self, plans: dict[str, str], operation: str) -> None:
        workspace_id, other_id = new_workspace(), new_workspace("pro")
        work(other_id)
        with cut_off_before(operation):
            assert work(other_id, workspace_id) == [workspace_id]

        assert work(workspace_id) == []

        assert plans_of(workspace_id) == [plans["free"]]

    def test_a_workspace_that_does_not_exist_blocks_nothing(self, plans: dict[str, str]) -> None:
        workspace_id = new_workspace()

        assert work(ABSENT, workspace_id) == []
        assert plans_of(workspace_id) == [plans["free"]]


class TestMove:
    def test_takes_the_key_along(self, plans: dict[str, str]) -> None:
        workspace_id = new_workspace("free")
        work(workspace_id)
        invoke(action="set_tier", workspace_id=workspace_id, tier="pro")

        assert work(workspace_id) == []

        assert plans_of(workspace_id) == [plans["pro"]]

    @pytest.mark.parametrize("operation", ["DeleteUsagePlanKey", "CreateUsagePlanKey"])
    def test_a_move_that_is_cut_short_is_finished_by_the_next(self, plans: dict[str, str], operation: str) -> None:
        workspace_id, other_id = new_workspace("free"), new_workspace("pro")
        work(workspace_id, other_id)
        invoke(action="set_tier", workspace_id=workspace_id, tier="pro")
        with cut_off_before(operation):
            assert work(other_id, workspace_id) == [workspace_id]
        assert find_workspace(workspace_id).gateway_tier is None

        assert work(workspace_id) == []

        assert plans_of(workspace_id) == [plans["pro"]]


class TestAuthorizer:
    """Which gateway key a request is metered by."""

    def test_the_shared_key_serves_until_the_own_one_surely_works(
        self, authorize: Authorize, time: Clock, workspace_key: Callable[[str], str]
    ) -> None:
        workspace_id = new_workspace()
        key = new_key(workspace_id)["key"]
        assert authorize(key)["usageIdentifierKey"] == settings.overflow_key
        work(workspace_id)

        used = []
        for _ in range(3):
            time.now += 30
            used.append(authorize(key)["usageIdentifierKey"])

        own = workspace_key(workspace_id)
        assert used == [settings.overflow_key, own, own]

    def test_the_shared_key_serves_during_a_move(
        self, authorize: Authorize, time: Clock, workspace_key: Callable[[str], str]
    ) -> None:
        workspace_id = new_workspace("free")
        key = new_key(workspace_id)["key"]
        work(workspace_id)
        time.now += 60
        assert authorize(key)["usageIdentifierKey"] == workspace_key(workspace_id)

        invoke(action="set_tier", workspace_id=workspace_id, tier="pro")
        time.now += 30
        assert authorize(key)["usageIdentifierKey"] == settings.overflow_key

        work(workspace_id)
        time.now += 60
        assert authorize(key)["usageIdentifierKey"] == workspace_key(workspace_id)

    @pytest.fixture
    def workspace_key(self) -> Callable[[str], str]:
        """Reads the value of a workspace's own key."""
        return lambda workspace_id: str(keys_named_after(workspace_id)[0]["value"])
