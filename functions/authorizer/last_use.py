"""Writes a key's `last_used_at`, at most once a minute and beside the request: its failure fails nothing."""

import logging
from threading import Thread

from botocore.exceptions import ClientError

from lambdify import clock
from lambdify.settings import settings
from lambdify.store.key_addresses import keys_key

from .database import FAILURES, dynamodb
from .records import Record

EVERY_SECONDS = 60
_REMEMBERED_MAX = 10_000

logger = logging.getLogger(__name__)


class LastUse:
    """Remembers when it last wrote for which key."""

    def __init__(self) -> None:
        self._noted: dict[str, float] = {}

    def note(self, record: Record) -> Thread | None:
        """Begin to write that the key is used now; None when that was written a moment ago."""
        now = clock.epoch()
        if now - self._noted.get(record.key_id, 0) < EVERY_SECONDS:
            return None
        if len(self._noted) >= _REMEMBERED_MAX:
            self._noted.clear()
        self._noted[record.key_id] = now
        thread = Thread(target=_write, args=(record, now), daemon=True)
        thread.start()
        return thread


def _write(record: Record, now: float) -> None:
    pk = keys_key(record.workspace_id, record.mode)
    try:
        dynamodb().update_item(
            TableName=settings.keys_table,
            Key={"pk": {"S": pk}, "sk": {"S": record.member}},
            UpdateExpression="SET last_used_at = :now",
            # The condition speaks for all environments: one of them writes in a minute.
            ConditionExpression="id = :id AND (attribute_not_exists(last_used_at) OR last_used_at <= :before)",
            ExpressionAttributeValues={
                ":id": {"S": record.key_id},
                ":now": {"S": clock.timestamp(now)},
                ":before": {"S": clock.timestamp(now - EVERY_SECONDS)},
            },
        )
    except FAILURES as error:
        is_written = (
            isinstance(error, ClientError) and error.response["Error"]["Code"] == "ConditionalCheckFailedException"
        )
        if not is_written:
            logger.warning("last_used_at was not written: %s", error)
