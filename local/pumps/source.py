"""Calls moto from threads, so that waiting for events does not hold up the runner."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.moto import Moto

_PAUSE_SECONDS = 1.0


class Source:
    """moto's operations as coroutines."""

    def __init__(self, moto: Moto, threads: ThreadPoolExecutor, report: Callable[[str], None]):
        self._moto = moto
        self._threads = threads
        self._report = report

    async def call(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        """Call one operation, again and again until moto answers: an event source outlives a hiccup."""
        method = getattr(self._moto.client(service), operation)
        while True:
            try:
                loop = asyncio.get_running_loop()
                answer: dict[str, Any] = await loop.run_in_executor(self._threads, lambda: method(**request))
                return answer
            except (BotoCoreError, ClientError) as error:
                self._report(f"{service} {operation}: {error}")
                await asyncio.sleep(_PAUSE_SECONDS)
