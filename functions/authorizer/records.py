"""Keys with their workspaces, remembered for half a minute: so long may a revoked key or an old tier still count."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from lambdify import clock
from lambdify.settings import settings
from lambdify.store.key_addresses import LOOKUP_SK, WORKSPACE_SK, lookup_key, workspace_key

from .database import Item, number, read, text

REMEMBERED_SECONDS = 30
REMEMBERED_MAX = 10_000
TIER_LIMITS = {"free": 60, "pro": 300}

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Record:
    """A key and its workspace, as far as a request needs them. Text that does not apply is empty."""

    workspace_id: str
    mode: str
    tier: str
    key_id: str
    member: str
    """The key's sk in its workspace's list."""
    kind: str
    app_id: str
    role: str
    scopes: str
    limit: int
    """Requests a minute of the workspace and mode."""
    key_limit: int | None
    """Requests a minute of this key, where it has a lower limit of its own."""
    ends_at: float
    """When the key expires or is revoked, in seconds since 1970; infinite for most."""
    gateway_key: str


class Remembered(Generic[Value]):
    """Values by name, each for `REMEMBERED_SECONDS`, the newest `REMEMBERED_MAX` of them."""

    def __init__(self, find: Callable[[str], Value]) -> None:
        self._find = find
        self._values: dict[str, tuple[float, Value]] = {}

    def get(self, name: str) -> Value:
        """The value, found anew when it is too old."""
        known = self._values.get(name)
        now = clock.epoch()
        if known is not None and 0 <= now - known[0] < REMEMBERED_SECONDS:
            return known[1]
        value = self._find(name)
        self._values.pop(name, None)
        if len(self._values) >= REMEMBERED_MAX:
            self._values.pop(next(iter(self._values)))
        self._values[name] = (now, value)
        return value


class Records:
    """Finds records. That a key does not exist is remembered too: no later key can have the same text."""

    def __init__(self) -> None:
        self._lookups = Remembered(lambda digest: read(settings.keys_table, lookup_key(digest), LOOKUP_SK))
        self._workspaces = Remembered(lambda id_: read(settings.keys_table, workspace_key(id_), WORKSPACE_SK))

    def find(self, digest: str) -> Record | None:
        """The record of the key whose text has this SHA-256, or None."""
        lookup = self._lookups.get(digest)
        workspace = None if lookup is None else self._workspaces.get(text(lookup, "workspace_id"))
        return None if lookup is None or workspace is None else _record(lookup, workspace)


def _record(lookup: Item, workspace: Item) -> Record:
    limit = TIER_LIMITS.get(text(workspace, "tier")) or int(number(workspace, "limit_per_minute") or 1)
    own = number(lookup, "limit_per_minute")
    ends = (number(lookup, "expires_at"), number(lookup, "revoked_at"))
    return Record(
        workspace_id=text(lookup, "workspace_id"),
        mode=text(lookup, "mode"),
        tier=text(workspace, "tier"),
        key_id=text(lookup, "id"),
        member=text(lookup, "member"),
        kind=text(lookup, "kind"),
        app_id=text(lookup, "app_id"),
        role=text(lookup, "role"),
        scopes=text(lookup, "scopes"),
        limit=limit,
        key_limit=int(own) if own is not None and own < limit else None,
        ends_at=min(end for end in (*ends, math.inf) if end is not None),
        gateway_key=_gateway_key(workspace),
    )


def _gateway_key(workspace: Item) -> str:
    """The workspace's own, where API Gateway surely knows it in the plan of its tier; else the shared one."""
    usable_at = number(workspace, "gateway_usable_at")
    is_attached = text(workspace, "gateway_tier") == text(workspace, "tier")
    if is_attached and usable_at is not None and usable_at <= clock.epoch():
        return text(workspace, "gateway_key")
    return settings.overflow_key
