"""Webhooks, and their deliveries with every attempt. See docs/decisions/0012 for how a delivery moves.

A webhook's deliveries are a counted list. Beside them, `#event#<id>` says that an event has its delivery already, so
that a relay which tells of an event twice opens one delivery.
"""

from typing import Any, TypeVar

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from lambdify import clock, ids
from lambdify.errors import NotFound
from lambdify.settings import settings

from .base import Item, tenant_key
from .counted_list import CountedList, member_key

WEBHOOKS_MAX = 50
"""Per workspace and mode: the relay reads them all for each event."""

ALL_EVENTS = "*"

Found = TypeVar("Found", bound=Item)


class Webhook(Item):
    """An endpoint that is told of events. It is its own member in its workspace's list."""

    class Meta:
        table_name = settings.webhooks_table

    id = UnicodeAttribute()
    url = UnicodeAttribute()
    events = JSONAttribute()
    description = UnicodeAttribute()
    enabled = BooleanAttribute()
    app_id = UnicodeAttribute(null=True)
    salt = UnicodeAttribute()
    previous_salt = UnicodeAttribute(null=True)
    previous_until = NumberAttribute(null=True)
    failing_since = NumberAttribute(null=True)
    """Seconds since 1970; absent after a success."""
    disabled_reason = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute()

    def public(self) -> dict[str, Any]:
        """As the API shows it: without the secret."""
        return {
            "id": self.id,
            "url": self.url,
            "events": self.events,
            "description": self.description,
            "enabled": self.enabled,
            "app_id": self.app_id,
            "disabled_reason": self.disabled_reason,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }

    def wants(self, event: str, app_id: str | None) -> bool:
        """Whether it is to be told of `event`, which concerns the application `app_id` if any."""
        subscribed = ALL_EVENTS in self.events or event in self.events
        return self.enabled and subscribed and self.app_id in (None, app_id)

    def salts(self, now: float) -> list[str]:
        """Those of the secrets that sign, the new one first."""
        if self.previous_salt and self.previous_until and now < self.previous_until:
            return [self.salt, self.previous_salt]
        return [self.salt]


class Delivery(Item):
    """One event on its way to one webhook."""

    class Meta:
        table_name = settings.webhooks_table

    id = UnicodeAttribute()
    event = UnicodeAttribute()
    event_id = UnicodeAttribute()
    event_date = UnicodeAttribute()
    """The day of the event, which is part of its key in the outbox."""
    payload = JSONAttribute(null=True)
    """What a test sends; other deliveries send the event in the outbox."""
    status = UnicodeAttribute()
    """`pending`, `delivered`, `exhausted` or `cancelled`."""
    tries = NumberAttribute()
    """Scheduled attempts so far; resends do not count."""
    attempts = JSONAttribute()
    """A summary of each, oldest first."""
    next_attempt_at = NumberAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    """Somebody is attempting it until then."""
    created_at = UnicodeAttribute()
    version = NumberAttribute()
    """Grows with each attempt."""

    def public(self) -> dict[str, Any]:
        """As the API shows it."""
        due = self.next_attempt_at
        return {
            "id": self.id,
            "webhook_id": ids.parent_of("dlv", "whk", self.id),
            "event": self.event,
            "event_id": self.event_id,
            "status": self.status,
            "attempts": [_public_attempt(attempt) for attempt in self.attempts],
            "next_attempt_at": None if due is None else clock.timestamp(float(due)),
            "created_at": self.created_at,
        }


class Opened(Item):
    """An event has its delivery: `ordinal`'s."""

    class Meta:
        table_name = settings.webhooks_table

    ordinal = NumberAttribute()


class AttemptResponse(Item):
    """What an endpoint answered to one attempt; kept for a month."""

    class Meta:
        table_name = settings.webhooks_table

    body = UnicodeAttribute()
    is_truncated = BooleanAttribute()
    purge_at = NumberAttribute()


def webhooks_key(workspace_id: str, mode: str) -> str:
    """The partition of a workspace's live or test webhooks."""
    return tenant_key(workspace_id, mode, "webhooks")


def webhooks_of(workspace_id: str, mode: str) -> CountedList[Webhook]:
    """A workspace's live or test webhooks."""
    return CountedList(Webhook, webhooks_key(workspace_id, mode))


def all_webhooks(workspace_id: str, mode: str) -> list[Webhook]:
    """All of them at once; there are never many."""
    return list(Webhook.query(webhooks_key(workspace_id, mode), Webhook.sk >= member_key(0)))


def find_webhook(workspace_id: str, mode: str, webhook_id: str) -> Webhook:
    """The webhook. Raises NotFound, also for another workspace's or the other mode's."""
    if ids.is_id("whk", webhook_id):
        key = webhooks_key(workspace_id, mode)
        found = _get(Webhook, key, member_key(ids.ordinal_of(webhook_id)))
        if found is not None and found.id == webhook_id:
            return found
    raise NotFound("There is no such webhook.")


def deliveries_key(workspace_id: str, mode: str, webhook_id: str) -> str:
    """The partition of a webhook's deliveries."""
    return tenant_key(workspace_id, mode, "deliveries", webhook_id)


def deliveries_of(workspace_id: str, mode: str, webhook_id: str) -> CountedList[Delivery]:
    """A webhook's deliveries."""
    return CountedList(Delivery, deliveries_key(workspace_id, mode, webhook_id))


def find_delivery(workspace_id: str, mode: str, delivery_id: str) -> Delivery:
    """The delivery. Raises NotFound."""
    webhook_id = ids.parent_of("dlv", "whk", delivery_id)
    if webhook_id is not None:
        key = deliveries_key(workspace_id, mode, webhook_id)
        found = _get(Delivery, key, member_key(ids.ordinal_of(delivery_id)))
        if found is not None:
            return found
    raise NotFound("There is no such delivery.")


def find_delivery_of_event(workspace_id: str, mode: str, webhook_id: str, event_id: str) -> Delivery | None:
    """The event's delivery to this webhook, once it has been opened."""
    key = deliveries_key(workspace_id, mode, webhook_id)
    opened = _get(Opened, key, opened_key(event_id))
    return None if opened is None else _get(Delivery, key, member_key(int(opened.ordinal)))


def opened_key(event_id: str) -> str:
    """The sort key of the event's `Opened`."""
    return f"#event#{event_id}"


def responses_key(workspace_id: str, mode: str, delivery_id: str) -> str:
    """The partition of what was answered to a delivery's attempts; their sort keys are the attempts' numbers."""
    return tenant_key(workspace_id, mode, "responses", delivery_id)


def response_key(number: int) -> str:
    """The sort key of what was answered to attempt `number`."""
    return f"{number:04d}"


def not_leased(now: float) -> Condition:
    """Nobody is attempting the delivery."""
    is_free: Condition = Delivery.lease_until.does_not_exist() | (Delivery.lease_until < now)
    return is_free


def _get(model: type[Found], pk: str, sk: str) -> Found | None:
    try:
        return model.get(pk, sk, consistent_read=True)
    except model.DoesNotExist:
        return None


def _public_attempt(attempt: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attempt.items() if name != "cause"}
