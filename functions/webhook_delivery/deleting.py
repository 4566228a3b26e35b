"""Removes what a deleted webhook leaves behind."""

from lambdify.settings import settings
from lambdify.store.base import Item
from lambdify.store.webhooks import deliveries_key
from lambdify.webhooks import tasks

_PAGE = 200


class _Key(Item):
    """Any item of a webhook's partition, by its key alone."""

    class Meta:
        table_name = settings.webhooks_table


def forget(task: tasks.Forget) -> None:
    """Remove a page of the webhook's deliveries, then go on with the next. Answers go by their time to live."""
    key = deliveries_key(task.workspace_id, task.mode, task.webhook_id)
    page = list(_Key.query(key, limit=_PAGE, attributes_to_get=["pk", "sk"]))
    with _Key.batch_write() as batch:
        for item in page:
            batch.delete(item)
    if len(page) == _PAGE:
        tasks.send([task])
