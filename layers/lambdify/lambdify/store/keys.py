"""Keys: members of their workspace's list, and beside each a lookup item under the SHA-256 of its text."""

from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from lambdify import clock, ids, keys
from lambdify.errors import Conflict, NotFound
from lambdify.settings import settings

from .base import Item
from .counted_list import CountedList, member_key
from .key_addresses import LOOKUP_SK, keys_key, lookup_key
from .transaction import Transaction


class Key(Item):
    """One key, as its workspace sees it. The text itself is stored nowhere."""

    class Meta:
        table_name = settings.keys_table

    id = UnicodeAttribute()
    digest = UnicodeAttribute()
    """SHA-256 of the key's text: leads to the lookup item."""
    hint = UnicodeAttribute()
    """The text's last characters, by which people tell keys apart."""
    name = UnicodeAttribute()
    kind = UnicodeAttribute()
    mode = UnicodeAttribute()
    workspace_id = UnicodeAttribute()
    app_id = UnicodeAttribute(null=True)
    role = UnicodeAttribute(null=True)
    scopes = UnicodeAttribute(null=True)
    """Separated by spaces."""
    limit_per_minute = NumberAttribute(null=True)
    created_at = UnicodeAttribute()
    last_used_at = UnicodeAttribute(null=True)
    expires_at = UnicodeAttribute(null=True)
    revoked_at = UnicodeAttribute(null=True)

    def public(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "mode": self.mode,
            "hint": self.hint,
            "app_id": self.app_id,
            "role": self.role,
            "scopes": self.scopes.split() if self.scopes else None,
            "limit_per_minute": None if self.limit_per_minute is None else int(self.limit_per_minute),
            "created_at": self.created_at,
            "last_used_at": self.last_used_at,
            "expires_at": self.expires_at,
            "revoked_at": self.revoked_at,
        }


class Lookup(Item):
    """What the authorizer must know of a key, in the one item that it reads. Changes together with its Key."""

    class Meta:
        table_name = settings.keys_table

    id = UnicodeAttribute()
    member = UnicodeAttribute()
    """The Key's sk in its workspace's list."""
    kind = UnicodeAttribute()
    mode = UnicodeAttribute()
    workspace_id = UnicodeAttribute()
    app_id = UnicodeAttribute(null=True)
    role = UnicodeAttribute(null=True)
    scopes = UnicodeAttribute(null=True)
    limit_per_minute = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)
    """Seconds since 1970, unlike the Key's."""
    revoked_at = NumberAttribute(null=True)
    """Seconds since 1970, unlike the Key's; may lie ahead while a rotated key lives on."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """What its maker decides of a key. `scopes` are separated by spaces; `expires_at` is in seconds since 1970."""

    workspace_id: str
    mode: str
    kind: str
    name: str
    app_id: str | None = None
    role: str | None = None
    scopes: str | None = None
    limit_per_minute: int | None = None
    expires_at: float | None = None


_HINT_LENGTH = 4


def keys_of(workspace_id: str, mode: str) -> CountedList[Key]:
    """A workspace's live or test keys."""
    return CountedList(Key, keys_key(workspace_id, mode))


def create_key(new: NewKey) -> tuple[Key, str]:
    """Make and store a key; the text is known to nobody else from here on."""
    text = keys.make(new.kind, new.mode)
    listed = keys_of(new.workspace_id, new.mode)
    ordinal = listed.reserve()
    key = _key(new, text, ordinal)
    transaction = Transaction()
    transaction.put(key, Key.pk.does_not_exist())
    transaction.put(_lookup(key, new.expires_at), Lookup.pk.does_not_exist(), otherwise=Conflict("Try again."))
    listed.count_in(transaction, ordinal)
    transaction.commit()
    return key, text


def find_key(workspace_id: str, mode: str, key_id: str) -> Key:
    """The key. Raises NotFound, also for another workspace's or the other mode's."""
    if ids.is_id("key", key_id):
        try:
            found = Key.get(keys_key(workspace_id, mode), member_key(ids.ordinal_of(key_id)), consistent_read=True)
        except Key.DoesNotExist:
            pass
        else:
            if found.id == key_id:
                return found
    raise NotFound("There is no such key.")


def revoke_key(key: Key, revoked_at: float) -> None:
    """Let the key end at `revoked_at`, in seconds since 1970. Authorizers follow within 30 s."""
    transaction = Transaction()
    transaction.update(key, [Key.revoked_at.set(clock.timestamp(revoked_at))], Key.pk.exists())
    lookup = Lookup(lookup_key(key.digest), LOOKUP_SK)
    transaction.update(lookup, [Lookup.revoked_at.set(int(revoked_at))], Lookup.pk.exists())
    transaction.commit()


def _key(new: NewKey, text: str, ordinal: int) -> Key:
    return Key(
        pk=keys_key(new.workspace_id, new.mode),
        sk=member_key(ordinal),
        id=ids.new_id("key", ordinal),
        digest=keys.digest(text),
        hint=text[-_HINT_LENGTH:],
        name=new.name,
        kind=new.kind,
        mode=new.mode,
        workspace_id=new.workspace_id,
        app_id=new.app_id,
        role=new.role,
        scopes=new.scopes,
        limit_per_minute=new.limit_per_minute,
        created_at=clock.timestamp(),
        expires_at=None if new.expires_at is None else clock.timestamp(new.expires_at),
    )


def _lookup(key: Key, expires_at: float | None) -> Lookup:
    return Lookup(
        pk=lookup_key(key.digest),
        sk=LOOKUP_SK,
        id=key.id,
        member=key.sk,
        kind=key.kind,
        mode=key.mode,
        workspace_id=key.workspace_id,
        app_id=key.app_id,
        role=key.role,
        scopes=key.scopes,
        limit_per_minute=key.limit_per_minute,
        expires_at=expires_at,
    )
