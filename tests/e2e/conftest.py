"""End-to-end tests talk HTTP to the whole stack, as `make serve` runs it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.stack import Stack, started


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The stack of `template.yaml` with its first workspaces and keys; the session's tests share it."""
    with started("--no-reload") as running:
        yield running


@pytest.fixture(scope="session")
def new_key(stack: Stack) -> Callable[..., str]:
    """Makes a key of a workspace of its own, for tests that spend a window or count a workspace's things.

    Takes the fields of the admin function's `create_key`, and `tier`, which is `free` otherwise.
    """
    functions = stack.client("lambda")

    def call(**request: Any) -> dict[str, Any]:
        answer = functions.invoke(FunctionName="lambdify-local-WorkspacesFunction", Payload=json.dumps(request))
        made: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "error" not in made, made
        return made

    def make(tier: str = "free", limit_per_minute: int | None = None, **fields: Any) -> str:
        limit = {"limit_per_minute": limit_per_minute} if limit_per_minute else {}
        workspace = call(action="create_workspace", name="Test", tier=tier, **limit)["workspace_id"]
        wanted = {"kind": "svc", "mode": "test", "scopes": ["*"], "name": "test", **fields}
        return str(call(action="create_key", workspace_id=workspace, **wanted)["key"])

    return make
