"""`python -m scripts.sam_local`: the built artifacts in Lambda's containers, with moto as AWS: docs/sam-local.md."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import yaml

from local import stack
from scripts.forwarding import forwarding

ROOT = Path(__file__).parents[1]
BUILT = ROOT / ".aws-sam/build"
_START_SECONDS = 240  # SAM first makes an image with the layers.
_STOP_SECONDS = 30


def main() -> None:
    """Serve until Ctrl-C, or with `--check` until one request was answered; the exit status tells how."""
    parser = argparse.ArgumentParser(prog="python -m scripts.sam_local")
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument("--check", action="store_true", help="end after one GET /models")
    arguments = parser.parse_args()
    with ExitStack() as held:
        keys = held.enter_context(stack.started("--no-reload")).keys
        aws_url = held.enter_context(_containers_reach(keys["LAMBDIFY_AWS_URL"]))
        sam = held.enter_context(_sam(aws_url, arguments.port))
        base_url = f"http://127.0.0.1:{arguments.port}"
        answer = _first_answer(sam, base_url, keys["DIFY_API_KEY"])
        print(f"GET /models answered {answer.status_code}: {answer.text[:200]}")
        if arguments.check:
            sys.exit(0 if answer.is_success else 1)
        print(f"\nexport DIFY_BASE_URL={base_url}\nexport DIFY_API_KEY={keys['DIFY_API_KEY']}\n", flush=True)
        with suppress(KeyboardInterrupt):
            sam.wait()


@contextmanager
def _containers_reach(url: str) -> Iterator[str]:
    """An address at which containers reach `url`, which listens on the loopback only."""
    command = ["docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Subnet}}"]
    subnet = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    bridge = str(ip_network(subnet)[1])  # This machine's own address in Docker's network.
    port = urlsplit(url).port
    assert port
    with forwarding(bridge, port) as forwarded:
        yield f"http://{bridge}:{forwarded}"


@contextmanager
def _sam(aws_url: str, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    command: list[str | Path] = [
        ROOT / ".venv/sam/bin/sam",
        "local",
        "start-api",
        "--template",
        _template(aws_url),
        "--port",
        str(port),
    ]
    command += ["--skip-pull-image", "--warm-containers", "LAZY"]
    command += ["--parameter-overrides", "Architecture=x86_64 Environment=local"]
    credentials = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "us-east-1"}
    process = subprocess.Popen(command, env={**os.environ, **credentials, "SAM_CLI_TELEMETRY": "0"})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def _template(aws_url: str) -> Path:
    """The built template, whose functions find AWS at `aws_url`: SAM passes only variables that a template sets."""
    document = yaml.safe_load((BUILT / "template.yaml").read_text())
    document["Globals"]["Function"]["Environment"]["Variables"]["AWS_ENDPOINT_URL"] = aws_url
    path = BUILT / "local.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def _first_answer(sam: "subprocess.Popen[bytes]", base_url: str, key: str) -> httpx.Response:
    ends = time.monotonic() + _START_SECONDS
    while sam.poll() is None and time.monotonic() < ends:
        try:
            return httpx.get(f"{base_url}/models", headers={"Authorization": f"Bearer {key}"}, timeout=_START_SECONDS)
        except httpx.ConnectError:
            time.sleep(0.5)
    sys.exit("SAM did not start: see above.")


if __name__ == "__main__":
    main()
