"""Two AWS calls at once, where neither needs the other's answer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

First = TypeVar("First")
Second = TypeVar("Second")

_THREADS = 4


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS)


def both(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """Run `second` in a thread and `first` here; both have ended when this returns or raises."""
    running = _threads().submit(second)
    try:
        answer = first()
    except BaseException:
        running.exception()
        raise
    return answer, running.result()
