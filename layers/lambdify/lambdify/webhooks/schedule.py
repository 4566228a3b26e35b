"""Decides what follows an attempt: pure, so that the whole schedule of 75 hours runs on a virtual clock in no time.

The delays are Standard Webhooks' example schedule; jitter and the clamping of Retry-After are Svix's.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from enum import Enum

_MINUTE = 60.0
_HOUR = 60 * _MINUTE
_JITTER = 0.2

_OK = range(200, 300)
_TOO_MANY_REQUESTS = 429
_GONE = 410


@dataclass(frozen=True, slots=True)
class Schedule:
    """When to try again; all in seconds."""

    delays: tuple[float, ...] = (
        5,
        5 * _MINUTE,
        30 * _MINUTE,
        2 * _HOUR,
        5 * _HOUR,
        10 * _HOUR,
        14 * _HOUR,
        20 * _HOUR,
        24 * _HOUR,
    )
    """The wait before attempt 2, 3, …; attempt 1 is at once."""
    overload_delay_min: float = _MINUTE
    """The shortest wait for an endpoint that says 429, or says nothing in time."""
    disable_after: float = 5 * 24 * _HOUR
    """How long an endpoint may fail, without one success, until it is disabled."""

    @property
    def attempts_max(self) -> int:
        """Attempts in all."""
        return len(self.delays) + 1

    def shortened(self, factor: float) -> "Schedule":
        """The same schedule with every time divided by `factor`: for the local stack, where nobody waits three days."""
        return replace(
            self,
            delays=tuple(delay / factor for delay in self.delays),
            overload_delay_min=self.overload_delay_min / factor,
            disable_after=self.disable_after / factor,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: with the status of an answer, or, when none came, with the word of a `NetworkError`."""

    status: int | None = None
    error: str | None = None
    retry_after: str | None = None
    """The answer's header of that name."""

    @property
    def is_success(self) -> bool:
        """Any 2xx. A redirect is a failure: it would lead to an address that nobody has checked."""
        return self.status in _OK

    @property
    def is_overload(self) -> bool:
        """The endpoint asks for, or seems to need, fewer requests."""
        return self.status == _TOO_MANY_REQUESTS or self.error == "timeout"


class Verdict(Enum):
    """What becomes of a delivery after an attempt."""

    DELIVERED = "delivered"
    RETRY = "retry"
    EXHAUSTED = "exhausted"
    GONE = "gone"
    """The endpoint said 410: it is to be disabled, and the delivery ends."""


@dataclass(frozen=True, slots=True)
class Step:
    """The verdict and, for a retry, its time in seconds since 1970."""

    verdict: Verdict
    retry_at: float | None = None


def next_step(schedule: Schedule, attempt: int, outcome: Outcome, now: float, draw: Callable[[], float]) -> Step:
    """What follows attempt number `attempt` (from 1). `draw` gives numbers from 0 to 1, as `random.random`."""
    if outcome.is_success:
        return Step(Verdict.DELIVERED)
    if outcome.status == _GONE:
        return Step(Verdict.GONE)
    if attempt >= schedule.attempts_max:
        return Step(Verdict.EXHAUSTED)
    return Step(Verdict.RETRY, now + _delay(schedule, attempt, outcome, now, draw()))


def is_dead(schedule: Schedule, failing_since: float | None, now: float) -> bool:
    """Whether an endpoint has only failed for so long that it should be disabled."""
    return failing_since is not None and now - failing_since >= schedule.disable_after


def _delay(schedule: Schedule, attempt: int, outcome: Outcome, now: float, drawn: float) -> float:
    delay = schedule.delays[attempt - 1] * (1 - _JITTER + 2 * _JITTER * drawn)
    if outcome.is_overload:
        delay = max(delay, schedule.overload_delay_min)
    # The endpoint may ask for more patience, but neither for a hurry nor for a place beyond the schedule.
    wished = _seconds_wished(outcome.retry_after, now)
    return min(max(delay, wished), 2 * delay)


def _seconds_wished(retry_after: str | None, now: float) -> float:
    """Retry-After as seconds from now: a number or an HTTP date (RFC 9110, 10.2.3); 0 when it is neither."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        # A longer number is clamped anyway, and int() would take its time over a header full of digits.
        return float(text[:12])
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError):
        return 0.0
