"""Events, written in the same transaction as the change they tell of; the table's stream carries them on."""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from lambdify import clock, ids
from lambdify.settings import settings

from .base import Item, tenant_key
from .transaction import Transaction

_KEPT_DAYS = 30


class Event(Item):
    """A change that was committed. `data` is the object's public representation at that moment."""

    class Meta:
        table_name = settings.outbox_table

    event = UnicodeAttribute()
    created_at = UnicodeAttribute()
    app_id = UnicodeAttribute(null=True)
    data = JSONAttribute()
    purge_at = NumberAttribute()

    @property
    def workspace_id(self) -> str:
        """Whose event it is."""
        return str(self.pk).split("#")[0]

    @property
    def mode(self) -> str:
        """`live` or `test`."""
        return str(self.pk).split("#")[1]


def add_event(
    transaction: Transaction,
    workspace_id: str,
    mode: str,
    name: str,
    data: dict[str, Any],
    *,
    app_id: str | None,
) -> None:
    """Let `transaction` commit the event `name`, such as `application.created`, together with its change."""
    now = clock.epoch()
    created_at = clock.timestamp(now)
    transaction.put(
        Event(
            pk=tenant_key(workspace_id, mode, created_at[:10]),
            sk=ids.new_id("evt"),
            event=name,
            created_at=created_at,
            app_id=app_id,
            data=data,
            purge_at=int(now) + _KEPT_DAYS * 86400,
        )
    )
