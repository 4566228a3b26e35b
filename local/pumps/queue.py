"""From an SQS queue to a function."""

import asyncio
import base64
import json
import time
from collections.abc import Callable
from typing import Any

from local.functions import Function, RequestTooLarge, TooManyRequests
from local.intrinsics import REGION
from local.pumps.mapping import Mapping
from local.pumps.outcome import failed_items
from local.pumps.source import Source

_RECEIVE_MAX = 10  # SQS's own limit for one call, as for deletions.
_WAIT_SECONDS = 20
Message = dict[str, Any]


class QueuePump:
    """Receives batches, has them handled, deletes what succeeded. What failed comes back when it is visible again."""

    def __init__(self, mapping: Mapping, function: Function, source: Source, report: Callable[[str], None]):
        self._mapping = mapping
        self._function = function
        self._source = source
        self._report = report
        self._slots = asyncio.Semaphore(mapping.concurrency)
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Pump until cancelled."""
        name = self._mapping.source_arn.split(":")[-1]
        url = (await self._source.call("sqs", "get_queue_url", QueueName=name))["QueueUrl"]
        try:
            while True:
                await self._slots.acquire()
                self._start(url, await self._receive(url))
        finally:
            for task in self._under_way:
                task.cancel()

    def _start(self, url: str, batch: list[Message]) -> None:
        task = asyncio.create_task(self._handle(url, batch))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(lambda _: self._slots.release())

    async def _receive(self, url: str) -> list[Message]:
        """The next batch, gathered for as long as the mapping's window."""
        batch = await self._receive_some(url, self._mapping.batch_size, _WAIT_SECONDS)
        end = time.monotonic() + self._mapping.window_seconds
        while batch and (room := self._mapping.batch_size - len(batch)) > 0 and time.monotonic() < end:
            batch += await self._receive_some(url, room, 1)
        return batch

    async def _receive_some(self, url: str, count: int, wait_seconds: int) -> list[Message]:
        answer = await self._source.call(
            "sqs",
            "receive_message",
            QueueUrl=url,
            MaxNumberOfMessages=min(count, _RECEIVE_MAX),
            WaitTimeSeconds=wait_seconds,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[Message] = answer.get("Messages", [])
        return messages

    async def _handle(self, url: str, batch: list[Message]) -> None:
        records = {message["MessageId"]: _record(message, self._mapping.source_arn) for message in batch}
        wanted = {key: record for key, record in records.items() if self._mapping.wants(_filtered(record))}
        failed = await self._failures(wanted) if wanted else set()
        # What no filter wants is deleted too, as Lambda does.
        done = [message for message in batch if message["MessageId"] not in failed]
        for start in range(0, len(done), _RECEIVE_MAX):
            entries = [
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                for index, message in enumerate(done[start : start + _RECEIVE_MAX])
            ]
            await self._source.call("sqs", "delete_message_batch", QueueUrl=url, Entries=entries)

    async def _failures(self, records: dict[str, Message]) -> set[str]:
        event = json.dumps({"Records": list(records.values())}).encode()
        try:
            outcome = await self._function.invoke(event)
        except (RequestTooLarge, TooManyRequests) as error:
            self._report(f"{self._function.definition.logical_id}: {type(error).__name__} for a batch of its queue")
            return set(records)
        return failed_items(outcome, list(records), reports_failures=self._mapping.reports_failures)


def _record(message: Message, source_arn: str) -> Message:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": source_arn,
        "awsRegion": REGION,
    }


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    binary = base64.b64encode(value["BinaryValue"]).decode() if "BinaryValue" in value else None
    filled = {"stringValue": value.get("StringValue"), "binaryValue": binary}
    return {
        **{name: text for name, text in filled.items() if text is not None},
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }


def _filtered(record: Message) -> Message:
    """The record as filters see it: a body of JSON is looked into."""
    try:
        return {**record, "body": json.loads(record["body"])}
    except ValueError:
        return record
