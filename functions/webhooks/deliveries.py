"""The rules of deliveries: reading them, and wishing for another attempt. The worker makes the attempts."""

import secrets
from datetime import datetime
from typing import Any

from lambdify import clock, ids
from lambdify.caller import Caller
from lambdify.errors import Conflict, InvalidRequest, NotFound
from lambdify.store.counted_list import Page, member_key
from lambdify.store.transaction import Transaction
from lambdify.store.webhooks import (
    AttemptResponse,
    Delivery,
    Webhook,
    deliveries_key,
    deliveries_of,
    find_delivery,
    find_webhook,
    responses_key,
)
from lambdify.webhooks import catalogue, tasks

_RECOVERABLE_SECONDS = 14 * 86400
_ATTEMPTS_MAX = 100


def list_deliveries(caller: Caller, webhook_id: str, page: int, limit: int) -> Page[Delivery]:
    """One page, newest first. Raises NotFound."""
    find_webhook(caller.workspace_id, caller.mode, webhook_id)
    return deliveries_of(caller.workspace_id, caller.mode, webhook_id).page(page, limit)


def read_delivery(caller: Caller, webhook_id: str, delivery_id: str) -> dict[str, Any]:
    """The delivery with the answers to its attempts. Raises NotFound."""
    delivery = _find(caller, webhook_id, delivery_id)
    key = responses_key(caller.workspace_id, caller.mode, delivery.id)
    answers = {int(answer.sk): answer for answer in AttemptResponse.query(key, limit=_ATTEMPTS_MAX)}
    public = delivery.public()
    for attempt in public["attempts"]:
        answer = answers.get(attempt["number"])
        attempt["response"] = answer and {"body": answer.body, "is_truncated": answer.is_truncated}
    return public


def send_test(caller: Caller, webhook_id: str, event: str) -> Delivery:
    """A delivery of an example of the event, which is attempted once. Raises NotFound, Conflict."""
    webhook = _find_enabled(caller, webhook_id)
    deliveries = deliveries_of(caller.workspace_id, caller.mode, webhook.id)
    ordinal = deliveries.reserve()
    event_id, now = ids.new_id("evt"), clock.timestamp()
    delivery = Delivery(
        pk=deliveries_key(caller.workspace_id, caller.mode, webhook.id),
        sk=member_key(ordinal),
        id=ids.child_id("dlv", webhook.id, ordinal),
        event=event,
        event_id=event_id,
        event_date=now[:10],
        payload={"event": event, "created_at": now, "data": catalogue.example_of(event), "id": event_id},
        status="pending",
        tries=0,
        attempts=[],
        created_at=now,
        version=1,
    )
    transaction = Transaction()
    transaction.put(delivery, Delivery.pk.does_not_exist())
    deliveries.count_in(transaction, ordinal)
    transaction.commit()
    tasks.send([tasks.Attempt(caller.workspace_id, caller.mode, delivery.id, "try-1")])
    return delivery


def resend(caller: Caller, webhook_id: str, delivery_id: str) -> Delivery:
    """Wish for one more attempt. Raises NotFound, Conflict."""
    _find_enabled(caller, webhook_id)
    delivery = _find(caller, webhook_id, delivery_id)
    if len(delivery.attempts) >= _ATTEMPTS_MAX:
        raise Conflict(f"This delivery was attempted {_ATTEMPTS_MAX} times; that is the limit.")
    tasks.send([tasks.Attempt(caller.workspace_id, caller.mode, delivery.id, _new_cause())])
    return delivery


def recover(caller: Caller, webhook_id: str, since: datetime) -> str:
    """Wish for an attempt of all that has failed since then. Raises NotFound, Conflict, InvalidRequest."""
    webhook = _find_enabled(caller, webhook_id)
    now = clock.epoch()
    if not now - _RECOVERABLE_SECONDS <= since.timestamp() <= now:
        raise InvalidRequest.at(("body.since", "Must be within the last 14 days."))
    text = clock.timestamp(since.timestamp())
    before = ids.ORDINAL_LIMIT
    tasks.send([tasks.Recover(caller.workspace_id, caller.mode, webhook.id, _new_cause(), text, before)])
    return text


def _find(caller: Caller, webhook_id: str, delivery_id: str) -> Delivery:
    if ids.parent_of("dlv", "whk", delivery_id) != webhook_id:
        raise NotFound("There is no such delivery.")
    return find_delivery(caller.workspace_id, caller.mode, delivery_id)


def _find_enabled(caller: Caller, webhook_id: str) -> Webhook:
    webhook = find_webhook(caller.workspace_id, caller.mode, webhook_id)
    if not webhook.enabled:
        raise Conflict("The webhook is disabled. Enable it first.")
    return webhook


def _new_cause() -> str:
    return f"resend-{secrets.token_hex(8)}"
