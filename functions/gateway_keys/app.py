"""Queue worker: gives each workspace a key of its own in API Gateway, in the usage plan of its tier."""

import json
import time
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from lambdify.settings import settings

from . import service

processor = BatchProcessor(event_type=EventType.SQS)


def handler(event: dict[str, Any], context: Any) -> Any:
    """Do a batch of messages; those that failed come back later, and after eight times go to the dead-letter queue."""
    return process_partial_response(event=event, record_handler=_handle, processor=processor, context=context)


def _handle(record: SQSRecord) -> None:
    calls_made = service.provide_gateway_key(json.loads(record.body)["workspace_id"])
    if calls_made:
        # API Gateway takes 5 of some calls a second per account, and others in the account want some of them.
        time.sleep(float(settings.gateway_keys_pause_seconds))
