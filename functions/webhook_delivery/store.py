"""The deliveries' changes. Each is one conditional write, so that a crash leaves it done or not done."""

from dataclasses import dataclass
from typing import Any

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from lambdify import clock, ids
from lambdify.errors import Conflict
from lambdify.store.base import tenant_key
from lambdify.store.counted_list import member_key
from lambdify.store.outbox import Event, add_event
from lambdify.store.transaction import Transaction
from lambdify.store.webhooks import (
    AttemptResponse,
    Delivery,
    Opened,
    Webhook,
    deliveries_key,
    deliveries_of,
    not_leased,
    opened_key,
    response_key,
    responses_key,
)
from lambdify.webhooks.tasks import Open

# Longer than the function may run: when it is over, whoever held it is surely dead.
LEASE_SECONDS = 35
_RESPONSES_KEPT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt brought, as it is to be kept."""

    summary: dict[str, Any]
    status: str
    tries: int
    next_attempt_at: float | None
    response_body: bytes
    response_is_truncated: bool
    succeeded: bool
    disable_reason: str | None


class AlreadyOpen(Conflict):
    """Another task has opened the event's delivery meanwhile."""


class LeaseLost(Conflict):
    """Another task has taken the delivery over."""


def find_event(workspace_id: str, mode: str, date: str, event_id: str) -> Event | None:
    """The event in the outbox, which keeps it for a month."""
    try:
        return Event.get(tenant_key(workspace_id, mode, date), event_id, consistent_read=True)
    except Event.DoesNotExist:
        return None


def open_delivery(task: Open, event: Event) -> Delivery:
    """A pending delivery of the event. Raises AlreadyOpen."""
    deliveries = deliveries_of(task.workspace_id, task.mode, task.webhook_id)
    key = deliveries_key(task.workspace_id, task.mode, task.webhook_id)
    ordinal = deliveries.reserve()
    delivery = Delivery(
        pk=key,
        sk=member_key(ordinal),
        id=ids.child_id("dlv", task.webhook_id, ordinal),
        event=event.event,
        event_id=task.event_id,
        event_date=task.event_date,
        status="pending",
        tries=0,
        attempts=[],
        created_at=clock.timestamp(),
        version=1,
    )
    opened = Opened(pk=key, sk=opened_key(task.event_id), ordinal=ordinal)
    transaction = Transaction()
    transaction.put(opened, Opened.pk.does_not_exist(), otherwise=AlreadyOpen("The delivery is open."))
    transaction.put(delivery, Delivery.pk.does_not_exist())
    deliveries.count_in(transaction, ordinal)
    transaction.commit()
    return delivery


def lease(delivery: Delivery) -> bool:
    """Keep others from attempting the delivery; False when it has changed, or somebody else holds it."""
    now = clock.epoch()
    is_free = (Delivery.version == delivery.version) & not_leased(now)
    try:
        delivery.update([Delivery.lease_until.set(round(now + LEASE_SECONDS, 3))], condition=is_free)
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def cancel(delivery: Delivery) -> None:
    """End a pending delivery without an attempt."""
    actions: list[Action] = [Delivery.status.set("cancelled"), Delivery.next_attempt_at.remove()]
    try:
        delivery.update(actions, condition=(Delivery.status == "pending"))
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def record(webhook: Webhook, delivery: Delivery, result: Result) -> None:
    """Keep an attempt, with what it means for the webhook. Raises LeaseLost, or Conflict when the webhook changed."""
    workspace_id, mode = webhook.pk.split("#")[:2]
    transaction = Transaction()
    transaction.put(_response(workspace_id, mode, delivery, result))
    transaction.update(
        delivery,
        [
            Delivery.status.set(result.status),
            Delivery.tries.set(result.tries),
            Delivery.attempts.set([*delivery.attempts, result.summary]),
            Delivery.lease_until.remove(),
            Delivery.version.add(1),
            _set_or_remove(result.next_attempt_at),
        ],
        Delivery.lease_until == delivery.lease_until,
        otherwise=LeaseLost("The delivery was taken over."),
    )
    if result.disable_reason is not None and webhook.enabled:
        _disable(transaction, workspace_id, mode, webhook, result.disable_reason)
    elif result.succeeded and webhook.failing_since is not None:
        transaction.update(webhook, [Webhook.failing_since.remove()], Webhook.pk.exists())
    elif not result.succeeded and webhook.failing_since is None:
        begins = Webhook.pk.exists() & Webhook.failing_since.does_not_exist()
        transaction.update(webhook, [Webhook.failing_since.set(round(clock.epoch(), 3))], begins)
    transaction.commit()


def _response(workspace_id: str, mode: str, delivery: Delivery, result: Result) -> AttemptResponse:
    return AttemptResponse(
        pk=responses_key(workspace_id, mode, delivery.id),
        sk=response_key(result.summary["number"]),
        body=result.response_body.decode(errors="replace"),
        is_truncated=result.response_is_truncated,
        purge_at=int(clock.epoch()) + _RESPONSES_KEPT_DAYS * 86400,
    )


def _set_or_remove(next_attempt_at: float | None) -> Action:
    if next_attempt_at is None:
        return Delivery.next_attempt_at.remove()
    return Delivery.next_attempt_at.set(next_attempt_at)


def _disable(transaction: Transaction, workspace_id: str, mode: str, webhook: Webhook, reason: str) -> None:
    webhook.enabled, webhook.disabled_reason, webhook.updated_at = False, reason, clock.timestamp()
    actions = [
        Webhook.enabled.set(False),
        Webhook.disabled_reason.set(reason),
        Webhook.updated_at.set(webhook.updated_at),
        Webhook.version.add(1),
    ]
    transaction.update(webhook, actions, Webhook.version == webhook.version)
    add_event(transaction, workspace_id, mode, "endpoint.disabled", webhook.public(), app_id=webhook.app_id)
