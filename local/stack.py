"""Starts the stack for tests and scripts: the same `python -m local`, on a free port, in a process of its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.session import Session

from local.intrinsics import REGION
from local.template import ROOT

_STOP_SECONDS = 10


@dataclass(frozen=True)
class Stack:
    """A running stack."""

    base_url: str
    """With the stage, without a slash at the end."""
    keys: dict[str, str]
    """The variables of `.lambdify/env`, by name."""
    state: Path
    """Where its logs are."""
    process: subprocess.Popen[str]

    def client(self, service: str) -> Any:
        """A client of the stack's AWS, which is moto; of Lambda too, to invoke its functions."""
        return Session().create_client(
            service,
            REGION,
            endpoint_url=self.keys["LAMBDIFY_AWS_URL"],
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(read_timeout=60, retries={"total_max_attempts": 1}),
        )


@contextmanager
def started(*arguments: str) -> Iterator[Stack]:
    """A running stack, ended with the block. `arguments` are those of `python -m local`."""
    with tempfile.TemporaryDirectory(prefix="lambdify-") as folder:
        state = Path(folder)
        output = state / "output"
        with output.open("w") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "local", "--port", "0", "--state", folder, *arguments],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=stream,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
            )
        try:
            keys = _wait_until_ready(process, output, state / "env")
            yield Stack(keys["DIFY_BASE_URL"], keys, state, process)
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def _wait_until_ready(process: "subprocess.Popen[str]", output: Path, env: Path) -> dict[str, str]:
    while not any(line.startswith("health") for line in output.read_text().splitlines()):
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        raise RuntimeError(f"The stack did not start:\n{output.read_text()}")
    exports = (line.removeprefix("export ") for line in env.read_text().splitlines())
    return dict(line.split("=", 1) for line in exports)
