"""Records what each function's typical request asks of AWS, and what it is answered, with moto as AWS."""

import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.conftest import STACK  # isort: skip - it sets the environment, so it comes before all that reads it.

from lambdify.aws.clients import client, session
from local.resources import tables
from tests.gateway import LambdaContext

Event = dict[str, Any]


@dataclass
class Call:
    """One call of DynamoDB."""

    operation: str
    parameters: dict[str, Any]
    request: bytes
    answer: bytes

    @property
    def method(self) -> str:
        """botocore's name of the operation."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.operation).lower()


@dataclass
class Case:
    """A function's typical request."""

    name: str
    module: str
    event: Event
    first: list[Call] = field(default_factory=list)
    later: list[Call] = field(default_factory=list)
    answer_bytes: int = 0

    def answers(self) -> dict[str, Any]:
        """See Wire."""
        calls = self.first + self.later
        exact = {call.request: _http(call.answer) for call in calls}
        return {"exact": exact, "by_operation": {call.operation: _http(call.answer) for call in calls}}

    def raw_calls(self) -> str:
        """See raw_handler."""
        return json.dumps(
            {name: [(call.method, call.parameters) for call in getattr(self, name)] for name in ("first", "later")}
        )


@contextmanager
def aws() -> Iterator[list[Call]]:
    """moto with the template's tables, and the calls that are made to them."""
    from moto import mock_aws

    from local import moto_dynamodb

    moto_dynamodb.install()
    calls: list[Call] = []
    _register(calls)
    with mock_aws():
        for logical_id, resource in STACK.resources().items():
            properties = resource.get("Properties", {})
            if resource["Type"] == "AWS::DynamoDB::Table":
                tables.create(client, logical_id, STACK.resolver().value(properties))  # type: ignore[arg-type]
            if resource["Type"] == "AWS::SQS::Queue":
                client("sqs").create_queue(QueueName=STACK.resolver().value(properties["QueueName"]))
        yield calls


def record(case: Case, handler: Callable[[Event, Any], Any], calls: list[Call]) -> Case:
    """Answer the case's event twice, and keep what each time was asked."""
    for name in ("first", "later"):
        calls.clear()
        answer = handler(case.event, LambdaContext())
        case.answer_bytes = len(answer.get("body", ""))
        setattr(case, name, list(calls))
    return case


def _register(calls: list[Call]) -> None:
    def asked(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["parameters"] = dict(params)

    def sent(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        body = params["body"]
        context["body"] = body if isinstance(body, bytes) else body.encode()

    def answered(http_response: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
        calls.append(Call(model.name, context["parameters"], context["body"], http_response.content))

    session().register("provide-client-params.dynamodb", asked)
    session().register("before-call.dynamodb", sent)
    session().register("after-call.dynamodb", answered)


def _http(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n"
    head += f"x-amz-crc32: {zlib.crc32(body)}\r\nx-amzn-RequestId: {'0' * 52}\r\nConnection: keep-alive\r\n\r\n"
    return head.encode() + body
