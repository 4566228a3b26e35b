"""Time, in one place, so that tests can move it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

_read: Callable[[], float] = time.time


def epoch() -> float:
    """Seconds since 1970, with fractions."""
    return _read()


def timestamp(seconds: float | None = None) -> str:
    """`seconds` (default: now) as ISO 8601 in UTC with milliseconds: `2026-01-31T09:30:00.000Z`."""
    instant = datetime.fromtimestamp(epoch() if seconds is None else seconds, UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(text: str) -> float:
    """The inverse of `timestamp`. Raises ValueError when `text` is not ISO 8601."""
    return datetime.fromisoformat(text).timestamp()


@contextmanager
def reading(source: Callable[[], float]) -> Iterator[None]:
    """Let `source` tell the time inside the block."""
    global _read
    before, _read = _read, source
    try:
        yield
    finally:
        _read = before
