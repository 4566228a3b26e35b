"""Servers at the other end of the wire: LiteLLM's proxy, which others wrote, and one that misbehaves as it is told."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import moto.core.models  # noqa: F401 - moto sees only AWS sessions made after this, and tests of Bedrock make one.
import pytest

from tests.contract.models.fault_server import FaultServer

HERE = Path(__file__).parent
LITELLM = HERE.parent.parent.parent / ".venv/litellm/bin/litellm"
_START_SECONDS = 60


@pytest.fixture(scope="session")
def litellm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of LiteLLM's proxy. It gets no variable of ours, so it can neither find credentials nor need any."""
    assert LITELLM.exists(), "`make test` installs LiteLLM into its own virtual environment."
    home = tmp_path_factory.mktemp("litellm")
    port = _free_port()
    command = [str(LITELLM), "--config", str(HERE / "litellm.yaml"), "--host", "127.0.0.1", "--port", str(port)]
    environment = {"PATH": os.defpath, "HOME": str(home), "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_DOCS": "True"}
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
    try:
        _await_ready(f"http://127.0.0.1:{port}/health/liveliness", process)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()  # It would wait for its slow answers otherwise.
        process.wait()


@pytest.fixture
def fault_server() -> Iterator[FaultServer]:
    """A server that answers each connection with the next of its scripted behaviours."""
    with FaultServer() as server:
        yield server


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _await_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"LiteLLM ended with status {process.returncode}."
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(f"LiteLLM was not ready after {_START_SECONDS} s.")
