"""The authorizer, as API Gateway calls it."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from lambdify import clock
from tests.authorizing import EVENT, Authorize, Clock
from tests.gateway import LambdaContext


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
