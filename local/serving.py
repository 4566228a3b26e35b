"""Runs ASGI applications under uvicorn inside the runner's own loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn


class PortInUse(Exception):
    """Something else listens on the port already."""


def listen(port: int) -> socket.socket:
    """A socket on the loopback interface; port 0 takes a free one. Raises `PortInUse`."""
    # Named, for asyncio sends at once (TCP_NODELAY) only on sockets of which it sees that they are TCP.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(("127.0.0.1", port))
    except OSError as error:
        sock.close()
        raise PortInUse(port) from error
    return sock


def port_of(sock: socket.socket) -> int:
    """The port that a socket is bound to."""
    port: int = sock.getsockname()[1]
    return port


class _Server(uvicorn.Server):
    """A server that leaves signals to the runner."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(application: Callable[..., Any], sock: socket.socket) -> AsyncIterator[None]:
    """Serve `application` on `sock` while the block runs."""
    config = uvicorn.Config(
        application,
        access_log=False,
        lifespan="off",
        log_level="critical",
        server_header=False,
        timeout_graceful_shutdown=0,
        ws="none",
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started and not task.done():
        await asyncio.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = server.force_exit = True
        await task
