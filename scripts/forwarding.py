"""Lends a loopback port to another address of this machine."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread


@contextmanager
def forwarding(host: str, port: int) -> Iterator[int]:
    """Forward a free port of `host` to `port` of the loopback while the block runs; yields the free port."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pour(reader, to_writer), _pour(to_reader, writer))

    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(forward, host, 0), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):  # Either side may leave at any time; the other one is then told so.
        while content := await reader.read(65_536):
            writer.write(content)
            await writer.drain()
    writer.close()
