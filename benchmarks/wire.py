"""AWS, as far as a socket can tell: answers recorded ones, from inside the process, so that no server's time counts.

Everything above the socket runs as it is: endpoint rules, serialising, signing, HTTP, parsing. TLS is left out.
"""

import os
import socket
from typing import Any

Answers = dict[str, Any]
"""`exact`: by the request's body; `by_operation`: for bodies that hold an id or the time."""


class Wire:
    """Replaces what sockets do when they connect and send. The answer comes through a real pair of sockets."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._peers: dict[int, socket.socket] = {}
        self._sent: dict[int, bytes] = {}
        self.requests = 0

    def install(self) -> None:
        """Every socket that is connected from now on talks to this."""
        wire, plain_sendall = self, socket.socket.sendall

        def connect(sock: socket.socket, _address: object) -> None:
            ours, theirs = socket.socketpair()
            descriptor = sock.fileno()
            _replace(ours, descriptor)
            wire._peers[descriptor] = theirs
            wire._sent[descriptor] = b""

        def sendall(sock: socket.socket, content: bytes, *_flags: int) -> None:
            if sock.fileno() in wire._peers:
                wire._take(sock.fileno(), bytes(content), plain_sendall)
            else:
                plain_sendall(sock, content)

        socket.socket.connect = connect  # type: ignore[method-assign, assignment]
        socket.socket.sendall = sendall  # type: ignore[method-assign, assignment]

    def _take(self, descriptor: int, content: bytes, plain_sendall: Any) -> None:
        sent = self._sent[descriptor] + content
        head, separator, body = sent.partition(b"\r\n\r\n")
        if not separator or len(body) < _length(head):
            self._sent[descriptor] = sent
            return
        self._sent[descriptor] = b""
        self.requests += 1
        plain_sendall(self._peers[descriptor], self._answer(head, body))

    def _answer(self, head: bytes, body: bytes) -> bytes:
        exact: bytes | None = self._answers["exact"].get(body)
        if exact is not None:
            return exact
        operation = _header(head, b"x-amz-target").rpartition(b".")[2].decode()
        answer: bytes = self._answers["by_operation"][operation]
        return answer


def _replace(ours: socket.socket, descriptor: int) -> None:
    os.dup2(ours.fileno(), descriptor)
    ours.close()


def _length(head: bytes) -> int:
    return int(_header(head, b"content-length") or 0)


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return b""
