"""SQS queues, with their dead-letter queues."""

import json
from collections.abc import Callable
from typing import Any

from local.intrinsics import Made

_ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DelaySeconds",
    "FifoQueue",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
)


def create(client: Callable[[str], Any], logical_id: str, properties: dict[str, Any]) -> Made:
    """Create one queue."""
    sqs = client("sqs")
    fallback = f"{logical_id}.fifo" if properties.get("FifoQueue") else logical_id
    name = properties.get("QueueName", fallback)
    attributes = {field: _text(properties[field]) for field in _ATTRIBUTES if field in properties}
    if redrive := properties.get("RedrivePolicy"):
        attributes["RedrivePolicy"] = json.dumps(redrive)
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return Made(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
