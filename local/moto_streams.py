"""Lets GetRecords wait for records, in the local stack's moto only, so that an idle stream costs nothing to follow."""

import time
from threading import Condition
from typing import Any

from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import StreamShard
from moto.dynamodbstreams.models import DynamoDBStreamsBackend

from local.moto_dynamodb import lock

_WAIT_SECONDS = 10.0
_changed = Condition()


def install() -> None:
    """Make GetRecords wait for up to ten seconds when there is nothing new yet."""
    original_add = StreamShard.add
    original_get = DynamoDBStreamsBackend.get_records

    def add(self: StreamShard, old: Item | None, new: Item | None) -> None:
        with _changed:
            original_add(self, old, new)
            _changed.notify_all()

    def get_records(self: DynamoDBStreamsBackend, iterator_arn: str, limit: int) -> dict[str, Any]:
        iterator = self.shard_iterators.pop(iterator_arn)
        shard = iterator.stream_shard
        position = iterator.sequence_number - shard.starting_sequence_number
        end = time.monotonic() + _WAIT_SECONDS
        with _changed:
            _changed.wait_for(lambda: len(shard.items) > position, end - time.monotonic())
        self.shard_iterators[iterator_arn] = iterator
        try:
            with lock:  # A transaction that is being cancelled still has its records.
                return original_get(self, iterator_arn, limit)
        finally:
            del self.shard_iterators[iterator_arn]

    setattr(StreamShard, "add", add)  # noqa: B010 - mypy minds an assignment to a method.
    setattr(DynamoDBStreamsBackend, "get_records", get_records)  # noqa: B010
