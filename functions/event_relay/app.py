"""Reads the outbox's stream and sends each event's work to the queues."""

from typing import Any

from lambdify.observability import logger
from lambdify.store.outbox import Event

from .service import relay

Record = dict[str, Any]


def handler(event: dict[str, Any], _context: Any) -> dict[str, list[dict[str, str]]]:
    """A stream's batch, in order. From the first record that fails on, Lambda delivers again."""
    for record in event["Records"]:
        change = record["dynamodb"]
        try:
            relay(Event.from_raw_data(change["NewImage"]))
        except Exception:  # noqa: BLE001 - whatever it is, the record comes again, and in the end to the dead letters.
            logger.exception("An event could not be carried on.", sequence_number=change["SequenceNumber"])
            return {"batchItemFailures": [{"itemIdentifier": change["SequenceNumber"]}]}
    return {"batchItemFailures": []}
