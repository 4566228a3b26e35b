"""One fresh process: imports a handler, answers a first request and, when asked, many more. Prints CPU times.

Run without site-packages. It imports next to nothing itself, because what it imports is not counted.
"""

import importlib
import marshal
import os
import sys
import time

from wire import Wire  # type: ignore[import-not-found, unused-ignore]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_WARM_UP = 100
_BLOCKS = 5
_BLOCK = 100


class Context:
    """What a handler may ask of Lambda."""

    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "benchmark"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Milliseconds until Lambda would stop the function."""
        return 10_000


def main() -> None:
    """Arguments: the case's file, and `cold` or `warm`."""
    with open(sys.argv[1], "rb") as file:  # noqa: PTH123 - pathlib would be imported for this alone.
        case = marshal.load(file)
    wire = Wire(case["answers"])
    wire.install()
    modules, started = len(sys.modules), time.process_time_ns()
    handler = importlib.import_module(case["module"]).handler
    answer = handler(case["event"], Context)
    cold = time.process_time_ns() - started
    if answer.get("statusCode", 200) >= 300:
        raise SystemExit(f"The handler answered {answer}")
    found = {"cold": cold, "modules": len(sys.modules) - modules, "cold_requests": wire.requests}
    if sys.argv[2] == "warm":
        found["warm"], found["warm_requests"] = _warm(handler, case["event"], wire)
    print(repr(found), file=sys.stderr, flush=True)
    os._exit(0)


def _warm(handler: "Callable[..., object]", event: object, wire: Wire) -> tuple[float, float]:
    """CPU nanoseconds of one request, and how often it asked AWS."""
    for _ in range(_WARM_UP):
        handler(event, Context)
    requests, blocks = wire.requests, []
    for _ in range(_BLOCKS):
        started = time.process_time_ns()
        for _ in range(_BLOCK):
            handler(event, Context)
        blocks.append((time.process_time_ns() - started) / _BLOCK)
    return sorted(blocks)[_BLOCKS // 2], (wire.requests - requests) / _BLOCKS / _BLOCK


if __name__ == "__main__":
    main()
