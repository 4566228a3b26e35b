"""The counted list keeps its promises whatever the order of appends and deletes."""

import random
import secrets
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdify.store.applications import Application
from lambdify.store.base import connection
from lambdify.store.counted_list import CountedList, member_key
from lambdify.store.transaction import Transaction
from tests.calls import counted_calls


class Numbers:
    """A list of applications named by their ordinals, beside a plain list that says what is right."""

    def __init__(self) -> None:
        self.pk = f"ws#test#{secrets.token_hex(8)}"
        self.list = CountedList(Application, self.pk)
        self.right: list[int] = []

    def append(self, *, skip: int = 0) -> int:
        ordinal = self.list.reserve(1 + skip) + skip
        transaction = Transaction()
        transaction.put(self._item(ordinal), Application.pk.does_not_exist())
        self.list.count_in(transaction, ordinal)
        transaction.commit()
        self.right.append(ordinal)
        return ordinal

    def remove(self, ordinal: int) -> None:
        transaction = Transaction()
        transaction.delete(self._item(ordinal), Application.pk.exists())
        self.list.count_out(transaction, ordinal)
        transaction.commit()
        self.right.remove(ordinal)

    def page(self, number: int, limit: int, *, newest_first: bool = True) -> tuple[list[int], int]:
        page = self.list.page(number, limit, newest_first=newest_first)
        return [int(item.sk) for item in page.items], page.total

    def _item(self, ordinal: int) -> Application:
        text: Any = dict.fromkeys(("id", "name", "description", "mode", "created_at", "updated_at"), "x")
        return Application(pk=self.pk, sk=member_key(ordinal), config={}, version=1, **text)


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(["append", "gap", "remove"]), st.integers(0, 10**6)), max_size=30),
    limit=st.integers(1, 7),
    newest_first=st.booleans(),
)
def test_pages_are_the_list_cut_in_pieces_and_the_total_its_length(
    aws: None, steps: list[tuple[str, int]], limit: int, newest_first: bool
) -> None:
    numbers = Numbers()
    for step, seed in steps:
        if step == "remove" and numbers.right:
            numbers.remove(numbers.right[seed % len(numbers.right)])
        else:
            numbers.append(skip=seed % 20_000 if step == "gap" else 0)
    expected = sorted(numbers.right, reverse=newest_first)

    for number in range(1, len(expected) // limit + 3):
        items, total = numbers.page(number, limit, newest_first=newest_first)
        assert items == expected[(number - 1) * limit : number * limit]
        assert total == len(expected)


def test_page_400_reads_what_page_1_reads() -> None:
    numbers = Numbers()
    _fill(numbers, 900)
    for ordinal in random.Random(7).sample(numbers.right, 90):
        numbers.remove(ordinal)

    with counted_calls() as first:
        numbers.page(1, 2)
    with counted_calls() as late:
        items, _ = numbers.page(400, 2)

    assert items == sorted(numbers.right, reverse=True)[798:800]
    assert late.items_read <= first.items_read
    assert len(late.names) <= len(first.names)


def test_a_member_that_is_gone_is_not_counted_out_twice() -> None:
    numbers = Numbers()
    ordinal = numbers.append()
    numbers.remove(ordinal)
    numbers.right.append(ordinal)

    with pytest.raises(Exception, match="Another change came first"):
        numbers.remove(ordinal)
    assert numbers.page(1, 10) == ([], 0)


def _fill(numbers: Numbers, count: int) -> None:
    """Append quickly: one transaction for 20 members."""
    for _ in range(count // 20):
        first = numbers.list.reserve(20)
        transaction = Transaction()
        for ordinal in range(first, first + 20):
            transaction.put(numbers._item(ordinal))
        numbers.list.count_in(transaction, *range(first, first + 20))
        transaction.commit()
        numbers.right.extend(range(first, first + 20))


def test_the_connection_is_one() -> None:
    """A client of its own for each model would cost each cold start tens of milliseconds."""
    assert Application._get_connection().connection is connection
