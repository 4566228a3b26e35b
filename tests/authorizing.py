"""What tests of the authorizer need: its events, time, and a look at its calls."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse

from lambdify.errors import Unauthorized
from tests.conftest import ROOT

EVENT = json.loads((ROOT / "events/authorizer/unknown-key.json").read_text())

Authorize = Callable[[str], dict[str, Any]]


@dataclass
class Clock:
    """Time that stands until the test moves it."""

    now: float = 1_800_000_000.25

    def __call__(self) -> float:
        return self.now


@contextmanager
def calls(failing: dict[str, int] | None = None) -> Iterator[list[str]]:
    """The operations that the authorizer's DynamoDB client calls; of each the first few may fail, as on a bad day."""
    from authorizer.database import dynamodb

    made: list[str] = []
    left = dict(failing or {})

    def before(model: Any, **_: Any) -> None:
        made.append(model.name)

    def send(request: Any, **_: Any) -> Any:
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        if left.get(operation, 0) == 0:
            return None
        left[operation] -= 1
        return AWSResponse(request.url, 500, {}, _Body(b'{"__type": "InternalServerError"}'))

    events = dynamodb().meta.events
    events.register("before-call.dynamodb", before)
    events.register_first("before-send.dynamodb", send)
    try:
        yield made
    finally:
        events.unregister("before-call.dynamodb", before)
        events.unregister("before-send.dynamodb", send)


class _Body(BytesIO):
    """An answer's body, as urllib3 would give it."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()


def is_refused(authorize: Authorize, key: str) -> bool:
    """Whether the gateway would answer 401."""
    try:
        authorize(key)
    except Unauthorized as error:
        return str(error) == "Unauthorized"
    return False
