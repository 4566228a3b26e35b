"""Watches the code, and lets the functions start anew when it changes. moto, and so the data, stays as it is."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from local.console import Console
from local.functions import Functions

_INTERVAL_SECONDS = 0.5
Snapshot = dict[Path, int]


@asynccontextmanager
async def watching(
    folders: Iterable[Path], template: Path, functions: Functions, console: Console
) -> AsyncIterator[None]:
    """Watch while the block runs."""
    task = asyncio.create_task(_watch(list(folders), template, functions, console))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _watch(folders: list[Path], template: Path, functions: Functions, console: Console) -> None:
    code = await asyncio.to_thread(_snapshot, folders)
    written = template.stat().st_mtime_ns
    while True:
        await asyncio.sleep(_INTERVAL_SECONDS)
        now = await asyncio.to_thread(_snapshot, folders)
        if now != code:
            changed = sorted(path.name for path, _ in set(now.items()) ^ set(code.items()))
            console.line(f"reload  {', '.join(dict.fromkeys(changed))}")
            functions.reload()
            code = now
        if template.exists() and template.stat().st_mtime_ns != written:
            written = template.stat().st_mtime_ns
            console.line(f"reload  {template.name} changed: restart to apply it (the data starts anew)")


def _snapshot(folders: list[Path]) -> Snapshot:
    """The Python files and when each was written."""
    found: Snapshot = {}
    for folder in folders:
        for path in folder.rglob("*.py"):
            with suppress(FileNotFoundError):  # An editor may replace a file between the two calls.
                found[path] = path.stat().st_mtime_ns
    return found
