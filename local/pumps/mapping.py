"""What the template says of an event source mapping. A property that the pumps do not heed is an error.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventsourcemapping.html
"""

import json
from collections.abc import Mapping as Fields
from dataclasses import dataclass
from typing import Any

from local.resources import Created

_HEEDED = frozenset(
    {
        "BatchSize",
        "BisectBatchOnFunctionError",
        "DestinationConfig",
        "Enabled",
        "EventSourceArn",
        "FilterCriteria",
        "FunctionName",
        "FunctionResponseTypes",
        "MaximumBatchingWindowInSeconds",
        "MaximumRecordAgeInSeconds",
        "MaximumRetryAttempts",
        "ParallelizationFactor",  # moto's streams have one shard, and order is kept within it.
        "ScalingConfig",
        "StartingPosition",
        "Tags",
    }
)
_QUEUE_BATCH, _STREAM_BATCH = 10, 100
_CONCURRENCY = 2  # As many as a laptop has environments of one function.


@dataclass(frozen=True)
class Mapping:
    """One event source and the function that it feeds."""

    source_arn: str
    function: str
    """The function's name or ARN."""
    is_enabled: bool
    batch_size: int
    window_seconds: float
    concurrency: int
    reports_failures: bool
    filters: list[dict[str, Any]]
    starting_position: str
    bisects: bool
    retries: int | None
    """None is without end."""
    record_age_seconds: int | None
    failures_arn: str | None
    """Where a stream's given-up batches are noted: a queue."""

    def wants(self, record: Fields[str, Any]) -> bool:
        """Whether the record passes one of the filters, or there are none."""
        if not self.filters:
            return True
        from moto.events.models import EventPattern  # Heavy, and most mappings have no filter.

        return any(EventPattern(None, pattern).matches_event(record) for pattern in self.filters)  # type: ignore[arg-type]


def read_mapping(created: Created, logical_id: str) -> Mapping:
    """The event source mapping of that name."""
    fields = created.properties(logical_id)
    if unknown := set(fields) - _HEEDED:
        raise ValueError(f"the local stack does not heed {', '.join(sorted(unknown))} (resource {logical_id})")
    source = fields["EventSourceArn"]
    retries = fields.get("MaximumRetryAttempts", -1)
    age = fields.get("MaximumRecordAgeInSeconds", -1)
    return Mapping(
        source_arn=source,
        function=fields["FunctionName"],
        is_enabled=fields.get("Enabled", True),
        batch_size=fields.get("BatchSize", _QUEUE_BATCH if ":sqs:" in source else _STREAM_BATCH),
        window_seconds=float(fields.get("MaximumBatchingWindowInSeconds", 0)),
        concurrency=min(_CONCURRENCY, fields.get("ScalingConfig", {}).get("MaximumConcurrency", _CONCURRENCY)),
        reports_failures="ReportBatchItemFailures" in fields.get("FunctionResponseTypes", []),
        filters=[json.loads(entry["Pattern"]) for entry in fields.get("FilterCriteria", {}).get("Filters", [])],
        starting_position=fields.get("StartingPosition", "TRIM_HORIZON"),
        bisects=fields.get("BisectBatchOnFunctionError", False),
        retries=None if retries < 0 else retries,
        record_age_seconds=None if age < 0 else age,
        failures_arn=fields.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
    )
