"""`Idempotency-Key` on every POST: the first answer is kept and replayed, so that a retry changes nothing twice."""

import hashlib

from lambdify.caller import Caller
from lambdify.errors import InvalidRequest
from lambdify.store.idempotency import Answer, Use

from .answers import KEPT_BODY
from .dependencies import CALLER
from .edge import Application, Message, Receive, Scope, Send
from .errors import REQUEST_ID

TOKEN = "lambdify.idempotency_token"
_KEY_LENGTH_MAX = 255


class Idempotency:
    """Wraps a group's app. Requests without the header, or that are no POST, pass through."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        header = dict(scope["headers"]).get(b"idempotency-key")
        if scope["method"] != "POST" or header is None:
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        use = _use(scope, _key(header), body)
        scope[TOKEN] = use.token
        answer = use.claim()
        if answer is not None:
            await _send(send, Answer(answer.status, {**answer.headers, "idempotent-replayed": "true"}, answer.body))
            return
        await _send(send, await self._first(use, scope, body))

    async def _first(self, use: Use, scope: Scope, body: bytes) -> Answer:
        recorder = _Recorder()
        try:
            await self._app(scope, _receiving(body), recorder.send)
        except BaseException:
            use.release()
            raise
        # A refused body will be mended and a fault may pass, so both may come again under the same key.
        if recorder.status in (400, 429) or recorder.status >= 500:
            use.release()
        else:
            use.complete(_without_secrets(recorder.answer, scope))
        return recorder.answer


class _Recorder:
    """An ASGI `send` that keeps the answer."""

    def __init__(self) -> None:
        self.status = 0
        self._headers: dict[str, str] = {}
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self._body += message.get("body", b"")

    @property
    def answer(self) -> Answer:
        return Answer(self.status, self._headers, self._body)


def _without_secrets(answer: Answer, scope: Scope) -> Answer:
    """The answer as it may be stored: see `secret_answer`."""
    body = scope.get(KEPT_BODY)
    if body is None:
        return answer
    return Answer(answer.status, {**answer.headers, "content-length": str(len(body))}, body)


def _key(header: bytes) -> str:
    """The key, which may come quoted, as the IETF's draft has it, or bare."""
    key = header.decode("latin-1").strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not 1 <= len(key) <= _KEY_LENGTH_MAX or not key.isascii() or not key.isprintable():
        message = f"Must be 1 to {_KEY_LENGTH_MAX} printable ASCII characters."
        raise InvalidRequest.at(("header.Idempotency-Key", message))
    return key


def _use(scope: Scope, key: str, body: bytes) -> Use:
    caller: Caller = scope[CALLER]
    return Use(
        workspace_id=caller.workspace_id,
        mode=caller.mode,
        key_id=caller.key_id,
        operation=f"{scope['method']} {scope['path']}",
        idempotency_key=key,
        fingerprint=hashlib.sha256(body).hexdigest(),
        attempt=scope[REQUEST_ID],
    )


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _receiving(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _send(send: Send, answer: Answer) -> None:
    headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
