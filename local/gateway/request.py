"""Reads a request off the wire, within API Gateway's limits.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

import time
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from local.gateway.failures import Failure

BODY_BYTES_MAX = 10 * 1024 * 1024
HEADER_BYTES_MAX = 10_240
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass
class Request:
    """One request, as far as it has been read."""

    method: str
    target: str
    """The path as sent, still percent-encoded."""
    query: str
    headers: list[tuple[str, str]]
    source_ip: str
    id: str = field(default_factory=lambda: str(uuid4()))
    received_at: float = field(default_factory=time.time)
    """Epoch seconds."""
    body: bytes = b""
    authorizer: dict[str, str] = field(default_factory=dict)
    """What the authorizer said of the caller, once it has run."""

    def header(self, name: str) -> str | None:
        """The last value of a header, whatever its case."""
        return next((value for key, value in reversed(self.headers) if key.lower() == name.lower()), None)


def begin(scope: Message) -> Request:
    """The request before its body."""
    client = scope.get("client") or ("127.0.0.1", 0)
    return Request(
        method=scope["method"],
        target=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=[(_title(key), value.decode("latin-1")) for key, value in scope["headers"]],
        source_ip=client[0],
    )


def check_headers(request: Request) -> None:
    """Refuse what has more header than API Gateway takes."""
    if sum(len(key) + len(value) for key, value in request.headers) > HEADER_BYTES_MAX:
        raise Failure("REQUEST_HEADERS_TOO_LARGE", 431, "Request header fields are too large.")


async def read_body(request: Request, receive: Receive) -> None:
    """Read the body, and decompress it as API Gateway does where compression is on."""
    length = request.header("content-length")
    if length and int(length) > BODY_BYTES_MAX:
        raise Failure("REQUEST_TOO_LARGE")
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > BODY_BYTES_MAX:
            raise Failure("REQUEST_TOO_LARGE")
    request.body = _decompressed(request, bytes(body))


def _decompressed(request: Request, body: bytes) -> bytes:
    coding = (request.header("content-encoding") or "identity").lower()
    if coding not in {"gzip", "deflate"}:
        return body
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)  # 32: find out which of the two it is.
    try:
        plain = inflater.decompress(body, BODY_BYTES_MAX + 1)
    except zlib.error as error:
        raise Failure("BAD_REQUEST_BODY") from error
    if len(plain) > BODY_BYTES_MAX:
        raise Failure("REQUEST_TOO_LARGE")
    if not inflater.eof:
        raise Failure("BAD_REQUEST_BODY")
    request.headers = [
        pair for pair in request.headers if pair[0].lower() not in {"content-encoding", "content-length"}
    ]
    request.headers.append(("Content-Length", str(len(plain))))
    return plain


def _title(name: bytes) -> str:
    """The case that AWS's own sample events have; the wire's is lost on the way."""
    return name.decode("latin-1").title()
