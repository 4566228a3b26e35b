"""The operator's actions. Each answers with what the operator must know next."""

import hashlib
import json
from typing import Any

from lambdify import clock, ids
from lambdify.aws.clients import client
from lambdify.errors import Conflict
from lambdify.settings import settings
from lambdify.store import keys, workspaces
from lambdify.store.applications import find_application

from .schemas import CreateKey, CreateWorkspace, RevokeKey, SetTier

# Authorizers know a workspace for 30 s; until then they may still hand out the key of the plan that it leaves.
_MOVE_DELAY_SECONDS = 60


def perform(action: CreateWorkspace | SetTier | CreateKey | RevokeKey) -> dict[str, Any]:
    """Do it. Raises ApiError when it is refused."""
    if isinstance(action, CreateWorkspace):
        return create_workspace(action)
    if isinstance(action, SetTier):
        return set_tier(action)
    if isinstance(action, CreateKey):
        return create_key(action)
    return revoke_key(action)


def create_workspace(action: CreateWorkspace) -> dict[str, Any]:
    """Make a workspace and ask for its gateway key."""
    workspace_id = ids.new_id("ws") if action.request_id is None else _id_for(action.request_id)
    workspace = workspaces.new_workspace(workspace_id, action.name, action.tier, action.limit_per_minute)
    try:
        workspaces.create_workspace(workspace)
    except Conflict:
        if action.request_id is None:
            raise
    _ask_for_gateway_key(workspace_id, delay_seconds=0)
    return {"workspace_id": workspace_id}


def set_tier(action: SetTier) -> dict[str, Any]:
    """Move a workspace. Its new limit counts within 30 s; its gateway key follows."""
    workspace = workspaces.find_workspace(action.workspace_id)
    changes = {"tier": action.tier, "limit_per_minute": action.limit_per_minute}
    workspaces.update_workspace(workspace, changes, while_tier=workspace.tier)
    _ask_for_gateway_key(workspace.id, delay_seconds=_MOVE_DELAY_SECONDS)
    return {"workspace_id": workspace.id, "tier": action.tier, "limit_per_minute": action.limit_per_minute}


def create_key(action: CreateKey) -> dict[str, Any]:
    """Make a key. The answer is the only place that ever shows it."""
    workspace = workspaces.find_workspace(action.workspace_id)
    if action.app_id is not None:
        find_application(workspace.id, action.mode, action.app_id)
    key, text = keys.create_key(
        keys.NewKey(
            workspace_id=workspace.id,
            mode=action.mode,
            kind=action.kind,
            name=action.name,
            app_id=action.app_id,
            role=action.role,
            scopes=" ".join(sorted(set(action.scopes))) if action.scopes else None,
            limit_per_minute=action.limit_per_minute,
            expires_at=None if action.expires_at is None else action.expires_at.timestamp(),
        )
    )
    return {"id": key.id, "key": text}


def revoke_key(action: RevokeKey) -> dict[str, Any]:
    """End a key: within 30 s it answers 401 everywhere. Again, nothing changes."""
    key = keys.find_key(action.workspace_id, action.mode, action.key_id)
    if key.revoked_at is None:
        keys.revoke_key(key, clock.epoch())
    return {"id": key.id}


def _id_for(request_id: str) -> str:
    """The id that this request always gets, so that a retry cannot make a second workspace."""
    return f"ws_{hashlib.sha256(request_id.encode()).hexdigest()[:26]}"


def _ask_for_gateway_key(workspace_id: str, *, delay_seconds: int) -> None:
    client("sqs").send_message(
        QueueUrl=settings.gateway_keys_queue_url,
        MessageBody=json.dumps({"workspace_id": workspace_id}),
        DelaySeconds=delay_seconds,
    )
