"""`python -m benchmarks.cost`: dollars per million requests, from the AWS calls that each request really makes.

Prices of us-east-1 without free tiers. Lambda's time is the measured CPU time (benchmarks/results), stretched to the
share of a processor that the memory buys, and a few milliseconds for each AWS call.
"""

import json
import math
from dataclasses import astuple, dataclass

from benchmarks.cases import recorded_cases
from benchmarks.cold_and_warm import RESULTS
from benchmarks.recording import Call, Case

_REST_API = 3.50
_LAMBDA_REQUEST = 0.20
_LAMBDA_GB_SECOND = 0.0000133334  # arm64
_READ_UNIT = 0.125
_WRITE_UNIT = 0.625
_LOG_GB = 0.50
_DATA_OUT_GB = 0.09

_MB_PER_PROCESSOR = 1769
_CALL_SECONDS = 0.004
_LOG_BYTES = 400
_AUTHORIZER_MB = 256
_FUNCTION_MB = 512
_MILLION_BYTES_IN_GB = 1e6 / 1e9


@dataclass
class Cost:
    """Dollars per million requests."""

    api: float
    functions: float
    dynamodb: float
    logs_and_data: float

    @property
    def total(self) -> float:
        """All of it."""
        return float(sum(astuple(self)))


def main() -> None:
    """Print a table."""
    measured = json.loads(RESULTS.read_text())
    authorizer, *cases = recorded_cases()
    print(f"{'per million requests':34} {'API':>6} {'Lambda':>7} {'DynamoDB':>9} {'logs, data':>11} {'total':>6}")
    for case in cases:
        cost = _cost(authorizer, case, measured)
        print(
            f"{case.name:34} {cost.api:6.2f} {cost.functions:7.2f} {cost.dynamodb:9.2f}"
            f" {cost.logs_and_data:11.2f} {cost.total:6.2f}"
        )


def _cost(authorizer: Case, case: Case, measured: dict[str, dict[str, float]]) -> Cost:
    return Cost(
        api=_REST_API,
        functions=_function(authorizer, _AUTHORIZER_MB, measured) + _function(case, _FUNCTION_MB, measured),
        dynamodb=sum(_dynamodb(call) for call in authorizer.later + case.later),
        logs_and_data=_MILLION_BYTES_IN_GB * (_LOG_BYTES * _LOG_GB + case.answer_bytes * _DATA_OUT_GB),
    )


def _function(case: Case, megabytes: int, measured: dict[str, dict[str, float]]) -> float:
    processor_seconds = measured[case.name]["warm_us"] / 1e6
    seconds = processor_seconds * _MB_PER_PROCESSOR / megabytes + _CALL_SECONDS * len(case.later)
    return _LAMBDA_REQUEST + 1e6 * seconds * megabytes / 1024 * _LAMBDA_GB_SECOND


def _dynamodb(call: Call) -> float:
    """JSON is somewhat longer than what DynamoDB counts, so this is rather too much than too little."""
    if call.operation in {"GetItem", "Query", "BatchGetItem"}:
        strength = 1 if call.parameters.get("ConsistentRead") else 0.5
        return _READ_UNIT * strength * math.ceil(len(call.answer) / 4096)
    if call.operation == "TransactWriteItems":
        items = call.parameters["TransactItems"]
        return _WRITE_UNIT * sum(2 * math.ceil(len(json.dumps(item)) / 1024) for item in items)
    return _WRITE_UNIT * math.ceil(len(call.request) / 1024)


if __name__ == "__main__":
    main()
