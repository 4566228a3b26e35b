"""Reads what a function answered to a batch."""

import json
from collections.abc import Sequence

from local.runtime_api import Outcome


def failed_items(outcome: Outcome, items: Sequence[str], *, reports_failures: bool) -> set[str]:
    """Which of `items` failed: message ids of a queue, sequence numbers of a stream.

    All of them when the function failed, or names one that was not in the batch: as Lambda does.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    if outcome.is_error:
        return set(items)
    if not reports_failures:
        return set()
    try:
        answer = json.loads(outcome.payload) or {}
        named = {failure["itemIdentifier"] for failure in answer.get("batchItemFailures") or []}
    except (ValueError, TypeError, KeyError, AttributeError):
        return set(items)
    return named if named <= set(items) else set(items)
