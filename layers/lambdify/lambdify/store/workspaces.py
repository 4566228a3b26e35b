"""Workspaces: the tenants."""

import secrets
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError

from lambdify import clock, ids
from lambdify.errors import Conflict, NotFound
from lambdify.settings import settings

from .base import Item
from .key_addresses import WORKSPACE_SK, workspace_key
from .transaction import Transaction

_GATEWAY_KEY_BYTES = 24


class Workspace(Item):
    """One tenant. Its gateway key serves once it is attached to its tier's usage plan; see docs/limits.md."""

    class Meta:
        table_name = settings.keys_table

    id = UnicodeAttribute()
    name = UnicodeAttribute()
    tier = UnicodeAttribute()
    limit_per_minute = NumberAttribute(null=True)
    """Enterprise's own limit; the other tiers' are in the authorizer."""
    gateway_key = UnicodeAttribute()
    """The value of API Gateway's key. It grants nothing by itself."""
    gateway_key_id = UnicodeAttribute(null=True)
    gateway_tier = UnicodeAttribute(null=True)
    """The tier whose usage plan holds the gateway key."""
    gateway_usable_at = NumberAttribute(null=True)
    """From when on API Gateway surely knows the key in that plan, in seconds since 1970."""
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()


def new_workspace(workspace_id: str, name: str, tier: str, limit_per_minute: int | None) -> Workspace:
    """A workspace that is not stored yet."""
    now = clock.timestamp()
    return Workspace(
        pk=workspace_key(workspace_id),
        sk=WORKSPACE_SK,
        id=workspace_id,
        name=name,
        tier=tier,
        limit_per_minute=limit_per_minute,
        gateway_key=secrets.token_urlsafe(_GATEWAY_KEY_BYTES),
        created_at=now,
        updated_at=now,
    )


def create_workspace(workspace: Workspace) -> None:
    """Store it. Raises Conflict when the id is taken."""
    transaction = Transaction()
    transaction.put(workspace, Workspace.pk.does_not_exist(), otherwise=Conflict("This workspace exists already."))
    transaction.commit()


def find_workspace(workspace_id: str) -> Workspace:
    """The workspace. Raises NotFound."""
    if ids.is_id("ws", workspace_id):
        try:
            return Workspace.get(workspace_key(workspace_id), WORKSPACE_SK, consistent_read=True)
        except Workspace.DoesNotExist:
            pass
    raise NotFound("There is no such workspace.")


def update_workspace(workspace: Workspace, changes: dict[str, Any], *, while_tier: str) -> None:
    """Set attributes (None removes one), unless the tier has changed meanwhile. Raises Conflict."""
    actions = []
    for name, value in {**changes, "updated_at": clock.timestamp()}.items():
        attribute = getattr(Workspace, name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
    try:
        workspace.update(actions=actions, condition=Workspace.tier == while_tier)
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise Conflict("The workspace has changed meanwhile. Try again.") from error
