"""Real servers on this machine: a certificate authority of their own, and every way to misbehave."""

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Talk = Callable[[socket.socket], None]

_TLS_HELLO = b"\x16"
_DAY = datetime.timedelta(days=1)


class Authority:
    """Signs certificates for the servers of one test session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        builder = self._builder(self._name, self._key, _DAY).add_extension(x509.BasicConstraints(True, 0), True)
        builder = builder.add_extension(_signs_certificates(), True)
        self._certificate = builder.sign(self._key, hashes.SHA256())

    def trusting(self) -> ssl.SSLContext:
        """A client's context that trusts this authority alone."""
        return ssl.create_default_context(cadata=self._certificate.public_bytes(serialization.Encoding.PEM).decode())

    def serving(self, *names: str, valid_for: datetime.timedelta = _DAY) -> ssl.SSLContext:
        """A server's context, with a certificate for names or addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]), key, valid_for)
        builder = builder.add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), False)
        path = self._folder / f"{names[0]}-{valid_for.total_seconds():.0f}.pem"
        pem = serialization.Encoding.PEM
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.write_bytes(private + builder.sign(self._key, hashes.SHA256()).public_bytes(pem))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, valid_for: datetime.timedelta
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 2 * _DAY)
            .not_valid_after(now + valid_for)
            # From Python 3.13 on, clients demand what RFC 5280 does.
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False)
        )


def _signs_certificates() -> x509.KeyUsage:
    unused = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    never = dict.fromkeys((*unused, "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(key_cert_sign=True, crl_sign=True, **never)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@dataclass
class Server:
    """What a running server has seen."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    """The names that clients asked for in TLS (SNI)."""


@contextmanager
def serving(answer: bytes | Talk, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server on 127.0.0.1 that answers every request with these bytes, or lets a function talk."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1])
        if tls is not None:
            tls.sni_callback = lambda _socket, name, _context: server.names.append(name)
        thread = threading.Thread(target=_accept, args=(listener, server, answer, tls), daemon=True)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _accept(listener: socket.socket, server: Server, answer: bytes | Talk, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        # A client that leaves in the middle is what these servers are for.
        try:
            with connection if tls is None else tls.wrap_socket(connection, server_side=True) as stream:
                _serve(stream, server, answer)
        except OSError:
            connection.close()


def _serve(stream: socket.socket, server: Server, answer: bytes | Talk) -> None:
    stream.settimeout(5)
    server.requests.append(_read_request(stream))
    if callable(answer):
        answer(stream)
    else:
        stream.sendall(answer)


def _read_request(stream: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        received = stream.recv(65536)
        request += received
        if not received or request.startswith(_TLS_HELLO):
            return request
    head, _, body = request.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
    while len(body) < length:
        body += stream.recv(65536)
    return head + b"\r\n\r\n" + body
