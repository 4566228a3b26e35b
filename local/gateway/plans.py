"""Usage plans: which keys they hold, and how fast each key may go (a token bucket per key)."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_FRESH_SECONDS = 5.0


@dataclass
class _Bucket:
    rate: float
    burst: int
    tokens: float
    filled_at: float

    def take(self, now: float) -> bool:
        self.tokens = min(self.burst, self.tokens + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class UsagePlans:
    """The usage plans in moto, where the project's own code puts keys into them. Read anew when a key is not known."""

    def __init__(self, client: Callable[[str], Any]):
        self._client = client
        self._limits: dict[str, tuple[float, int] | None] = {}
        self._buckets: dict[str, _Bucket] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def admits(self, key: str) -> bool:
        """Whether the plan of `key` lets one more request through now. `KeyError` when no plan has the key."""
        await self._refresh(key)
        limits = self._limits[key]
        return limits is None or self._bucket(key, *limits).take(time.monotonic())

    async def _refresh(self, key: str) -> None:
        asked_at = time.monotonic()
        async with self._reading:
            is_stale = asked_at - self._read_at > _FRESH_SECONDS
            if is_stale or (key not in self._limits and self._read_at < asked_at):
                self._limits = await asyncio.to_thread(_read, self._client("apigateway"))
                self._read_at = time.monotonic()

    def _bucket(self, key: str, rate: float, burst: int) -> _Bucket:
        bucket = self._buckets.get(key)
        if not bucket or (bucket.rate, bucket.burst) != (rate, burst):
            bucket = self._buckets[key] = _Bucket(rate, burst, burst, time.monotonic())
        return bucket


def _read(apigateway: Any) -> dict[str, tuple[float, int] | None]:
    limits: dict[str, tuple[float, int] | None] = {}
    for plan in apigateway.get_usage_plans()["items"]:
        throttle = plan.get("throttle")
        limit = (float(throttle["rateLimit"]), int(throttle["burstLimit"])) if throttle else None
        for key in apigateway.get_usage_plan_keys(usagePlanId=plan["id"])["items"]:
            limits[key["value"]] = limit
    return limits
