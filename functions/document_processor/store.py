"""Writes chunks. Those of the same file always get the same keys, so writing them again changes nothing."""

import random
import time
from collections.abc import Sequence
from typing import Any

from lambdify.errors import Unavailable
from lambdify.settings import settings
from lambdify.store.base import connection
from lambdify.store.counted_list import member_key
from lambdify.store.documents import Chunk as StoredChunk

from .extraction.chunking import Chunk

_BATCH = 25  # What one BatchWriteItem takes.
_ATTEMPTS = 8
_PAUSE_SECONDS = 0.05


def write_chunks(pk: str, chunks: Sequence[Chunk]) -> None:
    """Write them all. Raises Unavailable when DynamoDB stays busy."""
    for start in range(0, len(chunks), _BATCH):
        numbered = enumerate(chunks[start : start + _BATCH], start)
        _write([{"PutRequest": {"Item": _item(pk, number, chunk)}} for number, chunk in numbered])


def _item(pk: str, number: int, chunk: Chunk) -> dict[str, Any]:
    stored = StoredChunk(pk=pk, sk=member_key(number), **{name: getattr(chunk, name) for name in chunk.__slots__})
    item: dict[str, Any] = stored.serialize()
    return item


def _write(requests: list[dict[str, Any]]) -> None:
    for attempt in range(_ATTEMPTS):
        answer = connection.client.batch_write_item(RequestItems={settings.documents_table: requests})
        requests = answer.get("UnprocessedItems", {}).get(settings.documents_table, [])
        if not requests:
            return
        time.sleep(random.uniform(0, _PAUSE_SECONDS * 2**attempt))  # noqa: S311
    raise Unavailable("DynamoDB is busy and has not written all chunks.")
