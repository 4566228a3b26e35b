"""Lambda's Runtime API for one environment: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.

Each environment has a port of its own, so that who polls is known by where the poll arrives.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import h11

_BODY_BYTES_MAX = 8 * 1024 * 1024  # Above the 6 MB that Lambda allows: the larger answer gets its proper error.
_PREFIX = "/2018-06-01/runtime"


@dataclass(frozen=True)
class Invocation:
    """One event on its way to a function."""

    request_id: str
    event: bytes
    deadline_ms: int
    """Epoch milliseconds."""
    function_arn: str


@dataclass(frozen=True)
class Outcome:
    """What a function answered: its result, or its error as Lambda shapes it."""

    payload: bytes
    is_error: bool = False


class RuntimeApi:
    """Serves one environment. `next_invocation` is awaited at each poll, `finished` told of each outcome."""

    def __init__(
        self,
        next_invocation: Callable[[], Awaitable[Invocation]],
        finished: Callable[[Outcome], None],
        failed_to_start: Callable[[Outcome], None],
    ):
        self._next_invocation = next_invocation
        self._finished = finished
        self._failed_to_start = failed_to_start
        self._connections: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        """Listen on a free loopback port; returns `host:port`."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    def stop(self) -> None:
        """Stop listening and drop the connections."""
        if self._server:
            self._server.close()
        for connection in self._connections:
            connection.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        connection = h11.Connection(h11.SERVER)
        try:
            while request := await _read(connection, reader):
                await self._answer(connection, writer, *request)
                connection.start_next_cycle()
        except (ConnectionError, h11.RemoteProtocolError):
            return  # The environment is gone, or it is not a runtime that speaks here.
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _answer(
        self, connection: h11.Connection, writer: asyncio.StreamWriter, method: str, path: str, body: bytes
    ) -> None:
        action = path.removeprefix(_PREFIX)
        if (method, action) == ("GET", "/invocation/next"):
            invocation = await self._next_invocation()
            await _write(connection, writer, 200, invocation.event, _headers(invocation))
            return
        if action == "/init/error":
            self._failed_to_start(Outcome(body, is_error=True))
        elif action.endswith("/response"):
            self._finished(Outcome(body))
        elif action.endswith("/error"):
            self._finished(Outcome(body, is_error=True))
        else:
            await _write(connection, writer, 404, b"")
            return
        await _write(connection, writer, 202, b'{"status":"OK"}')


def _headers(invocation: Invocation) -> list[tuple[str, str]]:
    return [
        ("Lambda-Runtime-Aws-Request-Id", invocation.request_id),
        ("Lambda-Runtime-Deadline-Ms", str(invocation.deadline_ms)),
        ("Lambda-Runtime-Invoked-Function-Arn", invocation.function_arn),
        ("Content-Type", "application/json"),
    ]


async def _read(connection: h11.Connection, reader: asyncio.StreamReader) -> tuple[str, str, bytes] | None:
    """The next request's method, path and body; None when the other side is done."""
    request: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > _BODY_BYTES_MAX:
                raise h11.RemoteProtocolError("The answer is far over Lambda's limit.")
        elif isinstance(event, h11.EndOfMessage) and request:
            return request.method.decode(), request.target.decode(), bytes(body)
        else:
            return None


async def _write(
    connection: h11.Connection,
    writer: asyncio.StreamWriter,
    status: int,
    body: bytes,
    headers: list[tuple[str, str]] | None = None,
) -> None:
    response = h11.Response(status_code=status, headers=[*(headers or []), ("Content-Length", str(len(body)))])
    parts = [connection.send(event) for event in (response, h11.Data(data=body), h11.EndOfMessage())]
    writer.write(b"".join(part for part in parts if part))
    await writer.drain()
