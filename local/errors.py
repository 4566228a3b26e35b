"""Errors that Lambda itself reports for a function, in Lambda's words."""

import json
from datetime import UTC, datetime

from local.runtime_api import Outcome

PAYLOAD_BYTES_MAX = 6 * 1024 * 1024
"""Lambda's limit for an event and for an answer: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""


def _error(message: str, kind: str | None = None) -> Outcome:
    fields = {"errorMessage": message} | ({"errorType": kind} if kind else {})
    return Outcome(json.dumps(fields).encode(), is_error=True)


def timed_out(request_id: str, seconds: float) -> Outcome:
    """The function needed longer than its timeout."""
    instant = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    return _error(f"{instant}Z {request_id} Task timed out after {seconds:.2f} seconds", "Sandbox.Timedout")


def exited(status: int) -> Outcome:
    """The process ended while it had an event, or before it asked for one."""
    cause = f"signal: {-status}" if status < 0 else f"exit status {status}"
    return _error(f"Error: Runtime exited with error: {cause}", "Runtime.ExitError")


def answer_too_large(size_bytes: int) -> Outcome:
    """The function's answer is over Lambda's limit."""
    limit = f"Response payload size exceeded maximum allowed payload size ({PAYLOAD_BYTES_MAX} bytes)."
    return _error(f"{limit} It had {size_bytes}.", "Function.ResponseSizeTooLarge")
