"""Functions run as Lambda runs them: alone, with their own variables, within their limits."""

import concurrent.futures
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from local.stack import Stack

ECHO = "lambdify-local-EchoFunction"


def test_a_function_has_its_own_variables_and_none_of_the_runners(variables: dict[str, str]) -> None:
    assert variables["THINGS_TABLE"] == "things-local"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == ECHO
    assert variables["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    # The runner inherited these from the process of the tests.
    for name in ("HOME", "NOTES", "PYTEST_CURRENT_TEST"):
        assert name not in variables


def test_the_context_knows_the_remaining_time(http: httpx.Client) -> None:
    assert 0 < http.get("/echo").json()["remaining_ms"] <= 2000


def test_simultaneous_requests_get_more_environments_but_never_share_one(http: httpx.Client) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        naps = [pool.submit(http.get, "/echo?wish=nap") for _ in range(8)]
        assert all(nap.result().text == "woken" for nap in naps)
    pids = {http.get("/echo").json()["pid"] for _ in range(4)}
    assert len(pids) <= 2


@pytest.mark.parametrize(
    ("wish", "kind", "message"),
    [
        ("raise", "ValueError", "a wish came true"),
        ("exit", "Runtime.ExitError", "exit status 3"),
        ("sleep", "Sandbox.Timedout", "Task timed out after 2.00 seconds"),
        ("huge", "Function.ResponseSizeTooLarge", "exceeded maximum allowed payload size"),
    ],
)
def test_errors_are_shaped_as_lambdas(client: Any, wish: str, kind: str, message: str) -> None:
    answer = client("lambda").invoke(FunctionName=ECHO, Payload=json.dumps({"wish": wish}))

    error = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == kind
    assert message in error["errorMessage"]


def test_a_function_can_be_invoked_directly_by_name_and_by_arn(client: Any) -> None:
    for name in (ECHO, f"arn:aws:lambda:us-east-1:123456789012:function:{ECHO}"):
        answer = client("lambda").invoke(FunctionName=name, Payload=b'{"wish": "plain"}')
        assert json.loads(answer["Payload"].read()) == {"plain": "plain"}


def test_invoking_what_is_not_there_or_too_much_is_refused(client: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client("lambda").invoke(FunctionName="nothing", Payload=b"{}")
    with pytest.raises(ClientError, match="RequestTooLargeException"):
        client("lambda").invoke(FunctionName=ECHO, Payload=json.dumps("x" * 6 * 1024 * 1024))


def test_a_page_in_a_browser_cannot_invoke_functions(variables: dict[str, str]) -> None:
    """A page can post to the loopback interface, but it cannot sign."""
    path = f"/2015-03-31/functions/{ECHO}/invocations"

    assert httpx.post(variables["AWS_ENDPOINT_URL"] + path, json={}).status_code == 403


def test_errors_are_one_line_on_the_console_and_whole_in_the_functions_log(sample: Stack, http: httpx.Client) -> None:
    http.get("/echo?wish=raise")

    assert "error   EchoFunction: ValueError: a wish came true" in (sample.state / "output").read_text()
    assert "Traceback" in Path(sample.state / "logs" / "EchoFunction.log").read_text()
