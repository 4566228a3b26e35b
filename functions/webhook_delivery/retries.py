"""Brings a delivery's next attempt into the queue when it is due: SQS waits for minutes, Step Functions for hours."""

import json
import math
from dataclasses import replace

from botocore.exceptions import ClientError

from lambdify import clock
from lambdify.aws.clients import client
from lambdify.settings import settings
from lambdify.webhooks import tasks
from lambdify.webhooks.schedule import Schedule

_TIME_FACTOR = float(settings.webhook_time_factor)
_SQS_SECONDS_MAX = 900
_QUEUE_SECONDS_MAX = _SQS_SECONDS_MAX / _TIME_FACTOR

SCHEDULE = Schedule().shortened(_TIME_FACTOR)
ONCE = replace(SCHEDULE, delays=())
"""For tests of a webhook, which somebody is waiting for."""


def schedule(task: tasks.Attempt, due_at: float) -> None:
    """Let `task` arrive at `due_at`, in seconds since 1970. Doing so twice does no harm."""
    if due_at - clock.epoch() <= _QUEUE_SECONDS_MAX:
        postpone(task, due_at)
    else:
        _wait_in_machine(task, due_at)


def postpone(task: tasks.Attempt, due_at: float) -> None:
    """Let a task that came before `due_at` come again: then, or as late as SQS allows."""
    seconds = max(0, math.ceil(due_at - clock.epoch()))
    tasks.send([task], delay_seconds=min(seconds, _SQS_SECONDS_MAX))


def _wait_in_machine(task: tasks.Attempt, due_at: float) -> None:
    wait = {
        "due_at": clock.timestamp(math.ceil(due_at)),
        "task": tasks.to_text(task),
        "group": tasks.group_of(task),
    }
    try:
        client("stepfunctions").start_execution(
            stateMachineArn=settings.webhook_retry_machine_arn,
            name=f"{task.delivery_id}-{task.cause}",
            input=json.dumps(wait),
        )
    except ClientError as error:
        # The name is the attempt's own: somebody has begun to wait for it already.
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise
