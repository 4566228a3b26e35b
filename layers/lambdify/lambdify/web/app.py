"""Makes a group's app and its Lambda handler; everything between API Gateway and the routes is put together here."""

from .starting import started

# isort: split
import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from mangum import Mangum
from starlette.exceptions import HTTPException

from lambdify.aws.clients import client
from lambdify.errors import ApiError, InvalidRequest

from .edge import Application, Edge
from .errors import (
    render,
    render_api_error,
    render_http_exception,
    render_unexpected,
    render_validation_error,
)
from .idempotency import Idempotency
from .media_types import MediaTypes
from .router import Router

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

# Lambda's limit for an answer is 6 MB; the rest is room for headers and escapes.
_ANSWER_CHARACTERS_MAX = 5_500_000


def create_app(router: Router, *, accepts: Mapping[str, str] | None = None) -> Application:
    """The group's ASGI app. Bodies are JSON; `accepts` names another Content-Type for routes such as `POST /x`."""
    app = FastAPI(
        routes=router.routes,  # `include_router` would make each route a second time.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            ApiError: render_api_error,
            RequestValidationError: render_validation_error,
            HTTPException: render_http_exception,
            Exception: render_unexpected,
        },
    )
    app.state.routes = router.routes
    return Edge(MediaTypes(Idempotency(app), accepts or {}))


def create_handler(app: Application) -> Handler:
    """The Lambda handler: the only place that knows how events become requests."""
    asyncio.set_event_loop(asyncio.new_event_loop())
    mangum = Mangum(app, lifespan="off")

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return _bounded(mangum(event, context), event)

    # While it starts, an environment has a whole processor, and at a request only what its memory buys: make it now.
    client("dynamodb")
    started()
    return handler


def _bounded(answer: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    if len(answer["body"]) <= _ANSWER_CHARACTERS_MAX:
        return answer
    error = InvalidRequest.at(("query.limit", "The answer would be over 6 MB. Ask for fewer items per page."))
    refusal = render(error, event["requestContext"]["requestId"])
    return {**answer, "statusCode": error.status, "body": bytes(refusal.body).decode(), "isBase64Encoded": False}
