"""From a table's stream to a function."""

import asyncio
import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.functions import Function, RequestTooLarge, TooManyRequests
from local.pumps.mapping import Mapping
from local.pumps.outcome import failed_items
from local.pumps.source import Source
from local.runtime_api import Outcome

_BACKOFF_SECONDS_MAX = 10.0
Record = dict[str, Any]


class StreamPump:
    """Follows a stream's one shard in order. A batch that fails is tried again before any later record."""

    def __init__(self, mapping: Mapping, function: Function, source: Source, report: Callable[[str], None]):
        self._mapping = mapping
        self._function = function
        self._source = source
        self._report = report
        self._shard_id = ""

    async def run(self) -> None:
        """Pump until cancelled."""
        iterator = await self._start()
        while True:
            answer = await self._source.call(
                "dynamodbstreams", "get_records", ShardIterator=iterator, Limit=self._mapping.batch_size
            )
            records = [_record(record, self._mapping.source_arn) for record in answer["Records"]]
            wanted = [record for record in records if self._mapping.wants(record)]
            if wanted:
                await self._deliver(wanted)
            iterator = answer["NextShardIterator"]

    async def _start(self) -> str:
        stream = self._mapping.source_arn
        answer = await self._source.call("dynamodbstreams", "describe_stream", StreamArn=stream)
        [shard] = answer["StreamDescription"]["Shards"]
        self._shard_id = shard["ShardId"]
        answer = await self._source.call(
            "dynamodbstreams",
            "get_shard_iterator",
            StreamArn=stream,
            ShardId=self._shard_id,
            ShardIteratorType=self._mapping.starting_position,
        )
        return str(answer["ShardIterator"])

    async def _deliver(self, records: list[Record], attempts: int = 0) -> None:
        """Have the function take the records, in halves if need be, until it does or its retries are spent."""
        while records:
            records = self._young_enough(records)
            left = await self._attempt(records)
            if not left:
                return
            if self._mapping.bisects and len(left) > 1 and len(left) == len(records):
                middle = len(left) // 2
                await self._deliver(left[:middle], attempts)
                await self._deliver(left[middle:], attempts)
                return
            if len(left) == len(records):
                attempts += 1
            records = left
            if self._mapping.retries is not None and attempts > self._mapping.retries:
                await self._give_up(records, attempts, "RetryAttemptsExhausted")
                return
            await asyncio.sleep(min(_BACKOFF_SECONDS_MAX, 0.1 * 2**attempts))

    async def _attempt(self, records: list[Record]) -> list[Record]:
        """The records that remain: from the first that failed on, for order is kept."""
        if not records:
            return []
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        failed = failed_items(await self._invoke(records), numbers, reports_failures=self._mapping.reports_failures)
        first = next((index for index, number in enumerate(numbers) if number in failed), len(records))
        return records[first:]

    async def _invoke(self, records: list[Record]) -> Outcome:
        try:
            return await self._function.invoke(json.dumps({"Records": records}).encode())
        except (RequestTooLarge, TooManyRequests) as error:
            return Outcome(json.dumps({"errorMessage": type(error).__name__}).encode(), is_error=True)

    def _young_enough(self, records: list[Record]) -> list[Record]:
        age = self._mapping.record_age_seconds
        if age is None:
            return records
        return [record for record in records if time.time() - record["dynamodb"]["ApproximateCreationDateTime"] <= age]

    async def _give_up(self, records: list[Record], attempts: int, condition: str) -> None:
        """Note where the records are, as Lambda does for a destination: the records themselves stay in the stream."""
        name = self._function.definition.logical_id
        self._report(f"{name}: gave up on {len(records)} records of {self._mapping.source_arn}")
        if not self._mapping.failures_arn:
            return
        queue = self._mapping.failures_arn.split(":")[-1]
        url = (await self._source.call("sqs", "get_queue_url", QueueName=queue))["QueueUrl"]
        note = self._note(records, attempts, condition)
        await self._source.call("sqs", "send_message", QueueUrl=url, MessageBody=json.dumps(note))

    def _note(self, records: list[Record], attempts: int, condition: str) -> dict[str, Any]:
        """https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html."""
        arrivals = [_instant(record["dynamodb"]["ApproximateCreationDateTime"]) for record in records]
        return {
            "requestContext": {
                "functionArn": self._function.definition.arn,
                "condition": condition,
                "approximateInvokeCount": attempts,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": _instant(time.time()),
            "DDBStreamBatchInfo": {
                "shardId": self._shard_id,
                "startSequenceNumber": records[0]["dynamodb"]["SequenceNumber"],
                "endSequenceNumber": records[-1]["dynamodb"]["SequenceNumber"],
                "approximateArrivalOfFirstRecord": arrivals[0],
                "approximateArrivalOfLastRecord": arrivals[-1],
                "batchSize": len(records),
                "streamArn": self._mapping.source_arn,
            },
        }


def _instant(epoch_seconds: float) -> str:
    return datetime.fromtimestamp(epoch_seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _record(record: Record, source_arn: str) -> Record:
    """The record as JSON can hold it."""
    change = dict(record["dynamodb"])
    change["ApproximateCreationDateTime"] = int(change["ApproximateCreationDateTime"].timestamp())
    return {**record, "dynamodb": _plain(change), "eventSourceARN": source_arn}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
