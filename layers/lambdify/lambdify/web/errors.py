"""The one place that turns an error into an answer: `{"error": {"code", "message", "details"}}`."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from lambdify.errors import (
    ApiError,
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    UnsupportedMediaType,
)

from .answers import json_answer

REQUEST_ID = "lambdify.request_id"
_ERRORS_MAX = 20


def render(error: ApiError, request_id: str) -> Response:
    """The contract's error body; `details.request_id` is always there."""
    details = {**error.details, "request_id": request_id}
    body = {"error": {"code": error.code, "message": error.message, "details": details}}
    return json_answer(body, error.status, error.headers)


async def render_api_error(request: Request, error: Exception) -> Response:
    """For what our own code raises."""
    assert isinstance(error, ApiError)
    return render(error, request.scope[REQUEST_ID])


async def render_validation_error(request: Request, error: Exception) -> Response:
    """For bodies and parameters that FastAPI refuses."""
    assert isinstance(error, RequestValidationError)
    return render(invalid_request(error.errors()), request.scope[REQUEST_ID])


async def render_http_exception(request: Request, error: Exception) -> Response:
    """For what Starlette and FastAPI raise themselves: no route, wrong method, unreadable body."""
    assert isinstance(error, HTTPException)
    return render(_of_http_exception(request, error), request.scope[REQUEST_ID])


async def render_unexpected(request: Request, _error: Exception) -> Response:
    """For our faults: the caller gets a request id, the log gets the traceback."""
    return render(unexpected(), request.scope[REQUEST_ID])


def unexpected() -> InternalError:
    """A fault of ours, in words that tell the caller what to do."""
    return InternalError("Something failed on our side. The request id finds its log.")


def invalid_request(errors: Sequence[Mapping[str, Any]]) -> InvalidRequest:
    """From Pydantic's errors; inputs are not echoed."""
    found = [{"location": _location(error), "message": str(error["msg"])} for error in errors[:_ERRORS_MAX]]
    return InvalidRequest.of(found)


def _location(error: Mapping[str, Any]) -> str:
    where = error["loc"]
    if error["type"] == "json_invalid":
        where = where[:1]
    return ".".join(str(part) for part in where)


def _of_http_exception(request: Request, error: HTTPException) -> ApiError:
    if error.status_code == 404:
        return NotFound("There is no such route.")
    if error.status_code == 405:
        allowed = ", ".join(sorted(_methods_at(request)))
        return MethodNotAllowed(f"This route answers {allowed} only.", headers={"Allow": allowed})
    if error.status_code == 413:
        return PayloadTooLarge("The body is too large.")
    if error.status_code == 415:
        return UnsupportedMediaType("This Content-Type is not accepted here.")
    if error.status_code < 500:
        return InvalidRequest.at(("body", "The body could not be read."))
    return unexpected()


def _methods_at(request: Request) -> set[str]:
    """Starlette names only the first route's methods; a path's methods are often several routes."""
    methods: set[str] = set()
    for route in request.app.state.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return methods
