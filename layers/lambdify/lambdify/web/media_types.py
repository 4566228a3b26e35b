"""Refuses bodies of a type that the route does not read, before anything is read."""

from collections.abc import Mapping

from lambdify.errors import UnsupportedMediaType

from .edge import Application, Receive, Scope, Send

_JSON = "application/json"


class MediaTypes:
    """Wraps a group's app. Bodies are JSON, but for the routes in `others`; without a body no type is needed."""

    def __init__(self, app: Application, others: Mapping[str, str]) -> None:
        self._app = app
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        sent = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        wanted = self._others.get(f"{scope['method']} {scope['path']}", _JSON)
        if scope["aws.event"].get("body") and sent != wanted:
            raise UnsupportedMediaType(f"Send the body as Content-Type: {wanted}.")
        await self._app(scope, receive, send)
