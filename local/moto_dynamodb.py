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
    return found.get(sort) if found and sort is not None else found


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
    def query(self: Table, hash_key: DynamoType | None, *args: Any, **kwargs: Any) -> Any:
        index_name = kwargs.get("index_name", args[6] if len(args) > 6 else None)
        with lock:
            self.queried_partition = None if index_name else hash_key  # type: ignore[attr-defined]
            try:
                return original(self, hash_key, *args, **kwargs)
            finally:
                self.queried_partition = None  # type: ignore[attr-defined]

    return query


def _items_in_question(original: Callable[[Table], list[Item]]) -> Callable[[Table], list[Item]]:
    def all_items(self: Table) -> list[Item]:
        partition = getattr(self, "queried_partition", None)
        if partition is None:
            return original(self)
        found: Any = self.items.get(partition, {})
        return list(found.values()) if self.range_key_attr else [found] if found else []

    return all_items
