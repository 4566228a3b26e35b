"""`python -m benchmarks.cold_and_warm`: how much slower than raw handlers the built functions are, cold and warm.

Measures what `make build ARCHITECTURE=x86_64` left in .aws-sam/build, with an interpreter of the deployed version. Two
measurements stand in each other's way by chance only: each round takes both sides in the order A B B A, and the
ratio is the median of the rounds' ratios. Milliseconds are this machine's; ratios carry over.
"""

import argparse
import ast
import json
import marshal
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.cases import recorded_cases
from benchmarks.recording import Case
from scripts.build.interpreter import compile_all, find_interpreter

ROOT = Path(__file__).parents[1]
BUILT = ROOT / ".aws-sam/build"
STOCK = ROOT / ".aws-sam/stock"
RESULTS = ROOT / "benchmarks/results/cold_and_warm.json"

_COLUMNS = ("cold_ms", "raw_cold_ms", "cold_ratio", "modules", "warm_us", "raw_warm_us", "warm_ratio")
_LINE = "{:34}" + " {:>11}" * len(_COLUMNS)

Found = dict[str, float]


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description="Compare the built functions with raw handlers.")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--only", default="", help="part of a case's name")
    arguments = parser.parse_args()
    _install_stock()
    results = {}
    print(_LINE.format("request", *_COLUMNS))
    for case in [case for case in recorded_cases() if arguments.only in case.name]:
        result = results[case.name] = _measure(case, arguments.rounds)
        print(_LINE.format(case.name, *(round(result[name], 2) for name in _COLUMNS)), flush=True)
    if not arguments.only:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=2) + "\n")


def _measure(case: Case, rounds: int) -> Found:
    group = case.module.partition(".")[0]
    folder = "".join(part.title() for part in group.split("_")) + "Function"
    built = [BUILT / folder, BUILT / "DependenciesLayer/python", BUILT / "LambdifyLayer/python"]
    with tempfile.TemporaryDirectory() as directory:
        ours = _Side(case, case.module, built, Path(directory) / "ours")
        raw = _Side(case, "raw_handler", [STOCK], Path(directory) / "raw")
        ours.run("cold"), raw.run("cold")  # Fills the page cache.
        cold = [_round(ours, raw, "cold") for _ in range(rounds)]
        warm = [_round(ours, raw, "warm") for _ in range(max(3, rounds // 2))]
    return {
        "cold_ms": median(a["cold"] for a, _ in cold) / 1e6,
        "raw_cold_ms": median(b["cold"] for _, b in cold) / 1e6,
        "cold_ratio": median(a["cold"] / b["cold"] for a, b in cold),
        "modules": cold[0][0]["modules"],
        "raw_modules": cold[0][1]["modules"],
        "warm_us": median(a["warm"] for a, _ in warm) / 1e3,
        "raw_warm_us": median(b["warm"] for _, b in warm) / 1e3,
        "warm_ratio": median(a["warm"] / b["warm"] for a, b in warm),
        "aws_calls_cold": warm[0][0]["cold_requests"],
        "raw_aws_calls_cold": warm[0][1]["cold_requests"],
        "aws_calls_warm": warm[0][0]["warm_requests"],
        "raw_aws_calls_warm": warm[0][1]["warm_requests"],
    }


def _round(ours: "_Side", raw: "_Side", what: str) -> tuple[Found, Found]:
    runs = [ours.run(what), raw.run(what), raw.run(what), ours.run(what)]
    return _mean(runs[0], runs[3]), _mean(runs[1], runs[2])


def _mean(first: Found, second: Found) -> Found:
    return {name: (first[name] + second[name]) / 2 for name in first}


class _Side:
    """One of the two that are compared."""

    def __init__(self, case: Case, module: str, paths: list[Path], file: Path) -> None:
        content: dict[str, Any] = {"module": module, "event": case.event, "answers": case.answers()}
        file.write_bytes(marshal.dumps(content, 2))
        harness = str(ROOT / "benchmarks")
        self._command = [find_interpreter(), "-S", str(ROOT / "benchmarks/child.py"), str(file)]
        self._environment = {
            **{name: value for name, value in os.environ.items() if name.isupper() and "PYTHON" not in name},
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "AWS_LAMBDA_FUNCTION_NAME": "benchmark",
            "BENCHMARK_CALLS": case.raw_calls(),
            "PYTHONPATH": os.pathsep.join([*map(str, paths), harness]),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def run(self, what: str) -> Found:
        """CPU nanoseconds and counts of a fresh process."""
        done = subprocess.run(
            [*self._command, what], env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(done.stderr)
        found: Found = ast.literal_eval(done.stderr.splitlines()[-1])
        return found


def _install_stock() -> None:
    """botocore as it is published, in the layer's version, compiled as Lambda's own copy is."""
    if STOCK.exists():
        return
    pinned = ROOT / "layers/dependencies/requirements.txt"
    command: list[str | Path] = [ROOT / ".venv/bin/uv", "pip", "install", "--quiet", "--python", find_interpreter()]
    subprocess.run([*command, "--target", STOCK, "--constraint", pinned, "botocore"], check=True)
    compile_all(STOCK, "/opt")


if __name__ == "__main__":
    main()
