"""The events that the workspaces function takes, one model per action."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from lambdify import clock
from lambdify.caller import ACTIONS, ALL_SCOPES, GROUPS
from lambdify.web.fields import Name

# One counter item takes 1,000 writes a second (DynamoDB's limit per partition).
LIMIT_PER_MINUTE_MAX = 60_000
SCOPES_MAX = 50

Tier = Literal["free", "pro", "enterprise"]
Mode = Literal["live", "test"]
LimitPerMinute = Annotated[int, Field(ge=1, le=LIMIT_PER_MINUTE_MAX)]

_SCOPES = {ALL_SCOPES, *(f"{group}:{action}" for group in GROUPS for action in ACTIONS)}


def _known_scope(scope: str) -> str:
    if scope not in _SCOPES:
        raise ValueError("must be * or a group and an action, such as applications:read")
    return scope


class Action(BaseModel):
    """What all actions share: a field that nobody reads is a mistake."""

    model_config = ConfigDict(extra="forbid")


class _Tiered(Action):
    tier: Tier
    limit_per_minute: LimitPerMinute | None = None

    @model_validator(mode="after")
    def _own_limit_is_enterprise(self) -> "_Tiered":
        if (self.tier == "enterprise") != (self.limit_per_minute is not None):
            raise ValueError("tier enterprise takes a limit_per_minute, and the other tiers take none")
        return self


class CreateWorkspace(_Tiered):
    """Make a tenant. The same `request_id` again gives the same workspace."""

    action: Literal["create_workspace"]
    name: Name
    request_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class SetTier(_Tiered):
    """Move a workspace to a tier, or change enterprise's limit."""

    action: Literal["set_tier"]
    workspace_id: str


class CreateKey(Action):
    """Make a key. Which of the optional fields apply depends on its kind."""

    action: Literal["create_key"]
    workspace_id: str
    kind: Literal["app", "pat", "svc"]
    mode: Mode
    name: Name
    role: Literal["owner", "member", "viewer"] | None = None
    scopes: (
        Annotated[list[Annotated[str, AfterValidator(_known_scope)]], Field(min_length=1, max_length=SCOPES_MAX)] | None
    ) = None
    app_id: str | None = None
    expires_at: AwareDatetime | None = None
    limit_per_minute: LimitPerMinute | None = None

    @model_validator(mode="after")
    def _fields_fit_the_kind(self) -> "CreateKey":
        given = {name for name in ("app_id", "role", "scopes") if getattr(self, name) is not None}
        needed = {"app": {"app_id"}, "pat": {"role"}, "svc": {"scopes"}}[self.kind]
        if given != needed:
            raise ValueError("app keys take app_id, pat keys role, svc keys scopes: that one and no other of these")
        if self.expires_at is not None and self.expires_at.timestamp() <= clock.epoch():
            raise ValueError("expires_at lies in the past")
        return self


class RevokeKey(Action):
    """End a key at once."""

    action: Literal["revoke_key"]
    workspace_id: str
    mode: Mode
    key_id: str


ACTION: TypeAdapter[CreateWorkspace | SetTier | CreateKey | RevokeKey] = TypeAdapter(
    Annotated[CreateWorkspace | SetTier | CreateKey | RevokeKey, Field(discriminator="action")]
)
