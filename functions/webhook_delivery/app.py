"""Delivers events to webhooks, one task of the queue at a time."""

from typing import Any

from lambdify.observability import logger
from lambdify.webhooks import tasks

from . import service


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Do the tasks of a batch. Those that fail stay in the queue and come again."""
    failed = [record["messageId"] for record in event["Records"] if not _done(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _done(record: dict[str, Any]) -> bool:
    try:
        service.do(tasks.from_text(record["body"]))
    except service.Busy:
        logger.info("webhook_delivery_busy", message_id=record["messageId"])
        return False
    except Exception:  # noqa: BLE001 - one bad task must not take the batch with it; the queue's redrive counts.
        logger.exception("webhook_task_failed", message_id=record["messageId"])
        return False
    return True
