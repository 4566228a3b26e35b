"""Answers with the event that it got, or misbehaves as asked."""

import json
import os
import sys
import time
from typing import Any


def handler(event: dict[str, Any], context: Any) -> Any:
    wish = ((event.get("queryStringParameters") or {}).get("wish")) or event.get("wish")
    if wish in _WISHES:
        return _WISHES[wish](event)
    facts = {"remaining_ms": context.get_remaining_time_in_millis(), "variables": dict(os.environ), "pid": os.getpid()}
    return {"statusCode": 200, "body": json.dumps({"event": event, **facts})}


def _raise(event: dict[str, Any]) -> None:
    raise ValueError("a wish came true")


def _nap(event: dict[str, Any]) -> dict[str, Any]:
    time.sleep(0.3)
    return {"statusCode": 200, "body": "woken"}


_WISHES: dict[str, Any] = {
    "sleep": lambda event: time.sleep(60),
    "nap": _nap,
    "raise": _raise,
    "exit": lambda event: sys.stdout.flush() or os._exit(3),
    "huge": lambda event: {"statusCode": 200, "body": "x" * (6 * 1024 * 1024)},
    "malformed": lambda event: {"status": 200},
    "text": lambda event: "just text",
    "long": lambda event: {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "word " * 1000},
    "image": lambda event: {"statusCode": 200, "body": "iVBORw==", "isBase64Encoded": True},
    "cookies": lambda event: {"statusCode": 200, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "body": ""},
    "plain": lambda event: {"plain": event.get("wish")},
}
