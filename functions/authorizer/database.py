"""The authorizer's DynamoDB client, and what it reads with it."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdify.aws.clients import client

Item = dict[str, Any]
"""An item as DynamoDB sends it: `{"name": {"S": "text"}}`."""

FAILURES = (BotoCoreError, ClientError)

_READ_SECONDS = 1
_READ_ATTEMPTS = 2


def dynamodb() -> Any:
    """The client. It never repeats a call by itself: a repeated count would count twice."""
    return client("dynamodb", read_seconds=_READ_SECONDS, attempts=1)


def read(table: str, pk: str, sk: str) -> Item | None:
    """The item as it is now, or None. Reading twice does no harm, so a failed read is tried again."""
    for attempt in range(1, _READ_ATTEMPTS + 1):
        try:
            answer = dynamodb().get_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True)
        except FAILURES:
            if attempt == _READ_ATTEMPTS:
                raise
        else:
            item: Item | None = answer.get("Item")
            return item
    raise AssertionError("unreachable")


def text(item: Item, name: str) -> str:
    """A text attribute; empty when it is not there."""
    value: str = item.get(name, {}).get("S", "")
    return value


def number(item: Item, name: str) -> float | None:
    """A number attribute; None when it is not there."""
    value = item.get(name, {}).get("N")
    return None if value is None else float(value)
