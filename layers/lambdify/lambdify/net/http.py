"""Sends one HTTP request to an address that a user chose, and never waits or reads without a bound.

The connection goes to an address that the guard has checked; TLS and the Host header use the name. Redirects are not
followed, bodies are not decompressed. Durations here are real ones: a virtual clock cannot hurry a socket.
"""

import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

from . import guard
from .errors import ConnectFailed, ProtocolBroken, TimedOut, TlsFailed, TooLarge

_HEAD_BYTES_MAX = 32_768
# A chunk of one byte takes six bytes on the wire.
_FRAMING_FACTOR = 8
# These say where the request ends and whom it is for; a caller's own would make it two requests, or another's.
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a request may take, and how much of the answer is read."""

    connect_seconds: float = 5
    """For the name, and for each of its addresses."""
    total_seconds: float = 15
    body_bytes_max: int = 16_384


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. Header names are lower-case; `body` is at most the first `body_bytes_max` bytes."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_truncated: bool
    duration_seconds: float


@dataclass(frozen=True, slots=True)
class Network:
    """Where requests may go, and what is trusted there."""

    allow_loopback: bool = False
    """Admit `http` and this machine: for the local stack only."""
    resolver: guard.Resolver | None = None
    """How names become addresses; the operating system's way by default."""
    tls: ssl.SSLContext | None = None
    """Which certificates are trusted; the usual authorities' by default."""


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    limits: Limits = Limits(),
    network: Network = Network(),
) -> Response:
    """Send the request. Raises a NetworkError; ValueError for a method or header that HTTP cannot carry."""
    started = time.monotonic()
    deadline = started + limits.total_seconds
    target = guard.parse(url, allow_loopback=network.allow_loopback)
    seconds = min(limits.connect_seconds, limits.total_seconds)
    addresses = guard.resolve(target, allow_loopback=network.allow_loopback, seconds=seconds, resolver=network.resolver)
    wire = _Wire(_connect(target, addresses, limits, deadline, network), deadline)
    try:
        return _exchange(wire, target, method, headers, body, limits, started)
    except TimeoutError as error:
        raise TimedOut("The answer was not complete in time.") from error
    except ssl.SSLError as error:
        raise TlsFailed("The TLS connection broke.") from error
    except OSError as error:
        raise ConnectFailed("The host closed the connection before it answered.") from error
    except HTTPException as error:
        raise ProtocolBroken("The answer is not HTTP.") from error
    finally:
        wire.close()


class _Wire(io.RawIOBase):
    """A connected socket on which every read and write ends by the deadline. http.client takes it for a socket."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self.bytes_left = _HEAD_BYTES_MAX

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.bytes_left <= 0:
            raise TooLarge("The answer has more headers or framing than any sensible one.")
        self._sock.settimeout(_seconds_left(self._deadline))
        count = self._sock.recv_into(memoryview(buffer)[: self.bytes_left])
        self.bytes_left -= count
        return count

    def sendall(self, content: bytes) -> None:
        self._sock.settimeout(_seconds_left(self._deadline))
        self._sock.sendall(content)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def close(self) -> None:
        self._sock.close()
        super().close()


def _seconds_left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connect(
    target: guard.Target, addresses: list[str], limits: Limits, deadline: float, network: Network
) -> socket.socket:
    """A connection, under TLS for https, to the first address that accepts one. Raises a NetworkError."""
    failure: OSError | None = None
    for address in addresses:
        seconds = min(limits.connect_seconds, max(0.001, deadline - time.monotonic()))
        try:
            sock = socket.create_connection((address, target.port), timeout=seconds)
        except OSError as error:
            failure = error
        else:
            return sock if target.scheme == "http" else _encrypt(sock, target.host, deadline, network)
    if isinstance(failure, TimeoutError):
        raise TimedOut("The host did not accept a connection in time.") from failure
    raise ConnectFailed("The host does not accept connections.") from failure


def _encrypt(sock: socket.socket, host: str, deadline: float, network: Network) -> socket.socket:
    try:
        sock.settimeout(_seconds_left(deadline))
        return (network.tls or _trusted()).wrap_socket(sock, server_hostname=host)
    except TimeoutError as error:
        sock.close()
        raise TimedOut("The TLS handshake was not complete in time.") from error
    except ssl.SSLCertVerificationError as error:
        sock.close()
        raise TlsFailed(f"The certificate is not valid: {error.verify_message}") from error
    except OSError as error:
        sock.close()
        raise TlsFailed("The TLS handshake failed.") from error


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


def _exchange(
    wire: _Wire,
    target: guard.Target,
    method: str,
    headers: Mapping[str, str],
    body: bytes,
    limits: Limits,
    started: float,
) -> Response:
    _write(wire, target, method, headers, body)
    with HTTPResponse(wire, method=method) as answer:  # type: ignore[arg-type]
        answer.begin()
        wire.bytes_left += _FRAMING_FACTOR * limits.body_bytes_max + _HEAD_BYTES_MAX
        # One byte more than is kept tells whether there is more.
        content = answer.read(limits.body_bytes_max + 1)
    return Response(
        status=answer.status,
        headers={name.lower(): value for name, value in answer.getheaders()},
        body=content[: limits.body_bytes_max],
        is_truncated=len(content) > limits.body_bytes_max,
        duration_seconds=time.monotonic() - started,
    )


def _write(wire: _Wire, target: guard.Target, method: str, headers: Mapping[str, str], body: bytes) -> None:
    connection = HTTPConnection(target.host, target.port)
    connection.sock = wire
    connection.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
    ours = {
        "Host": target.authority,
        "Content-Length": str(len(body)),
        "Connection": "close",
        "Accept-Encoding": "identity",
    }
    theirs = {name: value for name, value in headers.items() if name.lower() not in _OURS}
    for name, value in {**ours, **theirs}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
