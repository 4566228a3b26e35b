"""Counts what a block of code asks of AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lambdify.aws.clients import Service, client


@dataclass
class Calls:
    """The operations in their order, and how many items DynamoDB had to read for them."""

    names: list[str] = field(default_factory=list)
    items_read: int = 0


@contextmanager
def counted_calls(service: Service = "dynamodb") -> Iterator[Calls]:
    """Count the calls that the environment's client for `service` makes inside the block."""
    calls = Calls()

    def before(model: Any, **_: Any) -> None:
        calls.names.append(model.name)

    def after(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        calls.items_read += int(parsed.get("ScannedCount", 0)) + (1 if "Item" in parsed else 0)
        calls.items_read += sum(len(items) for items in parsed.get("Responses", {}).values())

    events = client(service).meta.events
    events.register(f"before-call.{service}", before)
    events.register(f"after-call.{service}", after)
    try:
        yield calls
    finally:
        events.unregister(f"before-call.{service}", before)
        events.unregister(f"after-call.{service}", after)
