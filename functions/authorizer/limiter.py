"""The exact rate limit: one conditional write per request (docs/limits.md).

A workspace's live or test half has one counter item: `window_ends_at`, `taken`, and in `by_key` what each key with a
lower limit of its own took. The first request after the window's end opens the next one; the others are counted in
it. Each write carries its condition, so DynamoDB decides, and no two requests can take the same place.
"""

import logging
import math
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from lambdify import clock
from lambdify.errors import Unavailable
from lambdify.settings import settings

from .database import FAILURES, Item, dynamodb, number
from .records import Record

WINDOW_SECONDS = 60

_REMEMBERED_MAX = 10_000
# A write that another one forestalled is tried the other way; a third try is more than can happen in one window.
_ATTEMPTS = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Count:
    """The outcome. The numbers are the key's own where it has a lower limit."""

    is_admitted: bool
    limit: int
    remaining: int
    ends_at: float
    """When the window ends, in seconds since 1970."""


class Limiter:
    """Counts requests. It remembers windows, which saves writes; what it remembers never admits a request."""

    def __init__(self) -> None:
        self._ends: dict[str, float] = {}
        self._spent: dict[tuple[str, int, int | None], Count] = {}

    def count(self, record: Record) -> Count:
        """Take a place in the window. Raises Unavailable when that fails and LIMITER_FAILURE is `closed`."""
        now = clock.epoch()
        spent = self._spent.get(_spender(record))
        if spent is not None and now < spent.ends_at:
            return spent
        try:
            count = self._write(record, now)
        except FAILURES:
            logger.exception("A request could not be counted.")
            return _uncounted(record, now)
        self._remember(record, count)
        return count

    def _write(self, record: Record, now: float) -> Count:
        opens = self._ends.get(_pk(record), 0) <= now
        for _ in range(_ATTEMPTS):
            is_done, counter = _update(_opening(record, now) if opens else _taking(record, now))
            if is_done:
                return _outcome(record, counter, is_admitted=True)
            opens = (number(counter, "window_ends_at") or 0) <= now
            if not opens and _outcome(record, counter, is_admitted=False).remaining == 0:
                return _outcome(record, counter, is_admitted=False)
        logger.error("Windows ended faster than a request could be counted; are the clocks right?")
        return _uncounted(record, now)

    def _remember(self, record: Record, count: Count) -> None:
        if len(self._ends) >= _REMEMBERED_MAX or len(self._spent) >= _REMEMBERED_MAX:
            self._ends.clear()
            self._spent.clear()
        self._ends[_pk(record)] = count.ends_at
        if not count.is_admitted:
            self._spent[_spender(record)] = count


def _pk(record: Record) -> str:
    return f"{record.workspace_id}#{record.mode}"


def _spender(record: Record) -> tuple[str, int, int | None]:
    """The limits belong to it, because a window that is spent has room again when they are raised."""
    return record.key_id, record.limit, record.key_limit


def _limit(record: Record) -> int:
    return record.limit if record.key_limit is None else record.key_limit


def _opening(record: Record, now: float) -> dict[str, Any]:
    """The write that opens a window with this request in it."""
    by_key = {} if record.key_limit is None else {record.key_id: {"N": "1"}}
    return {
        "Key": {"pk": {"S": _pk(record)}},
        "UpdateExpression": "SET window_ends_at = :ends, taken = :one, by_key = :keys",
        "ConditionExpression": "attribute_not_exists(pk) OR window_ends_at <= :now",
        "ExpressionAttributeValues": {
            ":now": _number(now),
            ":ends": _number(now + WINDOW_SECONDS),
            ":one": {"N": "1"},
            ":keys": {"M": by_key},
        },
    }


def _taking(record: Record, now: float) -> dict[str, Any]:
    """The write that counts this request in the open window."""
    update = "SET taken = taken + :one"
    condition = "window_ends_at > :now AND taken < :limit"
    values = {":now": _number(now), ":one": {"N": "1"}, ":limit": {"N": str(record.limit)}}
    names = {}
    if record.key_limit is not None:
        update += ", by_key.#key = if_not_exists(by_key.#key, :zero) + :one"
        condition += " AND (attribute_not_exists(by_key.#key) OR by_key.#key < :key_limit)"
        values |= {":zero": {"N": "0"}, ":key_limit": {"N": str(record.key_limit)}}
        names = {"ExpressionAttributeNames": {"#key": record.key_id}}
    return {
        "Key": {"pk": {"S": _pk(record)}},
        "UpdateExpression": update,
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values,
        **names,
    }


def _update(write: dict[str, Any]) -> tuple[bool, Item]:
    """Whether the write was done, and the counter: the new one, or the one that forbade it."""
    try:
        answer = dynamodb().update_item(
            TableName=settings.counters_table,
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **write,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False, error.response.get("Item", {})
    return True, answer["Attributes"]


def _outcome(record: Record, counter: Item, *, is_admitted: bool) -> Count:
    remaining = record.limit - int(number(counter, "taken") or 0)
    if record.key_limit is not None:
        taken_by_key = int(number(counter["by_key"]["M"], record.key_id) or 0)
        remaining = min(remaining, record.key_limit - taken_by_key)
    return Count(is_admitted, _limit(record), max(0, remaining), number(counter, "window_ends_at") or 0)


def _uncounted(record: Record, now: float) -> Count:
    if settings.limiter_failure == "closed":
        raise Unavailable("A request could not be counted.")
    return Count(True, _limit(record), _limit(record) - 1, now + WINDOW_SECONDS)


def _number(seconds: float) -> dict[str, str]:
    return {"N": f"{math.floor(seconds * 1000) / 1000:.3f}"}
