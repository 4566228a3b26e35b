"""Starts moto in its own process, and makes clients of it."""

import asyncio
import os
import sys
from contextlib import suppress
from functools import cache
from typing import Any

from local.definitions import CREDENTIALS
from local.intrinsics import REGION


class Moto:
    """A running moto. `endpoint` is its address."""

    def __init__(self, process: asyncio.subprocess.Process, port: int):
        self._process = process
        self.endpoint = f"http://127.0.0.1:{port}"
        self.client = cache(self._make_client)

    @classmethod
    async def start(cls, invoke_port: int) -> "Moto":
        """Start moto; functions that it invokes are invoked through the runner at `invoke_port`."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "local.moto_process", "--invoke-port", str(invoke_port)),
            env={**os.environ, **CREDENTIALS, "AWS_DEFAULT_REGION": REGION, "MOTO_DISABLE_GLOBAL_CORS": "true"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the runner, which ends this in its turn.
        )
        assert process.stdout
        line = await process.stdout.readline()
        if not line:
            raise RuntimeError("moto did not start: run `python -m local.moto_process --invoke-port 1` to see why")
        return cls(process, int(line))

    async def stop(self) -> None:
        """End it, and with it all data."""
        with suppress(ProcessLookupError):  # It may be gone already.
            self._process.kill()
        await self._process.wait()

    def _make_client(self, service: str) -> Any:
        from botocore.config import Config
        from botocore.session import Session

        return Session().create_client(
            service,
            REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(read_timeout=60, retries={"total_max_attempts": 1}, max_pool_connections=50),
        )
