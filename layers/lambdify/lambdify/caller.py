"""Who is calling and what they may do, as the authorizer told it. Decides; reads nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import Forbidden, NotFound

GROUPS = (
    "applications",
    "conversations",
    "documents",
    "keys",
    "messages",
    "models",
    "usage",
    "webhooks",
    "workflows",
)
ACTIONS = ("read", "write", "execute")
ALL_SCOPES = "*"

# Contract, Keys: an app key reads its application, uses what hangs on it, and runs its workflows. Nothing else.
_APP_PERMISSIONS = frozenset(
    {
        "applications:read",
        "conversations:read",
        "conversations:write",
        "documents:read",
        "documents:write",
        "messages:read",
        "messages:write",
        "workflows:execute",
    }
)
# Who can make a key or a webhook can send a workspace's data elsewhere, so that is for owners alone.
_OWNER_PERMISSIONS = frozenset({"keys:write", "webhooks:write"})


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a valid key. Every field is text; one that does not apply to the kind of key is empty."""

    workspace_id: str
    mode: str
    """`live` or `test`."""
    tier: str
    """`free`, `pro` or `enterprise`."""
    key_id: str
    kind: str
    """`app` (one application), `pat` (a member of the workspace) or `svc` (another server)."""
    app_id: str
    """The application of an app key."""
    role: str
    """The member's role of a personal key: `owner`, `member` or `viewer`."""
    scopes: frozenset[str]
    """What a service key may do: `<group>:<action>`, or `*`."""

    @classmethod
    def from_authorizer(cls, context: Mapping[str, Any]) -> "Caller":
        """From `requestContext.authorizer`. What is missing there is empty here, and may do nothing."""
        return cls(
            workspace_id=context.get("workspaceId", ""),
            mode=context.get("mode", ""),
            tier=context.get("tier", ""),
            key_id=context.get("keyId", ""),
            kind=context.get("keyKind", ""),
            app_id=context.get("appId", ""),
            role=context.get("role", ""),
            scopes=frozenset(context.get("scopes", "").split()),
        )

    def may(self, permission: str) -> bool:
        """Whether the key holds `permission`: a group and an action, such as `applications:write`."""
        if self.kind == "app":
            return permission in _APP_PERMISSIONS
        if self.kind == "pat":
            return self._role_may(permission)
        return self.kind == "svc" and self._scopes_allow(permission)

    def require(self, permission: str) -> None:
        """Raise Forbidden unless the key holds `permission`."""
        if not self.may(permission):
            raise Forbidden(f"This key may not do this; it takes one with the permission {permission}.")

    def require_application(self, app_id: str | None) -> None:
        """Raise NotFound when this is another application's key: for it, there is only its own."""
        if self.kind == "app" and self.app_id != app_id:
            raise NotFound("There is no such application.")

    def _role_may(self, permission: str) -> bool:
        if self.role == "owner":
            return True
        if self.role == "member":
            return permission not in _OWNER_PERMISSIONS
        return self.role == "viewer" and permission.endswith(":read")

    def _scopes_allow(self, permission: str) -> bool:
        # As with Stripe's restricted keys, write includes the lesser actions of its group.
        group = permission.partition(":")[0]
        return not self.scopes.isdisjoint({ALL_SCOPES, permission, f"{group}:write"})
