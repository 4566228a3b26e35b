"""A value that is costly to read and may be a little old."""

from collections.abc import Callable
from typing import Generic, TypeVar

from lambdify import clock

T = TypeVar("T")

FRESH_SECONDS = 300.0


class Cached(Generic[T]):
    """Reads its value when it is first asked for, and anew once it is older than `FRESH_SECONDS`."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._read_at = float("-inf")
        self._value: T

    def get(self) -> T:
        """The value. What reading raises is raised, and nothing is kept of it."""
        if not 0 <= clock.epoch() - self._read_at < FRESH_SECONDS:
            self._value = self._read()
            self._read_at = clock.epoch()
        return self._value

    def forget(self) -> None:
        """Read anew at the next call."""
        self._read_at = float("-inf")
