"""Makes moto's DynamoDB atomic, as DynamoDB is.

As it comes, moto checks a condition and writes in two steps that other threads can come between. It undoes a cancelled
transaction by putting back a deep copy of whole tables, and with it loses what others wrote meanwhile. The first update
of an item leaves two stream records. A query reads the whole table. `install` mends these for the whole process.
"""

import copy
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import RLock
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

lock = RLock()  # One request at a time: the interpreter runs one at a time anyway.
_installed = False


def install() -> None:
    """Mend moto in this process. A second call does nothing."""
    global _installed
    if _installed:
        return
    _installed = True
    _replace(DynamoHandler, "call_action", _one_at_a_time)
    _replace(DynamoDBBackend, "transact_write_items", _undone_when_cancelled)
    _replace(DynamoDBBackend, "update_item", _one_stream_record)
    _replace(Table, "query", _within_partition)
    _replace(Table, "all_items", _items_in_question)
    setattr(Table, "__deepcopy__", _no_copy)  # noqa: B010 - moto's class does not declare it.


def _replace(owner: type, name: str, wrapper: Callable[[Any], Any]) -> None:
    original = getattr(owner, name)
    setattr(owner, name, wraps(original)(wrapper(original)))


def _one_at_a_time(original: Callable[..., Any]) -> Callable[..., Any]:
    def call_action(self: DynamoHandler) -> Any:
        with lock:
            return original(self)

    return call_action


def _undone_when_cancelled(original: Callable[..., Any]) -> Callable[..., Any]:
    def transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> Any:
        with lock, _undo_on_error(_touched(self, transact_items)):
            return original(self, transact_items)

    return transact_write_items


def _one_stream_record(original: Callable[..., Any]) -> Callable[..., Any]:
    def update_item(self: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        table = self.get_table(table_name)
        with lock, _undo_on_error([(table, key)]):
            records = len(table.stream_shard.items) if table.stream_shard else 0
            item = original(self, table_name, key, *args, **kwargs)
            if table.stream_shard:
                _keep_last_record(table, records)
            return item

    return update_item


def _keep_last_record(table: Table, before: int) -> None:
    """Of the records that one update of a new item left, keep the last: the first one holds only the key."""
    assert table.stream_shard
    added = table.stream_shard.items[before:]
    if len(added) > 1:
        added[-1].record["dynamodb"]["SequenceNumber"] = added[0].record["dynamodb"]["SequenceNumber"]
        table.stream_shard.items[before:] = added[-1:]


Touched = Iterable[tuple[Table, dict[str, Any]]]


def _touched(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> Touched:
    """The tables and keys that a transaction names, as far as they are well-formed: moto refuses the rest itself."""
    for entry in transact_items:
        for operation in entry.values():
            table = backend.tables.get(operation.get("TableName", ""))
            key = operation.get("Key") or operation.get("Item") or {}
            if table and all(name in key for name in table.table_key_attrs):
                yield table, {name: key[name] for name in table.table_key_attrs}


@contextmanager
def _undo_on_error(touched: Touched) -> Iterator[None]:
    """Put back the items, and forget the stream records, of what raises."""
    items = [(table, key, copy.deepcopy(_find(table, key))) for table, key in touched]
    streams = [(table.stream_shard, len(table.stream_shard.items)) for table, _, _ in items if table.stream_shard]
    try:
        yield
    except BaseException:
        for table, key, item in items:
            _put_back(table, key, item)
        for shard, length in streams:
            del shard.items[length:]
        raise


def _keys(table: Table, key: dict[str, Any]) -> tuple[DynamoType, DynamoType | None]:
    return DynamoType(key[table.hash_key_attr]), DynamoType(key[table.range_key_attr]) if table.range_key_attr else None


def _find(table: Table, key: dict[str, Any]) -> Any:
    if any(name not in key for name in table.table_key_attrs):
        return None
    partition, sort = _keys(table, key)
    found: Any = table.items.get(partition)
    # A partition that has lost its last item is an empty dictionary, not an item.
    return found if sort is None else (found or {}).get(sort)


def _put_back(table: Table, key: dict[str, Any], item: Item | None) -> None:
    if any(name not in key for name in table.table_key_attrs):
        return
    partition, sort = _keys(table, key)
    items: Any = table.items
    place, name = (items, partition) if sort is None else (items[partition], sort)
    if item is None:
        place.pop(name, None)
    else:
        place[name] = item


def _no_copy(self: Table, _memo: dict[int, Any]) -> Table:
    """What moto takes for its backup is the table itself: the undo above makes the copy needless."""
    return self


def _within_partition(original: Callable[..., Any]) -> Callable[..., Any]:
    def query(
        self: Table,
        hash_key: DynamoType,
        comparison: str | None,
        values: list[DynamoType],
        limit: int,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        _start_key, _is_forward, _projection, index_name, *_ = args
        question = None if index_name else (hash_key, comparison, values)
        with lock:
            self.question = question  # type: ignore[attr-defined]
            try:
                results, scanned, last_key = original(self, hash_key, comparison, values, limit, *args, **kwargs)
            finally:
                self.question = None  # type: ignore[attr-defined]
        if last_key is None and not index_name and limit and len(results) == limit:
            # DynamoDB stops at the limit without looking whether anything follows.
            last_key = self._get_last_evaluated_key(results[-1], None)
        return results, scanned, last_key

    return query


def _items_in_question(original: Callable[[Table], list[Item]]) -> Callable[[Table], list[Item]]:
    def all_items(self: Table) -> list[Item]:
        question = getattr(self, "question", None)
        if question is None:
            return original(self)
        partition, comparison, values = question
        found: Any = self.items.get(partition, {})
        if not self.range_key_attr:
            return [found] if found else []
        return [item for item in found.values() if not comparison or item.range_key.compare(comparison, values)]

    return all_items
