"""Refuses bodies of a type that the group does not read, before anything is read."""

from lambdify.errors import UnsupportedMediaType

from .edge import Application, Receive, Scope, Send


class MediaTypes:
    """Wraps a group's app. A body must come as `accepts`; requests without a body need no Content-Type."""

    def __init__(self, app: Application, accepts: str) -> None:
        self._app = app
        self._accepts = accepts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        sent = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        if scope["aws.event"].get("body") and sent != self._accepts:
            raise UnsupportedMediaType(f"Send the body as Content-Type: {self._accepts}.")
        await self._app(scope, receive, send)
