"""Lambda's Invoke operation, for our functions that call functions and for moto's Step Functions.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import asyncio
import json
import re
from urllib.parse import unquote

from local.functions import Function, Functions, RequestTooLarge, TooManyRequests
from local.gateway.request import Message, Receive, Send

_PATH = re.compile(r"^/2015-03-31/functions/([^/]+)/invocations$")
_EVENT_BYTES_MAX = 8 * 1024 * 1024
_ASYNC_ATTEMPTS = 3  # Lambda runs an asynchronous event again twice.
_ASYNC_PAUSE_SECONDS = 1.0  # On AWS a minute and two; nobody waits that long at a desk.


class InvokeApi:
    """An ASGI application. `functions` is set once they are known."""

    def __init__(self) -> None:
        self.functions: Functions | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return None
        headers = dict(scope["headers"])
        found = _PATH.match(scope["path"])
        # A page in a browser could post here; it could not sign.
        if not headers.get(b"authorization", b"").startswith(b"AWS4-HMAC-SHA256"):
            return await _send(send, 403, "MissingAuthenticationTokenException")
        function = self.functions.get(unquote(found[1])) if found and self.functions else None
        if not function:
            return await _send(send, 404, "ResourceNotFoundException")
        event = await _read(receive) or b"{}"
        if headers.get(b"x-amz-invocation-type") == b"Event":
            self._start(function, event)
            return await _send(send, 202)
        return await _run(function, event, send)

    def _start(self, function: Function, event: bytes) -> None:
        task = asyncio.create_task(_run_until_it_succeeds(function, event))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)


async def _run(function: Function, event: bytes, send: Send) -> None:
    try:
        outcome = await function.invoke(event)
    except RequestTooLarge:
        return await _send(send, 413, "RequestTooLargeException")
    except TooManyRequests:
        return await _send(send, 429, "TooManyRequestsException")
    headers = [(b"x-amz-function-error", b"Unhandled")] if outcome.is_error else []
    return await _send(send, 200, payload=outcome.payload, headers=headers)


async def _run_until_it_succeeds(function: Function, event: bytes) -> None:
    for attempt in range(_ASYNC_ATTEMPTS):
        if not (await function.invoke(event)).is_error:
            return
        await asyncio.sleep(_ASYNC_PAUSE_SECONDS * (attempt + 1))


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more and len(body) <= _EVENT_BYTES_MAX:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


async def _send(
    send: Send,
    status: int,
    error: str | None = None,
    *,
    payload: bytes = b"",
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    fields = [*(headers or []), (b"content-type", b"application/json")]
    if error:
        fields.append((b"x-amzn-errortype", error.encode()))
        payload = json.dumps({"Type": "User", "Message": error}).encode()
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": payload})
