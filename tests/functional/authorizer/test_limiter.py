"""The limit is exact, and the numbers in the headers are true."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from authorizer import limiter
from authorizer.last_use import LastUse
from authorizer.records import Records
from lambdify import keys
from lambdify.errors import Unavailable
from lambdify.settings import settings
from lambdify.store.keys import keys_of
from tests.authorizing import Authorize, Clock, calls
from tests.operators import invoke, new_key, new_workspace


def numbers(answer: dict[str, Any]) -> tuple[str, int, int]:
    """Effect, limit, remaining."""
    context = answer["context"]
    effect = answer["policyDocument"]["Statement"][0]["Effect"]
    return effect, int(context["rateLimitLimit"]), int(context["rateLimitRemaining"])


def small(limit: int) -> str:
    """A key of a workspace with a small limit."""
    return str(new_key(new_workspace("enterprise", limit_per_minute=limit))["key"])


class TestExactness:
    @pytest.mark.parametrize("environments", ["one that remembers", "many that know nothing"])
    def test_of_200_at_once_60_pass(self, authorize: Authorize, environments: str) -> None:
        """Never 61, never 59; each remaining number is told once."""
        text = new_key(new_workspace("free"))["key"]
        record = Records().find(keys.digest(text))
        assert record is not None
        shared = limiter.Limiter()
        start = threading.Barrier(50)

        def one(number: int) -> limiter.Count:
            if number < 50:
                start.wait()
            return (shared if environments == "one that remembers" else limiter.Limiter()).count(record)

        with ThreadPoolExecutor(50) as pool:
            counts = list(pool.map(one, range(200)))

        admitted = [count.remaining for count in counts if count.is_admitted]
        assert sorted(admitted) == list(range(60))
        assert {count.remaining for count in counts if not count.is_admitted} == {0}
        assert len({count.ends_at for count in counts}) == 1

    def test_keys_of_a_workspace_share_its_limit(self, authorize: Authorize, time: Clock) -> None:
        workspace_id = new_workspace("enterprise", limit_per_minute=3)
        first, second = new_key(workspace_id)["key"], new_key(workspace_id)["key"]

        outcomes = [numbers(authorize(key)) for key in (first, second, first, second)]

        assert outcomes == [("Allow", 3, 2), ("Allow", 3, 1), ("Allow", 3, 0), ("Deny", 3, 0)]

    def test_live_and_test_are_counted_apart(self, authorize: Authorize, time: Clock) -> None:
        workspace_id = new_workspace("enterprise", limit_per_minute=1)

        outcomes = [numbers(authorize(new_key(workspace_id, mode=mode)["key"])) for mode in ("live", "test")]

        assert outcomes == [("Allow", 1, 0)] * 2


class TestWindow:
    def test_opens_with_the_first_request_and_lasts_60_seconds(self, authorize: Authorize, time: Clock) -> None:
        key = small(2)
        authorize(key)
        time.now += 59.5

        context = authorize(key)["context"]

        assert context["rateLimitReset"] == "1800000061"
        assert context["rateLimit"] == '"default";r=0;t=1'
        assert context["rateLimitPolicy"] == '"default";q=2;w=60'

        time.now += 0.5
        assert numbers(authorize(key)) == ("Allow", 2, 1)

    def test_a_refused_caller_learns_how_long_to_wait(self, authorize: Authorize, time: Clock) -> None:
        key = small(1)
        authorize(key)
        time.now += 20.5
        refusal = authorize(key)
        assert numbers(refusal) == ("Deny", 1, 0)
        assert refusal["context"]["retryAfter"] == "40"

        time.now += 40

        assert numbers(authorize(key)) == ("Allow", 1, 0)

    def test_a_window_that_ended_does_not_begin_at_the_old_end(self, authorize: Authorize, time: Clock) -> None:
        key = small(5)
        authorize(key)
        time.now += 1000

        context = authorize(key)["context"]

        assert (context["rateLimitRemaining"], context["rateLimitReset"]) == ("4", "1800001061")

    def test_a_spent_window_costs_no_more_writes(self, authorize: Authorize, time: Clock) -> None:
        key = small(1)
        authorize(key)
        authorize(key)

        with calls() as made:
            assert numbers(authorize(key)) == ("Deny", 1, 0)
        assert made == []

    def test_raising_the_limit_gives_room_at_once(self, authorize: Authorize, time: Clock) -> None:
        workspace_id = new_workspace("enterprise", limit_per_minute=1)
        key = new_key(workspace_id)["key"]
        authorize(key)
        assert numbers(authorize(key)) == ("Deny", 1, 0)

        invoke(action="set_tier", workspace_id=workspace_id, tier="enterprise", limit_per_minute=3)
        time.now += 30

        assert numbers(authorize(key)) == ("Allow", 3, 1)


class TestKeysOwnLimit:
    def test_a_lower_limit_of_the_key_counts_too(self, authorize: Authorize, time: Clock) -> None:
        workspace_id = new_workspace("enterprise", limit_per_minute=4)
        limited, free = new_key(workspace_id, limit_per_minute=2)["key"], new_key(workspace_id)["key"]

        outcomes = [numbers(authorize(key)) for key in (limited, limited, limited, free, free, free)]

        assert outcomes == [
            ("Allow", 2, 1),
            ("Allow", 2, 0),
            ("Deny", 2, 0),
            ("Allow", 4, 1),
            ("Allow", 4, 0),
            ("Deny", 4, 0),
        ]

    def test_the_workspaces_limit_counts_for_it(self, authorize: Authorize, time: Clock) -> None:
        workspace_id = new_workspace("enterprise", limit_per_minute=3)
        limited, free = new_key(workspace_id, limit_per_minute=2)["key"], new_key(workspace_id)["key"]
        authorize(free)
        authorize(free)

        assert [numbers(authorize(limited)) for _ in range(2)] == [("Allow", 2, 0), ("Deny", 2, 0)]

    def test_a_new_window_gives_the_key_its_limit_again(self, authorize: Authorize, time: Clock) -> None:
        key = new_key(new_workspace(), limit_per_minute=1)["key"]
        authorize(key)
        time.now += 60

        assert [numbers(authorize(key)) for _ in range(2)] == [("Allow", 1, 0), ("Deny", 1, 0)]

    def test_a_limit_above_the_workspaces_changes_nothing(self, authorize: Authorize, time: Clock) -> None:
        key = new_key(new_workspace("free"), limit_per_minute=1000)["key"]

        assert numbers(authorize(key)) == ("Allow", 60, 59)


class TestFailure:
    @pytest.fixture
    def closed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A stack deployed with LimiterFailure=closed."""

        monkeypatch.setattr(limiter, "settings", replace(settings, limiter_failure="closed"))

    def test_open_lets_what_cannot_be_counted_pass(self, authorize: Authorize, time: Clock) -> None:
        key = small(5)
        with calls(failing={"UpdateItem": 9}) as made:
            answer = authorize(key)

        assert numbers(answer) == ("Allow", 5, 4)
        # One for last_used_at, one for the count: a repeated count would count twice.
        assert made.count("UpdateItem") == 2

    def test_closed_refuses_what_cannot_be_counted(self, authorize: Authorize, closed: None) -> None:
        """Any exception but Unauthorized becomes the gateway's AUTHORIZER_FAILURE: 503."""
        key = small(5)
        with calls(failing={"UpdateItem": 9}), pytest.raises(Unavailable):
            authorize(key)


class TestLastUse:
    def test_is_written_at_most_once_a_minute(self, authorize: Authorize, time: Clock) -> None:
        workspace_id = new_workspace()
        key = new_key(workspace_id)["key"]
        seen = []
        for seconds in (0, 59, 1):
            time.now += seconds
            authorize(key)
            seen.append(keys_of(workspace_id, "test").page(1, 1).items[0].last_used_at)

        assert seen == ["2027-01-15T08:00:00.250Z", "2027-01-15T08:00:00.250Z", "2027-01-15T08:01:00.250Z"]

    def test_another_environment_does_not_write_it_again(self, authorize: Authorize, time: Clock) -> None:
        from authorizer.records import Records
        from lambdify import keys

        workspace_id = new_workspace()
        record = Records().find(keys.digest(new_key(workspace_id)["key"]))
        assert record is not None
        for _ in range(2):
            thread = LastUse().note(record)
            assert thread is not None
            thread.join()
            time.now += 30

        assert keys_of(workspace_id, "test").page(1, 1).items[0].last_used_at == "2027-01-15T08:00:00.250Z"

    def test_its_failure_fails_nothing(self, authorize: Authorize, time: Clock) -> None:
        key = small(5)
        with calls(failing={"UpdateItem": 1}):
            assert numbers(authorize(key))[0] == "Allow"
