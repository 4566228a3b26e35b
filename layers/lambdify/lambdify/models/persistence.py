"""Tries a call to a provider again while that can help and time is left."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from lambdify import clock
from lambdify.observability import logger

from .base import FailureReason, failure

T = TypeVar("T")

ATTEMPTS = 3
_PAUSE_SECONDS = 0.25
_USEFUL_SECONDS = 1.0


class Passing(Exception):
    """An attempt failed in a way that may pass. `after` is how many seconds the provider asks to wait, if it does."""

    def __init__(self, reason: FailureReason, cause: str, *, after: float | None = None) -> None:
        super().__init__(f"{reason}: {cause}")
        self.reason = reason
        self.cause = cause
        self.after = after


def persist(provider: str, seconds: float, attempt: Callable[[float], T]) -> T:
    """What `attempt` returns; it is told how many seconds it may take.

    A Passing failure is tried again with full jitter, or as late as the provider asks, if a second is left by then;
    otherwise it is raised as ModelError.
    """
    deadline = clock.epoch() + seconds
    for number in range(1, ATTEMPTS + 1):
        try:
            return attempt(deadline - clock.epoch())
        except Passing as passing:
            logger.warning("model_call_failed", provider=provider, cause=passing.cause, attempt=number)
            pause = random.uniform(0, _PAUSE_SECONDS * 2**number) if passing.after is None else passing.after  # noqa: S311
            if number == ATTEMPTS or clock.epoch() + pause + _USEFUL_SECONDS > deadline:
                raise failure(provider, passing.reason) from passing
            time.sleep(pause)
    raise AssertionError("The last attempt returns or raises.")
