"""Does the tasks of deliveries. Every step may be repeated: a task that was done once more changes nothing."""

import random
from typing import Any

from lambdify import clock, ids
from lambdify.errors import Conflict, NotFound
from lambdify.store.outbox import Event
from lambdify.store.webhooks import Delivery, Webhook, find_delivery, find_delivery_of_event, find_webhook
from lambdify.webhooks import tasks

from . import deleting, recovery, retries, store
from .plan import Plan, cause_of_try, is_scheduled, plan
from .sending import Sent, send
from .verdict import judge

_ATTEMPTS_TO_RECORD = 5


class Busy(Exception):
    """Another task is attempting this delivery; come again later."""


def do(task: tasks.Task) -> None:
    """Do the task. Raises Busy; anything else that is raised is a fault of ours or of AWS."""
    match task:
        case tasks.Open():
            _open(task)
        case tasks.Attempt():
            _attempt(task)
        case tasks.Recover():
            recovery.resend_failed(task)
        case tasks.Forget():
            deleting.forget(task)


def _open(task: tasks.Open) -> None:
    try:
        find_webhook(task.workspace_id, task.mode, task.webhook_id)
    except NotFound:
        return
    delivery = _delivery_of(task)
    if delivery is not None:
        _attempt(tasks.Attempt(task.workspace_id, task.mode, delivery.id, cause_of_try(1)))


def _delivery_of(task: tasks.Open) -> Delivery | None:
    """The event's delivery, opened now unless it is open; None when the outbox has lost the event to age."""
    wanted = (task.workspace_id, task.mode, task.webhook_id, task.event_id)
    found = find_delivery_of_event(*wanted)
    if found is not None:
        return found
    event = store.find_event(task.workspace_id, task.mode, task.event_date, task.event_id)
    if event is None:
        return None
    try:
        return store.open_delivery(task, event)
    except store.AlreadyOpen:
        return find_delivery_of_event(*wanted)


def _attempt(task: tasks.Attempt) -> None:
    try:
        delivery = find_delivery(task.workspace_id, task.mode, task.delivery_id)
        webhook = _webhook_of(task)
    except NotFound:
        return
    match plan(delivery, task.cause, is_enabled=bool(webhook.enabled), now=clock.epoch()):
        case Plan.ATTEMPT:
            _make(task, webhook, delivery)
        case Plan.POSTPONE:
            retries.postpone(task, float(delivery.next_attempt_at or 0))
        case Plan.SCHEDULE:
            _schedule_next(task, int(delivery.tries) + 1, float(delivery.next_attempt_at or 0))
        case Plan.CANCEL:
            store.cancel(delivery)
        case Plan.DROP:
            return


def _webhook_of(task: tasks.Attempt) -> Webhook:
    webhook_id = ids.parent_of("dlv", "whk", task.delivery_id)
    return find_webhook(task.workspace_id, task.mode, webhook_id or "")


def _make(task: tasks.Attempt, webhook: Webhook, delivery: Delivery) -> None:
    if not store.lease(delivery):
        raise Busy
    content = _content(task, delivery)
    if content is None:
        store.cancel(delivery)
        return
    started_at = clock.epoch()
    sent = send(webhook, delivery.event_id, content, int(started_at))
    try:
        result = _record(task, webhook, delivery, sent, started_at)
    except NotFound:
        return
    if result.next_attempt_at is not None and is_scheduled(task.cause):
        _schedule_next(task, result.tries + 1, result.next_attempt_at)


def _content(task: tasks.Attempt, delivery: Delivery) -> dict[str, Any] | None:
    """What is delivered: the same for every attempt; None when the outbox has lost the event to age."""
    if delivery.payload is not None:
        payload: dict[str, Any] = delivery.payload
        return payload
    event: Event | None = store.find_event(task.workspace_id, task.mode, delivery.event_date, delivery.event_id)
    if event is None:
        return None
    return {"event": event.event, "created_at": event.created_at, "data": event.data, "id": event.sk}


def _record(task: tasks.Attempt, webhook: Webhook, delivery: Delivery, sent: Sent, started_at: float) -> store.Result:
    """Keep the attempt. Raises NotFound when the webhook has been deleted, LeaseLost when another took over."""
    schedule = retries.SCHEDULE if delivery.payload is None else retries.ONCE
    for _ in range(_ATTEMPTS_TO_RECORD):
        result = judge(schedule, webhook, delivery, task.cause, sent, started_at, clock.epoch(), random.random)
        try:
            store.record(webhook, delivery, result)
        except store.LeaseLost:
            raise
        except Conflict:
            webhook = _webhook_of(task)
        else:
            return result
    raise Busy


def _schedule_next(task: tasks.Attempt, number: int, due_at: float) -> None:
    following = tasks.Attempt(task.workspace_id, task.mode, task.delivery_id, cause_of_try(number))
    retries.schedule(following, due_at)
