"""A workspace's gateway key: made once, and moved from plan to plan. Every step may be done twice or cut short.

The key's value was drawn and stored with the workspace, so a second attempt at making it meets the first one's key
instead of making another.
"""

from typing import Any

from botocore.exceptions import ClientError

from lambdify import clock
from lambdify.aws.clients import client
from lambdify.errors import NotFound
from lambdify.observability import logger
from lambdify.settings import settings
from lambdify.store.workspaces import Workspace, find_workspace, update_workspace

# AWS does not say how long API Gateway takes to know a key in a plan; until then the shared key serves.
_USABLE_AFTER_SECONDS = 60


def provide_gateway_key(workspace_id: str) -> bool:
    """Put the workspace's key into its tier's plan. Returns whether API Gateway had to be asked for anything.

    Raises Conflict when the tier changes meanwhile; the message is then tried again.
    """
    try:
        workspace = find_workspace(workspace_id)
    except NotFound:
        logger.warning("A gateway key was asked for a workspace that does not exist.", workspace_id=workspace_id)
        return False
    if workspace.gateway_tier == workspace.tier:
        return False
    _let_the_shared_key_serve(workspace)
    key_id = workspace.gateway_key_id or _make(workspace)
    _move(key_id, _plans()[workspace.tier])
    changes = {
        "gateway_key_id": key_id,
        "gateway_tier": workspace.tier,
        "gateway_usable_at": int(clock.epoch()) + _USABLE_AFTER_SECONDS,
    }
    update_workspace(workspace, changes, while_tier=workspace.tier)
    return True


def _let_the_shared_key_serve(workspace: Workspace) -> None:
    """From here on the key may be in no plan; the authorizer must not hand it out, even if this attempt dies."""
    if workspace.gateway_tier is not None:
        update_workspace(workspace, {"gateway_tier": None, "gateway_usable_at": None}, while_tier=workspace.tier)


def _plans() -> dict[str, str]:
    """Usage plans' ids by tier."""
    return {
        "free": settings.usage_plan_free,
        "pro": settings.usage_plan_pro,
        "enterprise": settings.usage_plan_enterprise,
    }


def _make(workspace: Workspace) -> str:
    """The id of the key with the workspace's value, which may have been made before."""
    name = f"lambdify-{settings.environment}-{workspace.id}"
    try:
        made = client("apigateway").create_api_key(name=name, value=workspace.gateway_key, enabled=True)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConflictException":
            raise
        return _find(name)
    return str(made["id"])


def _find(name: str) -> str:
    found: list[dict[str, Any]] = client("apigateway").get_api_keys(nameQuery=name)["items"]
    return next(str(key["id"]) for key in found if key["name"] == name)


def _move(key_id: str, wanted: str) -> None:
    """Take the key out of our other plans, then put it into the wanted one: a stage allows a key in one plan."""
    gateway = client("apigateway")
    holding = {plan["id"] for plan in gateway.get_usage_plans(keyId=key_id)["items"]}
    for plan_id in holding & set(_plans().values()) - {wanted}:
        gateway.delete_usage_plan_key(usagePlanId=plan_id, keyId=key_id)
    if wanted not in holding:
        gateway.create_usage_plan_key(usagePlanId=wanted, keyId=key_id, keyType="API_KEY")
