"""Starts a pump for each event source mapping of the template."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from local.functions import Functions
from local.moto import Moto
from local.pumps.mapping import Mapping, read_mapping
from local.pumps.queue import QueuePump
from local.pumps.source import Source
from local.pumps.stream import StreamPump
from local.resources import Created

Report = Callable[[str], None]


@asynccontextmanager
async def pumping(created: Created, functions: Functions, moto: Moto, report: Report) -> AsyncIterator[None]:
    """Follow every event source while the block runs. `report` gets a line for each event that is given up."""
    mappings = [read_mapping(created, name) for name in created.named("AWS::Lambda::EventSourceMapping")]
    # A long poll holds a thread; a queue also wants one to delete with, and one per batch in flight.
    threads = ThreadPoolExecutor(max_workers=4 * len(mappings) + 1, thread_name_prefix="pump")
    pumps = [
        _pump(mapping, functions, Source(moto, threads, report), report) for mapping in mappings if mapping.is_enabled
    ]
    tasks = [asyncio.create_task(pump.run()) for pump in pumps]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        threads.shutdown(wait=False, cancel_futures=True)  # Threads in a long poll end when moto does.


def _pump(mapping: Mapping, functions: Functions, source: Source, report: Report) -> Any:
    kind = QueuePump if ":sqs:" in mapping.source_arn else StreamPump
    return kind(mapping, functions[mapping.function], source, report)
