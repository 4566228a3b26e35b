"""From what came back to what is kept. Pure."""

from collections.abc import Callable

from lambdify import clock
from lambdify.store.webhooks import Delivery, Webhook
from lambdify.webhooks.schedule import Schedule, Step, Verdict, is_dead, next_step

from .plan import is_scheduled
from .sending import Sent
from .store import Result

_STATUS = {
    Verdict.DELIVERED: "delivered",
    Verdict.RETRY: "pending",
    Verdict.EXHAUSTED: "exhausted",
    Verdict.GONE: "cancelled",
}


def judge(
    schedule: Schedule,
    webhook: Webhook,
    delivery: Delivery,
    cause: str,
    sent: Sent,
    started_at: float,
    now: float,
    draw: Callable[[], float],
) -> Result:
    """The attempt's result. `draw` is `random.random`, for jitter."""
    tries = int(delivery.tries)
    step = next_step(schedule, tries + 1, sent.outcome, now, draw)
    status, next_attempt_at = _STATUS[step.verdict], step.retry_at
    if is_scheduled(cause):
        tries += 1
    elif step.verdict in (Verdict.RETRY, Verdict.EXHAUSTED):
        # A resend that failed changes nothing: the schedule, if it still runs, goes on as before.
        status, next_attempt_at = delivery.status, delivery.next_attempt_at
    due = None if next_attempt_at is None else round(float(next_attempt_at), 3)
    number = len(delivery.attempts) + 1
    summary = {
        "number": number,
        "trigger": "schedule" if is_scheduled(cause) else "resend",
        "started_at": clock.timestamp(started_at),
        "duration_ms": round((now - started_at) * 1000),
        "status": sent.outcome.status,
        "error": sent.outcome.error,
        "next_attempt_at": None if due is None else clock.timestamp(due),
        "cause": cause,
    }
    return Result(
        summary=summary,
        status=status,
        tries=tries,
        next_attempt_at=due,
        response_body=sent.body,
        response_is_truncated=sent.is_truncated,
        succeeded=sent.outcome.is_success,
        disable_reason=_disable_reason(schedule, webhook, step, now),
    )


def _disable_reason(schedule: Schedule, webhook: Webhook, step: Step, now: float) -> str | None:
    if step.verdict is Verdict.GONE:
        return "gone"
    since = None if webhook.failing_since is None else float(webhook.failing_since)
    if step.verdict is not Verdict.DELIVERED and is_dead(schedule, since, now):
        return "failing"
    return None
