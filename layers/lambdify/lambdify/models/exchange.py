"""One HTTP exchange with a server that may be slow, broken or hostile: bounded in time and size, no redirects."""

from collections.abc import Mapping
from dataclasses import dataclass

import urllib3
from urllib3 import exceptions

from lambdify import clock

from .persistence import Passing

_CONNECT_SECONDS = 3.0
_ANSWER_BYTES_MAX = 4_000_000
_CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Server:
    """Keeps connections open between exchanges."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._pool = urllib3.PoolManager(retries=False)

    def exchange(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None, seconds: float
    ) -> Answer:
        """The server's answer. Raises Passing when there is none within `seconds`, or it is no HTTP, or too large."""
        deadline = clock.epoch() + seconds
        try:
            response = self._pool.request(
                method,
                f"{self._base_url}{path}",
                headers=headers,
                body=body,
                timeout=urllib3.Timeout(connect=min(_CONNECT_SECONDS, seconds), read=seconds),
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            return Answer(response.status, response.headers, _read(response, deadline))
        except exceptions.ReadTimeoutError as error:
            raise Passing("timeout", type(error).__name__) from error
        except exceptions.HTTPError as error:
            raise Passing("unavailable", type(error).__name__) from error


def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """Chunk by chunk: the socket's own timeout starts anew with each byte that trickles in."""
    chunks: list[bytes] = []
    size = 0
    try:
        while chunk := response.read1(_CHUNK_BYTES):
            chunks.append(chunk)
            size += len(chunk)
            if size > _ANSWER_BYTES_MAX:
                raise Passing("bad_response", "TooLarge")
            if clock.epoch() > deadline:
                raise Passing("timeout", "TooSlow")
    except BaseException:
        # What is left on the wire would be read as the start of the next answer.
        response.close()
        raise
    response.release_conn()
    return b"".join(chunks)
