"""Moves events to functions as Lambda's event source mappings do: from queues and from tables' streams."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from local.console import Console
from local.functions import Functions
from local.moto import Moto
from local.resources import Created


@asynccontextmanager
async def pumping(created: Created, functions: Functions, moto: Moto, console: Console) -> AsyncIterator[None]:
    """Follow every event source mapping of the template while the block runs."""
    yield
