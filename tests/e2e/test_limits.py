"""The rate limit is exact, however many ask at once."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable

import httpx

from local.stack import Stack


def test_of_200_simultaneous_requests_60_succeed(stack: Stack, new_key: Callable[..., str]) -> None:
    # Unlike `asyncio.run`, this leaves the thread its event loop, which the handlers of other tests run on.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        answers = runner.run(_at_once(stack.base_url, new_key(tier="free"), 200))

    assert Counter(answer.status_code for answer in answers) == {200: 60, 429: 140}
    remaining = sorted(int(answer.headers["x-ratelimit-remaining"]) for answer in answers if answer.is_success)
    assert remaining == list(range(60))
    assert all(answer.headers["x-ratelimit-limit"] == "60" for answer in answers)
    for answer in answers:
        wait = int(answer.headers["x-ratelimit-reset"]) - time.time()
        assert -1 <= wait <= 61
    for refused in (answer for answer in answers if answer.status_code == 429):
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.headers["x-ratelimit-remaining"] == "0"
        assert refused.json()["error"]["code"] == "rate_limit_exceeded"
        assert refused.json()["error"]["details"]["request_id"] == refused.headers["x-request-id"]


async def _at_once(base_url: str, key: str, count: int) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}, limits=limits, timeout=60) as client:
        return await asyncio.gather(*(client.get(f"{base_url}/models") for _ in range(count)))
