"""Makes the first workspaces, keys and application, through the deployed functions themselves."""

import json
import shlex
from pathlib import Path
from typing import Any

import httpx

from local.functions import Functions

WORKSPACES = "WorkspacesFunction"
NEEDED = (WORKSPACES, "AuthorizerFunction", "ApplicationsFunction")
"""The functions that take part."""
_DEMO_LIMIT_PER_MINUTE = 60_000  # The most that a workspace may have: a demo should not be throttled.


class SeedFailed(Exception):
    """A function refused to make what a newcomer needs."""


async def seed(functions: Functions, base_url: str) -> dict[str, str]:
    """Make two workspaces, their keys and a demo application; returns the variables that name them."""
    variables = {"DIFY_BASE_URL": base_url}
    if WORKSPACES not in functions:
        return variables
    demo = await _workspace(functions, name="Demo", tier="enterprise", limit_per_minute=_DEMO_LIMIT_PER_MINUTE)
    free = await _workspace(functions, name="Free", tier="free")
    variables["DIFY_API_KEY"] = await _key(functions, demo, kind="pat", mode="test", role="owner")
    variables["DIFY_SERVICE_KEY"] = await _key(functions, demo, kind="svc", mode="test", scopes=["*"])
    variables["DIFY_FREE_KEY"] = await _key(functions, free, kind="svc", mode="test", scopes=["*"])
    variables["DIFY_LIVE_KEY"] = await _key(functions, demo, kind="pat", mode="live", role="owner")
    app_id = await _application(base_url, variables["DIFY_API_KEY"])
    variables["DIFY_APP_KEY"] = await _key(functions, demo, kind="app", mode="test", app_id=app_id)
    return variables


def write_env(path: Path, variables: dict[str, str]) -> None:
    """Write variables for `source`, for the owner's eyes only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()))


async def _workspace(functions: Functions, **fields: Any) -> str:
    answer = await _call(functions, action="create_workspace", **fields)
    return str(answer["workspace_id"])


async def _key(functions: Functions, workspace_id: str, **fields: Any) -> str:
    answer = await _call(functions, action="create_key", workspace_id=workspace_id, name="make serve", **fields)
    return str(answer["key"])


async def _call(functions: Functions, **request: Any) -> dict[str, Any]:
    outcome = await functions[WORKSPACES].invoke(json.dumps(request).encode())
    answer: dict[str, Any] = json.loads(outcome.payload)
    if outcome.is_error or "error" in answer:
        raise SeedFailed(f"{WORKSPACES} could not {request['action']}: {outcome.payload.decode(errors='replace')}")
    return answer


async def _application(base_url: str, key: str) -> str:
    async with httpx.AsyncClient(base_url=base_url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
        body = {"name": "Demo", "mode": "chat", "config": {"model": "sandbox-chat"}}
        answer = await client.post("/applications", json=body)
    if answer.status_code != httpx.codes.CREATED:
        raise SeedFailed(f"POST /applications answered {answer.status_code}: {answer.text}")
    return str(answer.json()["id"])
