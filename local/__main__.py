"""`python -m local`: the stack, until Ctrl-C."""

import argparse
import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from local.console import Console
from local.resources import UnknownResource
from local.runner import Options, prewarm, running
from local.seed import NEEDED, SeedFailed, seed, write_env
from local.serving import PortInUse
from local.template import ROOT, read

# Local variables that go on to every function: secrets that a laptop keeps in its environment, not in a template.
_PASSED = ("OPENAI_COMPATIBLE_API_KEY",)
_LOCAL = {"Environment": "local"}
# A laptop's webhooks may listen on the laptop.
_LAPTOP = {"ALLOW_LOOPBACK": "true"}


def main() -> None:
    """Run the stack; the exit status is 1 when it could not start."""
    options = _options()
    console = Console()
    try:
        asyncio.run(_serve(options, console))
    except PortInUse:
        sys.exit(f"Port {options.port} is in use. Choose another one: make serve PORT={options.port + 1}")
    except (SeedFailed, UnknownResource, ValueError) as error:
        sys.exit(f"The stack could not start: {error}")
    # All has ended and is written; taking the interpreter apart would keep the prompt away for half a second.
    sys.stdout.flush()
    os._exit(0)


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m local", description="Run the whole stack on this machine.")
    parser.add_argument("--port", type=int, default=8000, help="port of the API; 0 takes a free one")
    parser.add_argument("--template", type=Path, default=ROOT / "template.yaml")
    parser.add_argument("--state", type=Path, default=ROOT / ".lambdify", help="folder for `env` and the logs")
    parser.add_argument("--parameter-overrides", nargs="*", default=[], metavar="NAME=VALUE")
    parser.add_argument("--no-reload", action="store_true", help="do not watch the code")
    arguments = parser.parse_args()
    overrides = dict(pair.split("=", 1) for pair in arguments.parameter_overrides)
    return Options(
        template=read(arguments.template, _LOCAL | overrides),
        port=arguments.port,
        state=arguments.state.resolve(),
        passed=_LAPTOP | {name: os.environ[name] for name in _PASSED if name in os.environ},
        first=NEEDED,
        is_reloading=not arguments.no_reload,
    )


async def _serve(options: Options, console: Console) -> None:
    started = time.perf_counter()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with running(options, console) as stack:
        variables = await seed(stack.functions, stack.base_url) | {"LAMBDIFY_AWS_URL": stack.moto.endpoint}
        write_env(options.state / "env", variables)
        prewarm(stack)
        console.banner(variables, stack.api, options.state / "env")
        console.line(f"health  ok: ready after {time.perf_counter() - started:.1f} s. Ctrl-C ends it.")
        await stopped.wait()


if __name__ == "__main__":
    main()
