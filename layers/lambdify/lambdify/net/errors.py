"""Why a request brought no answer: a closed set of words, stored with attempts and shown to users."""


class NetworkError(Exception):
    """No answer. `word` is the class of the error; the message may be shown to the user who chose the address."""

    word = "protocol"


class AddressRefused(NetworkError):
    """The URL or an address behind its name is not allowed. `reason` says which rule, as in `hostile_urls.json`."""

    word = "refused_address"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class NameUnknown(NetworkError):
    """The host's name does not resolve."""

    word = "dns"


class ConnectFailed(NetworkError):
    """No address of the host accepts a connection, or it closed one."""

    word = "connect"


class TlsFailed(NetworkError):
    """The certificate is not valid for the host's name, or the handshake failed."""

    word = "tls"


class TimedOut(NetworkError):
    """The answer was not complete in time."""

    word = "timeout"


class TooLarge(NetworkError):
    """The answer's headers or framing are longer than any sensible ones."""

    word = "too_large"


class ProtocolBroken(NetworkError):
    """What came back is not HTTP."""

    word = "protocol"
