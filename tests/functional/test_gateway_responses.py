"""What API Gateway answers by itself has the contract's shape, whichever the reason."""

import json
import re
from typing import Any

import pytest

from authorizer.limiter import Count
from authorizer.policy import answer
from authorizer.records import TIER_LIMITS, Record
from lambdify import keys
from lambdify.aws.clients import session
from tests.conftest import ROOT, STACK

RESPONSES: dict[str, Any] = STACK.document["Resources"]["Api"]["Properties"]["GatewayResponses"]
TYPES = set(session().get_service_model("apigateway").shape_for("GatewayResponseType").enum)
# These fall back on DEFAULT_4XX or DEFAULT_5XX.
LEFT = {"BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "API_CONFIGURATION_ERROR"}
CODES = {
    (int(status), code)
    for status, code in re.findall(r"^\| (\d{3}) \| `(\w+)` \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
}
HEADERS = {
    "X-Request-Id",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "RateLimit",
    "RateLimit-Policy",
}
RECORD = Record("ws_1", "test", "free", "key_1", "0", "pat", "", "owner", "", 60, None, float("inf"), "a gateway key")
CONTEXT: dict[str, str] = answer(RECORD, Count(False, 60, 0, 4e9), "arn")["context"]

every_response = pytest.mark.parametrize("name", sorted(RESPONSES))


def test_every_type_of_answer_is_mapped() -> None:
    assert set(RESPONSES) == TYPES - LEFT


@every_response
def test_body_is_the_contracts_with_a_documented_code(name: str) -> None:
    [(media_type, text)] = RESPONSES[name]["ResponseTemplates"].items()
    assert media_type == "application/json"
    body = json.loads(text)
    assert list(body) == ["error"]
    assert set(body["error"]) == {"code", "message", "details"}
    assert (int(RESPONSES[name]["StatusCode"]), body["error"]["code"]) in CODES
    assert body["error"]["details"]["request_id"] == "$context.requestId"
    if body["error"]["code"] == "invalid_request":
        assert [set(error) for error in body["error"]["details"]["errors"]] == [{"location", "message"}]


@every_response
def test_headers_are_all_there_and_can_be_resolved(name: str) -> None:
    """A header is a literal, the request's id, or text that the authorizer puts into its context."""
    headers = RESPONSES[name]["ResponseParameters"]["Headers"]

    assert set(headers) == HEADERS | ({"Retry-After"} if RESPONSES[name]["StatusCode"] == "429" else set())
    for value in headers.values():
        source, _, key = str(value).rpartition(".")
        is_literal = str(value)[0] == str(value)[-1] == "'"
        assert is_literal or value == "context.requestId" or (source == "context.authorizer" and key in CONTEXT)


@pytest.mark.parametrize("name", ["UNAUTHORIZED", "REQUEST_TOO_LARGE", "AUTHORIZER_FAILURE", "RESOURCE_NOT_FOUND"])
def test_numbers_are_literals_where_no_caller_is_known(name: str) -> None:
    headers = RESPONSES[name]["ResponseParameters"]["Headers"]

    assert [headers[f"X-RateLimit-{part}"] for part in ("Limit", "Remaining", "Reset")] == ["'0'"] * 3


def test_retry_after_is_at_least_one_second() -> None:
    assert int(CONTEXT["retryAfter"]) >= 1
    assert answer(RECORD, Count(False, 60, 0, 0), "arn")["context"]["retryAfter"] == "1"


def test_the_gateway_refuses_garbage_and_no_key_that_we_make() -> None:
    authorizer = STACK.document["Resources"]["Api"]["Properties"]["Auth"]["Authorizers"]["Bearer"]
    shape = authorizer["Identity"]["ValidationExpression"]

    assert all(re.fullmatch(shape, f"Bearer {keys.make(kind, mode)}") for kind in keys.KINDS for mode in keys.MODES)
    assert not any(
        re.fullmatch(shape, text) for text in ("", "Bearer ", "Bearer x", "Basic YTpi", keys.make("pat", "live"))
    )
    assert authorizer["Identity"]["ReauthorizeEvery"] == 0


def test_no_usage_plan_refuses_what_the_limiter_admits() -> None:
    """Two windows may touch, so twice the limit can come at once; the shared key's plan has no throttle at all."""
    resources = STACK.document["Resources"]
    for tier, limit in TIER_LIMITS.items():
        throttle = resources[f"{tier.title()}UsagePlan"]["Properties"]["Throttle"]
        assert throttle["BurstLimit"] >= 2 * limit
        assert throttle["RateLimit"] * 60 >= limit
    assert "Throttle" not in resources["OverflowUsagePlan"]["Properties"]


def test_the_authorizer_knows_the_shared_keys_value() -> None:
    resources = STACK.document["Resources"]
    variables = resources["AuthorizerFunction"]["Properties"]["Environment"]["Variables"]

    assert variables["OVERFLOW_KEY"] == resources["OverflowKey"]["Properties"]["Value"]
