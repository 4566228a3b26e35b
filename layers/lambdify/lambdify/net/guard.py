"""Guards against server-side request forgery: reads URLs strictly, resolves names once, and checks every address.

A URL that two programs could read differently is refused, not mended. Whoever connects must connect to one of the
addresses that `resolve` returns, never to the name: a second look-up could answer differently.
"""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from queue import Empty, SimpleQueue
from threading import Thread

from .addresses import require_public
from .errors import AddressRefused, NameUnknown, TimedOut

URL_LENGTH_MAX = 2048

Resolver = Callable[[str, int], Sequence[str]]

_FORBIDDEN_CHARACTERS = re.compile(r'[\x00-\x20\x7f-\xa0\\"<>^`{|}]')
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?]*)(?P<path>.*)", re.DOTALL)
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?P<port>:.*)?")
_NAME_LENGTH_MAX = 253
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DEFAULT_PORTS = {"https": 443, "http": 80}
# Below 1024 live services that would misread a request as something else, such as mail.
_PORTS = range(1024, 65536)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads. `host` is lower-case ASCII: a name, or an IP address without brackets."""

    scheme: str
    host: str
    port: int
    path: str
    """Path and query, as sent."""

    @property
    def is_literal(self) -> bool:
        """Whether the host is an address, so that there is no name to resolve."""
        return ":" in self.host or self.host.rpartition(".")[2].isdigit()

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def parse(url: str, *, allow_loopback: bool = False) -> Target:
    """Read a URL. Raises AddressRefused. `allow_loopback` admits `http` and `localhost`, for the local stack."""
    if len(url) > URL_LENGTH_MAX:
        raise AddressRefused("length", f"The URL is longer than {URL_LENGTH_MAX} characters.")
    found = _URL.fullmatch(url)
    if _FORBIDDEN_CHARACTERS.search(url) or (found and not found["path"].isascii()):
        raise AddressRefused("characters", "The URL has characters that must be percent-encoded.")
    schemes = ("https", "http") if allow_loopback else ("https",)
    if found is None or found["scheme"].lower() not in schemes:
        raise AddressRefused("scheme", "The URL must begin with https://.")
    if "#" in url:
        raise AddressRefused("fragment", "The URL must not have a fragment: it would not be sent.")
    scheme = found["scheme"].lower()
    host, port = _host_and_port(found["authority"], scheme)
    if "." not in host and ":" not in host and not (allow_loopback and host == "localhost"):
        raise AddressRefused("host", "The host must be a full domain name.")
    path = found["path"]
    return Target(scheme, host, port, path if path.startswith("/") else f"/{path}")


def resolve(target: Target, *, allow_loopback: bool, seconds: float, resolver: Resolver | None = None) -> list[str]:
    """The addresses behind the target, each of them checked. Raises AddressRefused, NameUnknown, TimedOut."""
    addresses = [target.host]
    if not target.is_literal:
        addresses = _look_up(resolver or system_resolver, target, seconds)
    for address in addresses:
        require_public(address, allow_loopback=allow_loopback)
    return addresses


def system_resolver(host: str, port: int) -> list[str]:
    """The addresses that the operating system finds. Raises OSError or UnicodeError when there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    if "@" in authority:
        raise AddressRefused("userinfo", "The URL must not have a user name or password.")
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        raise AddressRefused("host", "The URL's host cannot be read.")
    return _host(found["host"]), _port(found["port"], scheme)


def _port(text: str | None, scheme: str) -> int:
    if text is None:
        return _DEFAULT_PORTS[scheme]
    digits = text[1:]
    if re.fullmatch(r"[1-9][0-9]{0,4}", digits):
        port = int(digits)
        if port in _PORTS or port == _DEFAULT_PORTS[scheme]:
            return port
    raise AddressRefused("port", f"The port must be {_DEFAULT_PORTS[scheme]}, or from 1024 to 65535.")


def _host(text: str) -> str:
    try:
        if text.startswith("["):
            return _ipv6(text[1:-1])
        name = _ascii(text).lower()
        labels = name.split(".")
        if _NUMBER.fullmatch(labels[-1]):
            # Programs read 127.1, 0177.0.0.1, 0x7f.1 and 2130706433 as addresses; only the usual form is clear.
            return str(IPv4Address(name))
    except (AddressValueError, UnicodeError) as error:
        raise AddressRefused("host", "The URL's host is neither a domain name nor a plain IP address.") from error
    if len(name) > _NAME_LENGTH_MAX or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("host", "The URL's host is not a domain name.")
    return name


def _ipv6(text: str) -> str:
    if "%" in text:
        raise AddressValueError("a zone names an interface of this machine")
    return str(IPv6Address(text))


def _ascii(name: str) -> str:
    """The name in the form that DNS and certificates know. Raises UnicodeError."""
    if name.isascii():
        return name
    import idna  # Rarely needed, and its tables are large.

    return idna.encode(name, uts46=True).decode()


def _look_up(resolver: Resolver, target: Target, seconds: float) -> list[str]:
    """Resolve in a thread, because the operating system's resolver cannot be told how long it may take."""
    answers: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolver(target.host, target.port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise TimedOut("The host's name could not be resolved in time.") from None
    if isinstance(answer, Exception) or not answer:
        raise NameUnknown("The host's name does not resolve.")
    return list(dict.fromkeys(answer))
