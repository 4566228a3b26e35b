"""What the functions are compared with: a handler without any framework that makes the same AWS calls with botocore.

It reads the caller's scope and the page by hand, writes one log line and answers with JSON, as people write it.
"""

import json
import os
import sys
import time
from typing import Any

from botocore.session import Session

CALLS = json.loads(os.environ["BENCHMARK_CALLS"])
"""`first`: operations with their parameters, for the first request; `later`: for all others."""

dynamodb = Session().create_client("dynamodb", "us-east-1")
plan = iter([CALLS["first"]])


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a proxy event."""
    started = time.perf_counter()
    caller = (event.get("requestContext") or {}).get("authorizer") or {}
    query = event.get("queryStringParameters") or {}
    page, limit = int(query.get("page", 1)), int(query.get("limit", 20))
    if not 1 <= page <= 1_000_000_000 or not 1 <= limit <= 100:
        return {"statusCode": 400, "body": "{}"}
    if event.get("body"):
        json.loads(event["body"])
    items = []
    for operation, parameters in next(plan, CALLS["later"]):
        answer = getattr(dynamodb, operation)(**parameters)
        items += answer.get("Items", [answer["Item"]] if "Item" in answer else [])
    data = [plain(item) for item in items]
    body = json.dumps({"data": data, "total": len(data), "page": page, "limit": limit, "has_more": False})
    line = {"level": "INFO", "message": "request", "key_id": caller.get("keyId"), "path": event.get("path")}
    sys.stdout.write(json.dumps({**line, "milliseconds": (time.perf_counter() - started) * 1000}) + "\n")
    headers = {"Content-Type": "application/json", "X-RateLimit-Limit": caller.get("rateLimitLimit", "0")}
    return {"statusCode": 200, "headers": headers, "body": body}


def plain(item: dict[str, Any]) -> dict[str, Any]:
    """DynamoDB's item as Python's own types."""
    return {name: number(value["N"]) if "N" in value else next(iter(value.values())) for name, value in item.items()}


def number(text: str) -> float:
    """An int or a float."""
    return float(text) if "." in text else int(text)
