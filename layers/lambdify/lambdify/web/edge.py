"""The outermost layer of every endpoint group, in plain ASGI: request id, caller, rate headers, one log line."""

import time
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, Protocol

from lambdify.caller import Caller
from lambdify.errors import ApiError
from lambdify.observability import logger

from .dependencies import CALLER
from .errors import REQUEST_ID, render, unexpected
from .headers import rate_headers

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Application(Protocol):
    """An ASGI application."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        """Answer one request."""


class Edge:
    """Wraps a group's app. What it adds is on every answer, errors and faults included."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = time.perf_counter()
        context = scope["aws.event"]["requestContext"]
        authorizer = context.get("authorizer") or {}
        scope[REQUEST_ID] = context["requestId"]
        scope[CALLER] = Caller.from_authorizer(authorizer)
        answer = _Answer(send, {"X-Request-Id": context["requestId"], **rate_headers(authorizer)})
        logger.append_keys(request_id=context["requestId"])
        try:
            await self._app(scope, receive, answer.send)
        except ApiError as error:
            await render(error, context["requestId"])(scope, receive, answer.send)
        except Exception:  # noqa: BLE001 - whatever it is, the caller gets the contract's body.
            logger.exception("The request failed in a way that nobody foresaw.")
            if answer.status == 0:
                await render(unexpected(), context["requestId"])(scope, receive, answer.send)
        logger.info(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=answer.status,
            milliseconds=round((time.perf_counter() - started) * 1000, 1),
            key_id=scope[CALLER].key_id,
        )


class _Answer:
    """Passes an answer on, with the headers that all answers carry."""

    def __init__(self, send: Send, headers: dict[str, str]) -> None:
        self._send = send
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self.status = 0

    async def send(self, message: Message) -> None:
        """As ASGI's `send`."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], *self._headers]
        await self._send(message)
