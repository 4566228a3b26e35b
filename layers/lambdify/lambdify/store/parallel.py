"""Two AWS calls at once, where neither needs the other's answer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
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
    answer, outcome = meanwhile(first, second)
    return answer, outcome()


def meanwhile(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Callable[[], Second]]:
    """As `both`, but what `second` returned or raised is had by calling what is returned: for failures that wait."""
    running = _threads().submit(second)
    try:
        answer = first()
    finally:
        wait([running])
    return answer, running.result
