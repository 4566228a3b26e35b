"""A list in DynamoDB with an exact total, in which page 400 costs what page 1 costs (docs/decisions/0002).

Every member has an ordinal. Beside the members, which are items at sk = ordinal, the list's partition holds

    #root         total, next (the next free ordinal), and a count per node: n0, n1, …
    #node#000000  the ordinals 0 … 9,999: words w0 … w99, each a number whose 100 bits say which ordinals live

They change in the member's own transaction, so they are never wrong. To turn a position into an ordinal, walk the
root's counts to the node, the node's words to the word, the word's bits to the ordinal: two items read, whatever the
length. A word of 100 bits stays exact because DynamoDB's numbers have 38 digits.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pynamodb.expressions.condition import Condition

from lambdify.errors import Unavailable

from .base import Item, connection
from .parallel import both
from .transaction import Transaction

Member = TypeVar("Member", bound=Item)

_ROOT = "#root"
_NODE = "#node#"
_AFTER_MEMBERS = ":"  # The character after the digits.
_BATCH = 25  # What one BatchWriteItem takes.
_WORD_BITS = 100
_NODE_WORDS = 100
_NODE_ORDINALS = _WORD_BITS * _NODE_WORDS

Numbers = dict[str, int]


@dataclass(frozen=True, slots=True)
class Page(Generic[Member]):
    """One page of members, and the length of the whole list."""

    items: list[Member]
    total: int


def member_key(ordinal: int) -> str:
    """The sort key of the member with this ordinal."""
    return f"{ordinal:012d}"


class CountedList(Generic[Member]):
    """The list in partition `pk` of `model`'s table. Lists that share members may share the first one's ordinals."""

    def __init__(self, model: type[Member], pk: str) -> None:
        self._model = model
        self._table: str = model.Meta.table_name
        self.pk = pk

    def reserve(self, count: int = 1) -> int:
        """Take `count` ordinals that nobody else gets, and return the first. Unused ones leave a harmless gap."""
        answer = connection.client.update_item(
            TableName=self._table,
            Key=self._key(_ROOT),
            UpdateExpression="ADD #next :count",
            ExpressionAttributeNames={"#next": "next"},
            ExpressionAttributeValues={":count": {"N": str(count)}},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["next"]["N"]) - count

    def count_in(self, transaction: Transaction, *ordinals: int) -> None:
        """Let the transaction that writes the members count them. `ordinals` lie in one node's word or a few."""
        self._count(transaction, ordinals, 1)

    def count_out(self, transaction: Transaction, *ordinals: int) -> None:
        """Let the transaction that deletes the members, if they exist, count them out."""
        self._count(transaction, ordinals, -1)

    def total(self) -> int:
        """How many members there are: one read of one item."""
        answer = connection.client.get_item(TableName=self._table, Key=self._key(_ROOT), ConsistentRead=True)
        return _numbers(answer.get("Item", {})).get("total", 0)

    def page(self, number: int, limit: int, *, newest_first: bool = True) -> Page[Member]:
        """Page `number` (from 1) of `limit` members, ordered by ordinal. Past the end it is empty."""
        if number == 1:
            items, directory = both(lambda: self._range(None, limit, newest_first), self._directory)
            return Page(items, directory.get(_ROOT, {}).get("total", 0))
        directory = self._directory()
        root = directory.get(_ROOT, {})
        start = self._ordinal_at((number - 1) * limit, directory, newest_first)
        items = [] if start is None else self._range(start, limit, newest_first)
        return Page(items, root.get("total", 0))

    def remove_all(self, has_time: Callable[[], bool]) -> bool:
        """Remove the list and its members, uncounted: for lists that nobody reads any more. Whether it is finished."""
        while has_time():
            answer = connection.client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": self.pk}},
                ProjectionExpression="pk, sk",
                Limit=_BATCH,
                ConsistentRead=True,
            )
            if not answer["Items"]:
                return True
            self._delete([{"DeleteRequest": {"Key": key}} for key in answer["Items"]])
        return False

    def _delete(self, requests: list[dict[str, Any]]) -> None:
        answer = connection.client.batch_write_item(RequestItems={self._table: requests})
        if answer.get("UnprocessedItems"):
            raise Unavailable("DynamoDB is busy and has not deleted all items.")

    def _count(self, transaction: Transaction, ordinals: Iterable[int], sign: int) -> None:
        nodes: dict[int, Numbers] = {}
        for ordinal in ordinals:
            node, within = divmod(ordinal, _NODE_ORDINALS)
            word, bit = divmod(within, _WORD_BITS)
            words = nodes.setdefault(node, {})
            words[f"w{word}"] = words.get(f"w{word}", 0) + (sign << bit)
        root: Numbers = {"total": 0}
        for node, words in nodes.items():
            transaction.add_numbers(self._table, self.pk, f"{_NODE}{node:06d}", words)
            root[f"n{node}"] = sign * sum(abs(word).bit_count() for word in words.values())
        root["total"] = sum(count for name, count in root.items() if name != "total")
        transaction.add_numbers(self._table, self.pk, _ROOT, root)

    def _directory(self) -> dict[str, Numbers]:
        """The root and the newest node, by sort key: one call that suffices for a list of under 10,000 ordinals."""
        answer = connection.client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :node AND :root",
            ExpressionAttributeValues={":pk": {"S": self.pk}, ":node": {"S": _NODE}, ":root": {"S": _ROOT}},
            ScanIndexForward=False,
            Limit=2,
            ConsistentRead=True,
        )
        return {item["sk"]["S"]: _numbers(item) for item in answer["Items"]}

    def _node(self, node: int, directory: dict[str, Numbers]) -> Numbers:
        sk = f"{_NODE}{node:06d}"
        if sk not in directory:
            answer = connection.client.get_item(TableName=self._table, Key=self._key(sk), ConsistentRead=True)
            directory[sk] = _numbers(answer.get("Item", {}))
        return directory[sk]

    def _ordinal_at(self, position: int, directory: dict[str, Numbers], newest_first: bool) -> int | None:
        """The ordinal of the member that has `position` members before it, in this order."""
        step = -1 if newest_first else 1
        root = directory.get(_ROOT, {})
        nodes = sorted(int(name[1:]) for name in root if name[1:].isdigit())
        for node in nodes[::step]:
            if position >= root[f"n{node}"]:
                position -= root[f"n{node}"]
                continue
            words = self._node(node, directory)
            for word in range(_NODE_WORDS)[::step]:
                bits = words.get(f"w{word}", 0)
                if position < bits.bit_count():
                    bit = list(_set_bits(bits))[::step][position]
                    return node * _NODE_ORDINALS + word * _WORD_BITS + bit
                position -= bits.bit_count()
        return None

    def _range(self, start: int | None, limit: int, newest_first: bool) -> list[Member]:
        sk = self._model.sk
        # Members' keys are digits; the directory's `#` sorts before them.
        first, last = member_key(0), _AFTER_MEMBERS
        if start is not None and newest_first:
            last = member_key(start)
        elif start is not None:
            first = member_key(start)
        condition: Condition = sk.between(first, last)
        found = self._model.query(
            self.pk, condition, scan_index_forward=not newest_first, limit=limit, consistent_read=True
        )
        return list(found)

    def _key(self, sk: str) -> dict[str, Any]:
        return {"pk": {"S": self.pk}, "sk": {"S": sk}}


def _numbers(item: dict[str, Any]) -> Numbers:
    return {name: int(value["N"]) for name, value in item.items() if "N" in value}


def _set_bits(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
