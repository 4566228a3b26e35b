"""Whatever is wrong, the answer has the contract's status, body and headers."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from local.stack import Stack

MEGABYTE = 1024 * 1024
GARBAGE = "dify_pat_test_" + "A" * 30
ABSENT = "app_" + "0" * 26

# name, key, method, path, options, status, code
CASES: list[tuple[str, str | None, str, str, dict[str, Any], int, str]] = [
    ("no key", None, "GET", "/applications", {}, 401, "unauthorized"),
    ("a malformed key", "hello", "GET", "/applications", {}, 401, "unauthorized"),
    ("a key with a wrong checksum", GARBAGE, "GET", "/applications", {}, 401, "unauthorized"),
    ("broken JSON", "DIFY_API_KEY", "POST", "/applications", {"content": '{"name":'}, 400, "invalid_request"),
    ("no body", "DIFY_API_KEY", "POST", "/applications", {}, 400, "invalid_request"),
    ("a list for an object", "DIFY_API_KEY", "POST", "/applications", {"json": []}, 400, "invalid_request"),
    ("wrong types", "DIFY_API_KEY", "POST", "/applications", {"json": {"name": 1}}, 400, "invalid_request"),
    ("a deep body", "DIFY_API_KEY", "POST", "/applications", {"content": "[" * 100_000}, 400, "invalid_request"),
    ("an unknown parameter value", "DIFY_API_KEY", "GET", "/applications?limit=101", {}, 400, "invalid_request"),
    ("page 0", "DIFY_API_KEY", "GET", "/applications?page=0", {}, 400, "invalid_request"),
    ("a page that is no number", "DIFY_API_KEY", "GET", "/applications?page=x", {}, 400, "invalid_request"),
    ("an unknown route", "DIFY_API_KEY", "GET", "/nothing/here", {}, 404, "not_found"),
    ("an unknown route in a group", "DIFY_API_KEY", "GET", f"/conversations/{ABSENT}/x", {}, 404, "not_found"),
    ("the root", "DIFY_API_KEY", "GET", "/", {}, 404, "not_found"),
    ("a wrong method", "DIFY_API_KEY", "DELETE", "/applications", {}, 405, "method_not_allowed"),
    ("a wrong method on models", "DIFY_API_KEY", "POST", "/models", {"json": {}}, 405, "method_not_allowed"),
    ("an unknown id", "DIFY_API_KEY", "GET", f"/applications/{ABSENT}", {}, 404, "not_found"),
    ("an id of another shape", "DIFY_API_KEY", "GET", "/applications/%00%ff", {}, 404, "not_found"),
    ("a live id with a test key", "DIFY_API_KEY", "GET", "/applications/{live}", {}, 404, "not_found"),
    ("another workspace's id", "DIFY_API_KEY", "GET", "/applications/{foreign}", {}, 404, "not_found"),
    ("an app key on all applications", "DIFY_APP_KEY", "GET", "/applications/{other}", {}, 404, "not_found"),
    ("an app key that creates", "DIFY_APP_KEY", "POST", "/applications", {"json": {}}, 403, "forbidden"),
    (
        "a form for JSON",
        "DIFY_API_KEY",
        "POST",
        "/applications",
        {"content": "a=b", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        415,
        "unsupported_media_type",
    ),
    (
        "a body over 10 MB",
        "DIFY_API_KEY",
        "POST",
        "/applications",
        {"content": b"x" * (10 * MEGABYTE + 1)},
        413,
        "payload_too_large",
    ),
]


@pytest.fixture(scope="module")
def ids(stack: Stack, new_key: Callable[..., str]) -> dict[str, str]:
    """Applications that the key of a case must not see."""
    body = {"name": "x", "mode": "chat", "config": {"model": "sandbox-chat"}}
    owners = {"live": stack.keys["DIFY_LIVE_KEY"], "foreign": new_key(), "other": stack.keys["DIFY_API_KEY"]}
    return {name: _created(stack, key, body) for name, key in owners.items()}


@pytest.mark.parametrize(
    ("name", "key", "method", "path", "options", "status", "code"), CASES, ids=[c[0] for c in CASES]
)
def test_error(
    stack: Stack,
    ids: dict[str, str],
    name: str,
    key: str | None,
    method: str,
    path: str,
    options: dict[str, Any],
    status: int,
    code: str,
) -> None:
    headers = {"Content-Type": "application/json", **options.get("headers", {})}
    if key is not None:
        headers["Authorization"] = f"Bearer {stack.keys.get(key, key)}"
    url = stack.base_url + path.format(**ids)

    answer = httpx.request(method, url, **{**options, "headers": headers}, timeout=30)

    assert answer.status_code == status, answer.text
    body = answer.json()
    assert list(body) == ["error"]
    assert set(body["error"]) == {"code", "message", "details"}
    assert body["error"]["code"] == code
    assert body["error"]["details"]["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    for header in ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"):
        assert answer.headers[header].isdigit()
    if status == 400:
        assert all(set(error) == {"location", "message"} for error in body["error"]["details"]["errors"])
    if status == 405:
        assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("prefix", ["/v1", "/api/v1"])
def test_both_prefixes_answer(stack: Stack, prefix: str) -> None:
    origin = stack.base_url.removesuffix("/v1")
    answer = httpx.get(f"{origin}{prefix}/models", headers={"Authorization": f"Bearer {stack.keys['DIFY_API_KEY']}"})

    assert answer.status_code == 200
    assert int(answer.headers["x-ratelimit-reset"]) <= time.time() + 61


def test_large_answers_are_compressed_when_asked(stack: Stack) -> None:
    key = {"Authorization": f"Bearer {stack.keys['DIFY_API_KEY']}"}
    body = {"name": "x", "mode": "chat", "description": "long " * 390, "config": {"model": "sandbox-chat"}}
    id_ = _created(stack, stack.keys["DIFY_API_KEY"], body)
    url = f"{stack.base_url}/applications/{id_}"

    packed = httpx.get(url, headers={**key, "Accept-Encoding": "gzip"})
    plain = httpx.get(url, headers={**key, "Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()


def _created(stack: Stack, key: str, body: dict[str, Any]) -> str:
    headers = {"Authorization": f"Bearer {key}"}
    answer = httpx.post(f"{stack.base_url}/applications", json=body, headers=headers, timeout=30)
    assert answer.status_code == 201, json.dumps(answer.json())
    return str(answer.json()["id"])
