"""The retry schedule on a virtual clock."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdify.webhooks.schedule import Outcome, Schedule, Verdict, is_dead, next_step

SCHEDULE = Schedule()
NOW = 1_800_000_000.0
HOUR = 3600.0
FAILED = Outcome(status=500)


def wait(attempt: int, outcome: Outcome, drawn: float = 0.5) -> float:
    """Seconds until the next attempt; a draw of 0.5 is no jitter."""
    step = next_step(SCHEDULE, attempt, outcome, NOW, lambda: drawn)
    assert step.verdict is Verdict.RETRY
    assert step.retry_at is not None
    return step.retry_at - NOW


def test_whole_schedule_is_ten_attempts_over_75_hours_in_under_a_second() -> None:
    started = time.perf_counter()
    now, attempts = NOW, [NOW]
    while (step := next_step(SCHEDULE, len(attempts), FAILED, now, lambda: 0.5)).verdict is Verdict.RETRY:
        assert step.retry_at is not None
        now = step.retry_at
        attempts.append(now)

    assert step.verdict is Verdict.EXHAUSTED
    waits = [later - earlier for earlier, later in pairwise(attempts)]
    assert waits == [5, 300, 1800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]
    assert 75 * HOUR < attempts[-1] - NOW < 76 * HOUR
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    assert next_step(SCHEDULE, 1, Outcome(status), NOW, lambda: 0.5).verdict is Verdict.DELIVERED


@pytest.mark.parametrize("status", [101, 199, 300, 301, 302, 304, 307, 308, 400, 401, 404, 408, 418, 500, 503, 599])
def test_any_other_status_is_tried_again(status: int) -> None:
    assert wait(1, Outcome(status)) == 5


@pytest.mark.parametrize("word", ["dns", "refused_address", "connect", "tls", "too_large", "protocol"])
def test_no_answer_is_tried_again(word: str) -> None:
    assert wait(1, Outcome(error=word)) == 5


def test_gone_ends_the_delivery_at_once() -> None:
    assert next_step(SCHEDULE, 1, Outcome(410), NOW, lambda: 0.5).verdict is Verdict.GONE


@pytest.mark.parametrize("outcome", [Outcome(429), Outcome(error="timeout")])
def test_overloaded_endpoint_is_left_alone_for_a_minute(outcome: Outcome) -> None:
    assert wait(1, outcome) == 60
    assert wait(2, outcome) == 300


@pytest.mark.parametrize(
    ("attempt", "retry_after", "seconds"),
    [
        (2, "400", 400),
        (2, "1", 300),
        (2, "100000", 600),
        (2, "9" * 5000, 600),
        (2, format_datetime(datetime.fromtimestamp(NOW + 450, UTC), usegmt=True), 450),
        (2, format_datetime(datetime.fromtimestamp(NOW - 450, UTC), usegmt=True), 300),
        (2, "Fri, 31 Dec 9999 23:59:59 GMT", 600),
        (2, "soon", 300),
        (2, "", 300),
        (2, "-5", 300),
        (2, "٣", 300),
        (2, None, 300),
    ],
)
def test_retry_after_is_honoured_from_once_to_twice_the_delay(
    attempt: int, retry_after: str | None, seconds: float
) -> None:
    assert wait(attempt, Outcome(503, retry_after=retry_after)) == seconds


def test_retry_after_of_429_counts_from_a_minute() -> None:
    assert wait(1, Outcome(429, retry_after="90")) == 90
    assert wait(1, Outcome(429, retry_after="1000")) == 120


@given(st.integers(1, 9), st.floats(0, 1, exclude_max=True), st.integers(0, 10**9))
def test_wait_stays_within_jitter_and_twice_it(attempt: int, drawn: float, retry_after: int) -> None:
    nominal = SCHEDULE.delays[attempt - 1]

    assert 0.8 * nominal <= wait(attempt, FAILED, drawn) + 1e-6
    assert wait(attempt, FAILED, drawn) <= 1.2 * nominal + 1e-6
    assert wait(attempt, Outcome(503, retry_after=str(retry_after)), drawn) <= 2.4 * nominal + 1e-6


@given(st.text(max_size=60))
def test_any_retry_after_gives_a_time(retry_after: str) -> None:
    assert 300 <= wait(2, Outcome(503, retry_after=retry_after)) <= 600


def test_endpoint_is_dead_after_five_days_of_failures_only() -> None:
    five_days = 5 * 24 * HOUR

    assert is_dead(SCHEDULE, NOW - five_days, NOW)
    assert not is_dead(SCHEDULE, NOW - five_days + 1, NOW)
    assert not is_dead(SCHEDULE, None, NOW)


def test_shortened_schedule_keeps_its_shape() -> None:
    short = SCHEDULE.shortened(1000)

    assert short.attempts_max == 10
    assert short.delays[0] == 0.005
    assert short.disable_after == SCHEDULE.disable_after / 1000
    assert next_step(short, 1, Outcome(429), NOW, lambda: 0.5).retry_at == pytest.approx(NOW + 0.06)
