"""What tests of the authorizer need: its events, time, and a look at its calls."""

import importlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from lambdify import clock
from lambdify.errors import Unauthorized
from tests.conftest import ROOT
from tests.gateway import LambdaContext

EVENT = json.loads((ROOT / "events/authorizer/unknown-key.json").read_text())

Authorize = Callable[[str], dict[str, Any]]


@dataclass
class Clock:
    """Time that stands until the test moves it."""

    now: float = 1_800_000_000.25

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Iterator[Clock]:
    """Time, in the test's hands."""
    fixed = Clock()
    with clock.reading(fixed):
        yield fixed


@pytest.fixture
def authorize() -> Authorize:
    """Calls the handler with a key, in an environment of Lambda that remembers nothing yet."""
    from authorizer import app

    fresh = importlib.reload(app)

    def call(key: str) -> dict[str, Any]:
        answer: dict[str, Any] = fresh.handler({**EVENT, "authorizationToken": f"Bearer {key}"}, LambdaContext())
        return answer

    return call


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
