"""Processes uploaded files: S3 tells of each in a queue, and tells more than once."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from lambdify.observability import logger

from .service import Upload, give_up, process

ATTEMPTS_MAX = 3
"""After so many, the file is to blame: it ends as `failed`, and the queue goes on."""

Record = dict[str, Any]


def handler(event: dict[str, Any], _context: Any) -> dict[str, list[dict[str, str]]]:
    """A queue's batch. What fails comes again."""
    failures = []
    for record in event["Records"]:
        try:
            _handle(record)
        except Exception:  # noqa: BLE001 - whatever it is, the message comes again, and in the end the file has failed.
            logger.exception("A file could not be processed.", message_id=record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _handle(record: Record) -> None:
    is_last = int(record["attributes"]["ApproximateReceiveCount"]) >= ATTEMPTS_MAX
    for upload in _uploads(json.loads(record["body"])):
        if is_last:
            logger.error("A file failed too often.", document_id=upload.document_id)
            give_up(upload)
        else:
            process(upload)


def _uploads(notification: dict[str, Any]) -> Iterator[Upload]:
    """S3 also sends a test event without records, when its notifications are set up."""
    for entry in notification.get("Records", []):
        found = entry["s3"]["object"]
        yield Upload.from_key(unquote_plus(found["key"]), found.get("versionId"))
