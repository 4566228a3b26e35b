"""The runner starts and ends cleanly, and new code is picked up without losing data."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from local.stack import started
from local.template import ROOT

SAMPLE = Path(__file__).parent / "sample"
KEY = {"Authorization": "Bearer fine"}


def children(pid: int) -> list[int]:
    """The processes that `pid` started."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = (map(int, line.split()) for line in listed.splitlines())
    return [child for child, parent in pairs if parent == pid]


def is_running(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def wait(holds: Callable[[], bool], seconds: float = 10) -> float:
    """How long it took until `holds`; the test fails when it never does."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < seconds, "it never came to that"
        time.sleep(0.02)
    return time.monotonic() - start


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_within_a_second(number: signal.Signals) -> None:
    with started("--template", str(SAMPLE / "template.yaml")) as stack:
        assert httpx.get(f"{stack.base_url}/echo", headers=KEY).status_code == 200
        processes = children(stack.process.pid)
        assert len(processes) >= 3
        stack.process.send_signal(number)

        assert wait(lambda: stack.process.poll() is not None) < 1
        assert stack.process.returncode == 0
        assert not [pid for pid in processes if is_running(pid)]
        assert "Traceback" not in (stack.state / "output").read_text()


def test_killing_the_runner_leaves_no_process_behind() -> None:
    with started("--template", str(SAMPLE / "template.yaml")) as stack:
        processes = children(stack.process.pid)
        stack.process.kill()

        wait(lambda: not any(is_running(pid) for pid in processes))


def test_a_port_in_use_is_said_in_one_line_with_the_remedy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = subprocess.run(
            [sys.executable, "-m", "local", "--port", str(port)], cwd=ROOT, capture_output=True, text=True
        )

    assert run.returncode == 1
    assert run.stderr.strip() == f"Port {port} is in use. Choose another one: make serve PORT={port + 1}"


def test_an_unknown_resource_is_named_and_refused(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text((SAMPLE / "template.yaml").read_text() + "  Odd:\n    Type: AWS::Neptune::DBCluster\n")
    run = subprocess.run(
        [sys.executable, "-m", "local", "--port", "0", "--template", str(template)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert run.returncode == 1
    assert "does not know AWS::Neptune::DBCluster (resource Odd)" in run.stderr


def test_changed_code_is_served_and_data_is_kept(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(SAMPLE, project)
    code = project / "functions" / "echo" / "app.py"
    with started("--template", str(project / "template.yaml")) as stack:
        dynamodb = stack.client("dynamodb")
        dynamodb.put_item(TableName="things-local", Item={"pk": {"S": "kept"}})
        code.write_text('def handler(event, context):\n    return {"statusCode": 200, "body": "new"}\n')

        wait(lambda: httpx.get(f"{stack.base_url}/echo", headers=KEY).text == "new")
        assert "Item" in dynamodb.get_item(TableName="things-local", Key={"pk": {"S": "kept"}})

        (project / "template.yaml").touch()
        wait(lambda: "restart to apply it" in (stack.state / "output").read_text())


def test_the_file_of_keys_is_for_the_owner_only_and_can_be_sourced() -> None:
    with started("--template", str(SAMPLE / "template.yaml"), "--no-reload") as stack:
        env = stack.state / "env"
        assert env.stat().st_mode & 0o777 == 0o600
        shown = subprocess.run(
            ["sh", "-c", f". {env} && echo $DIFY_BASE_URL"], capture_output=True, text=True, check=True
        ).stdout

    assert shown.strip() == stack.base_url
    assert stack.base_url.endswith("/v1")
