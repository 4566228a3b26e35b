"""Resends all that has failed since a time, a page of deliveries at a time."""

from lambdify import ids
from lambdify.store.counted_list import member_key
from lambdify.store.webhooks import Delivery, deliveries_key
from lambdify.webhooks import tasks

_PAGE = 100
_FAILED = ("exhausted", "cancelled")


def resend_failed(task: tasks.Recover) -> None:
    """Wish for a resend of each failed delivery on this page, then go on with the next."""
    page = _page(task)
    recent = [delivery for delivery in page if delivery.created_at >= task.since]
    wanted = [delivery for delivery in recent if delivery.status in _FAILED]
    following: list[tasks.Task] = [
        tasks.Attempt(task.workspace_id, task.mode, delivery.id, task.cause) for delivery in wanted
    ]
    if len(recent) == _PAGE:
        following.append(
            tasks.Recover(
                task.workspace_id,
                task.mode,
                task.webhook_id,
                task.cause,
                task.since,
                before=ids.ordinal_of(page[-1].id),
            )
        )
    tasks.send(following)


def _page(task: tasks.Recover) -> list[Delivery]:
    if task.before == 0:
        return []
    key = deliveries_key(task.workspace_id, task.mode, task.webhook_id)
    before = Delivery.sk.between(member_key(0), member_key(task.before - 1))
    return list(Delivery.query(key, before, scan_index_forward=False, limit=_PAGE, consistent_read=True))
