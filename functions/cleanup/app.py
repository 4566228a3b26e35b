"""Removes what deleted applications and conversations owned, piece by piece."""

from typing import Any

from lambdify.cleanup import Cleanup, send_cleanup
from lambdify.observability import logger

from .service import clean_up

_RESERVE_MILLISECONDS = 10_000


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """A queue's batch. What is not finished in time goes on in a later message."""

    def has_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > _RESERVE_MILLISECONDS)

    failures = []
    for record in event["Records"]:
        try:
            cleanup = Cleanup.from_text(record["body"])
            if not clean_up(cleanup, has_time):
                send_cleanup(cleanup)
        except Exception:  # noqa: BLE001 - whatever it is, the message comes again, and in the end to the dead letters.
            logger.exception("A cleanup failed.", message_id=record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
