"""What a task means for a delivery as it is now. Tasks come late, twice and out of order; this is their judge."""

from enum import Enum, auto

from lambdify.store.webhooks import Delivery

_TRY = "try-"


class Plan(Enum):
    """What to do with a task."""

    ATTEMPT = auto()
    POSTPONE = auto()
    """The attempt is not due yet."""
    SCHEDULE = auto()
    """The attempt was made; see that the next one is on its way, as a crash may have lost it."""
    CANCEL = auto()
    DROP = auto()


def cause_of_try(number: int) -> str:
    """The cause of the scheduled attempt `number`, from 1."""
    return f"{_TRY}{number}"


def is_scheduled(cause: str) -> bool:
    """Whether the attempt is one of the schedule, and not a wish for a resend."""
    return cause.startswith(_TRY)


def plan(delivery: Delivery, cause: str, *, is_enabled: bool, now: float) -> Plan:
    """Judge the attempt that `cause` asks for. `is_enabled` says whether the webhook is."""
    if is_scheduled(cause):
        return _plan_try(delivery, int(cause.removeprefix(_TRY)), is_enabled=is_enabled, now=now)
    was_made = any(attempt["cause"] == cause for attempt in delivery.attempts)
    return Plan.DROP if was_made or not is_enabled else Plan.ATTEMPT


def _plan_try(delivery: Delivery, number: int, *, is_enabled: bool, now: float) -> Plan:
    if delivery.status != "pending" or number not in (delivery.tries, delivery.tries + 1):
        return Plan.DROP
    if not is_enabled:
        return Plan.CANCEL
    if number == delivery.tries:
        return Plan.SCHEDULE
    is_due = delivery.next_attempt_at is None or now >= delivery.next_attempt_at
    return Plan.ATTEMPT if is_due else Plan.POSTPONE
