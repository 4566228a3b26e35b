"""The local gateway behaves as API Gateway's REST API does."""

import base64
import gzip
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.stack import Stack


def event_of(answer: httpx.Response) -> Any:
    return answer.json()["event"]


@pytest.mark.parametrize(
    ("path", "resource", "parameters"),
    [
        ("/echo", "/echo", None),
        ("/echo/fixed", "/echo/fixed", None),
        ("/echo/a%20b", "/echo/{id}", {"id": "a b"}),
        ("/echo/fixed/more/of%2Fit", "/echo/{proxy+}", {"proxy": "fixed/more/of/it"}),
    ],
)
def test_literal_routes_come_before_variables_and_those_before_the_rest(
    http: httpx.Client, path: str, resource: str, parameters: dict[str, str] | None
) -> None:
    event = event_of(http.get(path))

    assert event["resource"] == resource
    assert event["pathParameters"] == parameters
    assert event["path"] == path


def test_any_takes_every_method_and_a_named_method_only_itself(http: httpx.Client) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert event_of(http.request(method, "/echo"))["httpMethod"] == method
    assert http.head("/echo").status_code == 200
    assert http.head("/echo").content == b""
    refused = http.post("/echo/fixed")
    assert (refused.status_code, refused.json()) == (403, {"message": "Missing Authentication Token"})


def test_unknown_routes_and_stages_are_refused_without_asking_the_authorizer(sample: Stack, http: httpx.Client) -> None:
    origin = sample.base_url.removesuffix("/v1")
    for url in ("/nothing", f"{origin}/v2/echo", f"{origin}/echo", f"{origin}/v1echo"):
        assert http.get(url).status_code == 403


def test_the_alias_of_the_base_path_reaches_the_same_routes(sample: Stack, http: httpx.Client) -> None:
    event = event_of(http.get(sample.base_url.replace("/v1", "/api/v1") + "/echo/1"))

    assert event["path"] == "/echo/1"
    assert event["requestContext"]["path"] == "/v1/echo/1"


def test_the_event_is_the_one_that_api_gateway_makes(http: httpx.Client) -> None:
    headers = [("X-Twice", "1"), ("X-Twice", "2"), ("User-Agent", "test")]
    answer = http.post("/echo?a=1&a=2&b=%C3%A4&c=", headers=headers, content="héllo".encode())

    event = event_of(answer)
    assert event["queryStringParameters"] == {"a": "2", "b": "ä", "c": ""}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["ä"], "c": [""]}
    assert event["headers"]["X-Twice"] == "2"
    assert event["multiValueHeaders"]["X-Twice"] == ["1", "2"]
    assert (event["body"], event["isBase64Encoded"]) == ("héllo", False)
    context = event["requestContext"]
    assert context["requestId"] == answer.headers["x-amzn-requestid"]
    assert context["stage"] == "v1"
    assert abs(context["requestTimeEpoch"] / 1000 - time.time()) < 60
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["identity"]["userAgent"] == "test"
    assert context["authorizer"]["principalId"] == "fine"
    assert context["authorizer"]["left"] == "7"
    assert context["authorizer"]["arn"].endswith("/v1/POST/echo")
    assert event["stageVariables"] is None


def test_an_empty_request_has_nulls_where_api_gateway_has_them(http: httpx.Client) -> None:
    event = event_of(http.get("/echo"))

    for field in ("body", "queryStringParameters", "multiValueQueryStringParameters", "pathParameters"):
        assert event[field] is None


def test_binary_media_types_travel_as_base64_both_ways(http: httpx.Client) -> None:
    sent = event_of(http.post("/echo", content=b"\x89PNG\xff", headers={"Content-Type": "image/png"}))
    assert sent["isBase64Encoded"] is True
    assert base64.b64decode(sent["body"]) == b"\x89PNG\xff"

    assert http.get("/echo?wish=image", headers={"Accept": "image/png"}).content == b"\x89PNG"
    assert http.get("/echo?wish=image", headers={"Accept": "*/*"}).text == "iVBORw=="


def test_multi_value_headers_are_sent_one_by_one(http: httpx.Client) -> None:
    answer = http.get("/echo?wish=cookies")

    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_long_answers_are_compressed_for_who_asks(http: httpx.Client, coding: str) -> None:
    answer = http.get("/echo?wish=long", headers={"Accept-Encoding": coding})

    assert answer.headers["content-encoding"] == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.text == "word " * 1000
    assert int(answer.headers["content-length"]) < 200
    plain = http.get("/echo?wish=long", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in http.get("/echo?wish=image", headers={"Accept-Encoding": coding}).headers


def test_compressed_requests_reach_the_function_plain_and_bombs_do_not(http: httpx.Client) -> None:
    packed = {"Content-Encoding": "gzip"}
    event = event_of(http.post("/echo", content=gzip.compress(b"squeezed"), headers=packed))
    assert event["body"] == "squeezed"
    assert "Content-Encoding" not in event["headers"]

    assert http.post("/echo", content=gzip.compress(bytes(11 * 1024 * 1024)), headers=packed).status_code == 413
    assert http.post("/echo", content=b"no gzip", headers=packed).status_code == 400
    assert http.post("/echo", content=gzip.compress(b"cut short")[:-6], headers=packed).status_code == 400


def test_requests_over_the_limits_are_refused(http: httpx.Client) -> None:
    assert http.post("/echo", content=bytes(10 * 1024 * 1024 + 1)).status_code == 413
    over_lambdas_limit = http.post("/echo", content=b"x" * (7 * 1024 * 1024))
    assert over_lambdas_limit.status_code == 413
    assert http.get("/echo", headers={"X-Big": "x" * 10_300}).status_code == 431

    def endless() -> Any:
        for _ in range(11):
            yield bytes(1024 * 1024)

    assert http.post("/echo", content=endless()).status_code == 413


@pytest.mark.parametrize(
    ("authorization", "status", "body"),
    [
        (None, 401, {"message": "Unauthorized"}),
        ("Bearer NOT ALLOWED BY THE EXPRESSION", 401, {"message": "Unauthorized"}),
        ("Bearer unknown", 401, {"message": "Unauthorized"}),
        ("Bearer broken", 500, {"code": "AUTHORIZER_FAILURE"}),
        ("Bearer malformed", 500, {"code": "AUTHORIZER_CONFIGURATION_ERROR"}),
        ("Bearer without-a-plan", 403, {"message": "Forbidden"}),
    ],
)
def test_each_failure_to_authorize_has_its_gateway_response(
    sample: Stack, authorization: str | None, status: int, body: dict[str, str]
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = httpx.get(f"{sample.base_url}/echo", headers=headers)

    assert (answer.status_code, answer.json()) == (status, body)


def test_a_denial_renders_the_templates_response_with_the_callers_context(sample: Stack) -> None:
    headers = {"Authorization": "Bearer spent", "X-Sent": "this"}
    answer = httpx.get(f"{sample.base_url}/echo", headers=headers)

    assert answer.status_code == 429
    assert answer.json() == {"code": "denied", "request_id": answer.headers["x-amzn-requestid"]}
    assert answer.headers["x-kind"] == "denied"
    assert answer.headers["x-left"] == "7"
    assert answer.headers["x-sent"] == "this"
    assert "x-absent" not in answer.headers


def test_a_method_without_authorizer_asks_nobody(sample: Stack) -> None:
    answer = httpx.get(f"{sample.base_url}/open")

    assert answer.status_code == 200
    assert "authorizer" not in event_of(answer)["requestContext"]


def test_the_usage_plan_throttles_each_key_beyond_its_burst(sample: Stack) -> None:
    headers = {"Authorization": "Bearer hasty"}
    statuses = [httpx.get(f"{sample.base_url}/echo", headers=headers).status_code for _ in range(7)]

    assert statuses == [200] * 5 + [429] * 2


def test_a_key_that_code_adds_to_a_plan_counts_at_once(sample: Stack, client: Any) -> None:
    apigateway = client("apigateway")
    [plan] = [plan for plan in apigateway.get_usage_plans()["items"] if plan["name"] == "free-of-limits"]
    headers = {"Authorization": "Bearer newcomer"}
    assert httpx.get(f"{sample.base_url}/echo", headers=headers).status_code == 403
    key = apigateway.create_api_key(name="newcomer", value="usage-key-of-newcomer-000000", enabled=True)
    apigateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")

    assert httpx.get(f"{sample.base_url}/echo", headers=headers).status_code == 200


@pytest.mark.parametrize("wish", ["raise", "exit", "huge", "malformed", "text", "sleep"])
def test_a_function_that_fails_is_a_bad_gateway_and_the_next_request_is_served(http: httpx.Client, wish: str) -> None:
    answer = http.get("/echo", params={"wish": wish})

    assert (answer.status_code, answer.json()) == (502, {"code": "INTEGRATION_FAILURE"})
    assert http.get("/echo").status_code == 200


def test_the_runner_says_that_it_is_well(sample: Stack) -> None:
    answer = httpx.get(sample.base_url.removesuffix("/v1") + "/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_each_request_is_one_line_of_the_log(sample: Stack, http: httpx.Client) -> None:
    answer = http.get("/echo/logged?wish=plain-%0Aspoof")

    lines = _lines_naming(answer.headers["x-amzn-requestid"], sample.state / "output")
    assert len(lines) == 1
    assert lines[0].startswith("GET     /v1/echo/logged 200 ")


def _lines_naming(request_id: str, log: Path) -> list[str]:
    """The log is written after the answer has gone, so it may be a moment behind."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if lines := [line for line in log.read_text().splitlines() if request_id in line]:
            return lines
        time.sleep(0.02)
    return []
