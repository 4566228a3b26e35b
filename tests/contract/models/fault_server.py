"""A TCP server that speaks HTTP as badly as it is told. One behaviour per connection, then it closes."""

import json
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

Behaviour = Callable[[socket.socket], None]

GOOD = {
    "choices": [{"message": {"role": "assistant", "content": "Fine."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}


class FaultServer:
    """Behaviours are used up in order; the last one stays. `requests` holds every request as it came."""

    def __init__(self) -> None:
        self.behaviours: list[Behaviour] = []
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    def bodies(self) -> list[dict[str, Any]]:
        """The JSON bodies of the requests."""
        return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in self.requests]

    def __enter__(self) -> "FaultServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                if self._closing.is_set():
                    return
                self.requests.append(_read_request(connection))
                behave = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
                try:
                    behave(connection)
                except OSError:
                    continue  # The client has had enough, which is what some tests are about.


def answering(
    status: int = 200, body: Any = GOOD, *, raw: bytes | None = None, length: int | None = None, **headers: str
) -> Behaviour:
    """An answer with this body; `length` lies about its size."""
    content = raw if raw is not None else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", "Content-Length": str(length or len(content)), "Connection": "close"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return lambda connection: connection.sendall(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + content)


def trickling(connection: socket.socket) -> None:
    """A byte now and then, for ever: each read succeeds, none ends."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        threading.Event().wait(0.02)


def flooding(connection: socket.socket) -> None:
    """More than anyone wants to keep."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    for _ in range(10_000):
        connection.sendall(b" " * 100_000)


def resetting(connection: socket.socket) -> None:
    """A hard reset in the place of an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(connection: socket.socket) -> None:
    """Nothing at all, until the client gives up."""
    connection.recv(1)


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while not _is_whole(received):
        chunk = connection.recv(65_536)
        if not chunk:
            break
        received += chunk
    return received


def _is_whole(received: bytes) -> bool:
    head, separator, body = received.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(separator) and len(body) >= int(lengths[0] if lengths else 0)
