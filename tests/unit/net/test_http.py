"""Requests over real sockets and real TLS, to servers that behave badly."""

import datetime
import gzip
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from lambdify.net import errors
from lambdify.net.http import Limits, Network, Response, send
from tests.unit.net.servers import Authority, Server, serving

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
QUICK = Limits(connect_seconds=0.5, total_seconds=0.5, body_bytes_max=1000)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def post(server: Server, **options: Any) -> Response:
    """Over plain HTTP, as the local stack may."""
    network = Network(allow_loopback=True)
    url = f"http://127.0.0.1:{server.port}/hook?a=1"
    return send("POST", url, **{"headers": {}, "limits": QUICK, "network": network, **options})


def post_tls(authority: Authority, server: Server, name: str, *, trust: Authority | None = None) -> Response:
    """Over TLS to a name that resolves to this machine."""
    network = Network(allow_loopback=True, resolver=lambda *_: ["127.0.0.1"], tls=(trust or authority).trusting())
    return send("POST", f"https://{name}:{server.port}/", headers={}, limits=QUICK, network=network)


def forever(head: bytes, part: bytes, pause: float) -> Callable[[socket.socket], None]:
    """A talk that never ends by itself."""

    def talk(stream: socket.socket) -> None:
        stream.sendall(head)
        for _ in range(1_000_000):
            stream.sendall(part)
            time.sleep(pause)

    return talk


def test_answer_comes_with_status_headers_body_and_duration() -> None:
    with serving(b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 5\r\n\r\nlater") as server:
        answer = post(server, body="é".encode(), headers={"webhook-id": "evt_1"})

    assert (answer.status, answer.headers["retry-after"], answer.body) == (503, "7", b"later")
    assert not answer.is_truncated
    assert 0 < answer.duration_seconds < 0.5
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook?a=1 HTTP/1.1\r\n")
    assert b"webhook-id: evt_1" in head
    assert b"Content-Length: 2" in head
    assert body == "é".encode()


def test_tls_uses_the_name_and_connects_to_the_checked_address(authority: Authority) -> None:
    with serving(OK, authority.serving("hooks.example.com")) as server:
        assert post_tls(authority, server, "hooks.example.com").status == 200

    assert server.names == ["hooks.example.com"]
    assert f"Host: hooks.example.com:{server.port}\r\n".encode() in server.requests[0]


def test_address_itself_may_have_a_certificate(authority: Authority) -> None:
    with serving(OK, authority.serving("127.0.0.1")) as server:
        assert post_tls(authority, server, "127.0.0.1").status == 200


@pytest.mark.parametrize(
    ("name", "valid_for"),
    [("other.example.com", datetime.timedelta(days=1)), ("hooks.example.com", datetime.timedelta(days=-1))],
    ids=["wrong name", "expired"],
)
def test_wrong_certificate_is_refused(authority: Authority, name: str, valid_for: datetime.timedelta) -> None:
    with (
        serving(OK, authority.serving(name, valid_for=valid_for)) as server,
        pytest.raises(errors.TlsFailed, match="certificate is not valid"),
    ):
        post_tls(authority, server, "hooks.example.com")

    assert server.requests in ([], [b""]), "nothing is sent to a host that did not prove its name"


def test_unknown_authority_is_refused(authority: Authority, tmp_path: Any) -> None:
    with serving(OK, authority.serving("hooks.example.com")) as server, pytest.raises(errors.TlsFailed):
        post_tls(authority, server, "hooks.example.com", trust=Authority(tmp_path))


def test_plain_http_behind_https_is_a_tls_error(authority: Authority) -> None:
    with serving(OK) as server, pytest.raises(errors.TlsFailed):
        post_tls(authority, server, "hooks.example.com")


def test_redirect_is_not_followed() -> None:
    with serving(OK) as inner:
        moved = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inner.port}/\r\nContent-Length: 0\r\n\r\n"
        with serving(moved.encode()) as server:
            assert post(server).status == 302

    assert inner.requests == []


def test_loopback_is_not_connected_to_unless_allowed() -> None:
    with serving(OK) as server:
        network = Network(resolver=lambda *_: ["127.0.0.1"])
        with pytest.raises(errors.AddressRefused):
            send("POST", f"https://hooks.example.com:{server.port}/", headers={}, network=network)

    assert server.requests == []


@pytest.mark.parametrize(
    "talk",
    [
        lambda stream: stream.recv(1),
        forever(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a", 0.02),
        forever(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b"a", 0.02),
        forever(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", 0.02),
    ],
    ids=["silent", "slow head", "slow body", "slow chunks"],
)
def test_slow_answer_ends_at_the_total_time(talk: Callable[[socket.socket], None]) -> None:
    """Each byte comes in time, so that a limit per read alone would wait for hours."""
    with serving(talk) as server:
        started = time.monotonic()
        with pytest.raises(errors.TimedOut):
            post(server)

        assert time.monotonic() - started < 1.5


def test_silent_tls_handshake_ends_at_the_total_time(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(errors.TimedOut):
        post_tls(authority, Server(listener.getsockname()[1]), "hooks.example.com")


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"],
    ids=["until closed", "by length"],
)
def test_endless_body_is_cut_at_the_limit(head: bytes) -> None:
    with serving(forever(head, b"a" * 1000, 0)) as server:
        answer = post(server)

    assert answer.body == b"a" * 1000
    assert answer.is_truncated


def test_endless_chunks_are_cut_at_the_limit() -> None:
    with serving(forever(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", 0)) as server:
        answer = post(server)

    assert (answer.body, answer.is_truncated) == (b"a" * 1000, True)


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"a" * 1000),
        (b"HTTP/1.1 200 OK\r\n", b"X: " + b"a" * 1000 + b"\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["one header", "many headers", "many interim answers"],
)
def test_endless_head_is_refused(head: bytes, part: bytes) -> None:
    with serving(forever(head, part, 0)) as server, pytest.raises((errors.TooLarge, errors.ProtocolBroken)):
        post(server)


def test_compressed_body_is_not_expanded() -> None:
    bomb = gzip.compress(b"\0" * 500_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    with serving(head.encode() + bomb) as server:
        answer = post(server)

    assert answer.body == bomb[:1000]
    assert b"Accept-Encoding: identity" in server.requests[0]


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.6\r\n", b"\x00\x01\x02\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_other_protocols_are_named_as_such(answer: bytes) -> None:
    with serving(answer) as server, pytest.raises(errors.ProtocolBroken):
        post(server)


def test_connection_closed_without_an_answer_is_named_as_such() -> None:
    with serving(b"") as server, pytest.raises((errors.ConnectFailed, errors.ProtocolBroken)):
        post(server)


def test_closed_port_is_a_connect_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(errors.ConnectFailed):
        post(Server(port))


def test_second_address_is_tried_when_the_first_refuses() -> None:
    with serving(OK) as server:
        network = Network(allow_loopback=True, resolver=lambda *_: ["127.0.0.2", "127.0.0.1"])
        url = f"http://hooks.example.com:{server.port}/"

        assert send("GET", url, headers={}, limits=QUICK, network=network).status == 200


def test_caller_cannot_change_the_framing_or_the_host() -> None:
    """A second Host or length would let one request be read as two, or as another host's."""
    with serving(OK) as server:
        post(server, headers={"HOST": "inner", "Transfer-Encoding": "chunked", "content-length": "1"}, body=b"body")

    assert b"inner" not in server.requests[0]
    assert b"chunked" not in server.requests[0]
    assert server.requests[0].endswith(b"\r\n\r\nbody")


@pytest.mark.parametrize("headers", [{"X-A": "1\r\nX-B: 2"}, {"X-A: 1\r\nX-B": "2"}, {"X-A": "1\n"}])
def test_line_breaks_in_headers_are_refused(headers: dict[str, str]) -> None:
    with serving(OK) as server, pytest.raises(ValueError, match="Invalid header"):
        post(server, headers=headers)
