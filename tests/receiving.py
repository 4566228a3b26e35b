"""What surrounds webhooks, for tests: an endpoint that answers as told, and queues on the clock of the test."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import standardwebhooks
import stripe

from event_relay.app import handler as relay_handler
from lambdify import clock
from lambdify.aws.clients import Service, client
from lambdify.settings import settings
from lambdify.store.base import tenant_key
from lambdify.store.outbox import Event
from tests.gateway import LambdaContext
from webhook_delivery.app import handler

_DAY = 86_400
_TOLERANCE_SECONDS = 10**10  # Virtual clocks run away from the verifiers' own.


@dataclass(frozen=True)
class Received:
    """One request that reached the endpoint."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]

    def json(self) -> Any:
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """Whether both families of signatures are valid, by verifiers that others wrote."""
        text, signature = self.body.decode(), self.headers["x-dify-signature"]
        ours = standardwebhooks.Webhook(secret).sign
        moment = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), UTC)
        try:
            stripe.WebhookSignature.verify_header(text, signature, secret, _TOLERANCE_SECONDS)
        except stripe.SignatureVerificationError:
            return False
        return ours(self.event_id, moment, text) in self.headers["webhook-signature"].split(" ")


@dataclass
class Endpoint:
    """A server on this machine. It answers with `status` until told otherwise."""

    url: str
    received: list[Received] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"thanks"
    answer: Callable[[Received], int] | None = None
    """Decides the status of each answer, when given; 0 is no answer in time."""


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that runs while the block does."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            got = Received(self.path, headers, body)
            told.received.append(got)
            status = told.answer(got) if told.answer else told.status
            if status == 0:
                self.rfile.read(1)  # Until the sender has had enough.
                return
            self.send_response(status)
            for name, value in {**told.headers, "Content-Length": str(len(told.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, *_: Any) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told = Endpoint(f"http://127.0.0.1:{server.server_port}/hook")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Waiting:
    """A task on its way."""

    due_at: float
    text: str
    through: str
    """`sqs` or `sfn`."""


class VirtualQueues:
    """SQS and Step Functions, answered at the wire, whose waits are on `lambdify.clock`."""

    def __init__(self) -> None:
        self.waiting: list[Waiting] = []
        self._names: set[str] = set()

    def take_due(self) -> Waiting | None:
        """The oldest task that is due, taken out."""
        due = [each for each in self.waiting if each.due_at <= clock.epoch()]
        if not due:
            return None
        first = min(due, key=lambda each: each.due_at)
        self.waiting.remove(first)
        return first

    def run_due(self) -> list[str]:
        """Do all that is due, until nothing is. What fails comes back after its visibility timeout. The tasks done."""
        done = []
        while (task := self.take_due()) is not None:
            if do(task.text):
                done.append(task.text)
            else:
                self.waiting.append(Waiting(clock.epoch() + 180, task.text, "sqs"))
        return done

    def send_message_batch(self, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        """As SQS."""
        entries = json.loads(params["body"])["Entries"]
        assert all(0 <= entry.get("DelaySeconds", 0) <= 900 for entry in entries)
        # The tenant: what makes the queue a fair one.
        assert all(entry["MessageGroupId"] == ".".join(_tenant(json.loads(entry["MessageBody"]))) for entry in entries)
        self.waiting += [
            Waiting(clock.epoch() + entry.get("DelaySeconds", 0), entry["MessageBody"], "sqs") for entry in entries
        ]
        return _Ok(), {"Successful": [{"Id": entry["Id"]} for entry in entries], "Failed": []}

    def start_execution(self, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        """As Step Functions, running `statemachines/webhook_retry.asl.json`."""
        request = json.loads(params["body"])
        if request["name"] in self._names:
            return _Bad(), {"Error": {"Code": "ExecutionAlreadyExists", "Message": "It exists."}}
        self._names.add(request["name"])
        wait = json.loads(request["input"])
        self.waiting.append(Waiting(clock.seconds_of(wait["due_at"]), wait["task"], "sfn"))
        return _Ok(), {"executionArn": request["name"]}


def _tenant(task: dict[str, str]) -> tuple[str, str]:
    return task["workspace_id"], task["mode"]


class _Ok:
    status_code = 200


class _Bad:
    status_code = 400


@contextmanager
def virtual_queues() -> Iterator[VirtualQueues]:
    """Answer the calls to SQS and Step Functions here while the block runs."""
    queues = VirtualQueues()
    hooks: tuple[tuple[Service, str, Any], ...] = (
        ("sqs", "before-call.sqs.SendMessageBatch", queues.send_message_batch),
        ("stepfunctions", "before-call.sfn.StartExecution", queues.start_execution),
    )
    for service, event, hook in hooks:
        client(service).meta.events.register(event, hook)
    try:
        yield queues
    finally:
        for service, event, hook in hooks:
            client(service).meta.events.unregister(event, hook)


def do(text: str) -> bool:
    """Give one task to the worker, as Lambda would; whether it was done."""
    event = {"Records": [{"messageId": "1", "body": text}]}
    return not handler(event, LambdaContext(30))["batchItemFailures"]


def events_of(workspace_id: str, mode: str = "test") -> list[Event]:
    """All that is in the workspace's outbox for today, oldest first."""
    return [Event.from_raw_data(image) for image in _images(workspace_id, mode, clock.epoch())]


@dataclass
class Relay:
    """Plays the outbox's stream: gives a workspace's events since its first use to the relay, each once."""

    workspace_id: str
    mode: str = "test"
    relayed: set[str] = field(default_factory=set)
    since: float = field(default_factory=clock.epoch)

    def run(self) -> list[Event]:
        """Relay what is new, which is returned."""
        days = range(int(self.since // _DAY), int(clock.epoch() // _DAY) + 1)
        stored = [image for day in days for image in _images(self.workspace_id, self.mode, day * _DAY)]
        images = [image for image in stored if image["sk"]["S"] not in self.relayed]
        records = [
            {"eventName": "INSERT", "dynamodb": {"NewImage": image, "SequenceNumber": image["sk"]["S"]}}
            for image in images
        ]
        assert relay_handler({"Records": records}, LambdaContext())["batchItemFailures"] == []
        self.relayed |= {image["sk"]["S"] for image in images}
        return [Event.from_raw_data(image) for image in images]


def _images(workspace_id: str, mode: str, moment: float) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client("dynamodb").query(
        TableName=settings.outbox_table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": tenant_key(workspace_id, mode, clock.timestamp(moment)[:10])}},
        ConsistentRead=True,
    )["Items"]
    return found


class Crash(BaseException):
    """The process dies. Nothing in the code under test may catch it."""


class Killer:
    """Kills the worker at one of its calls to AWS, before or after AWS has done what was asked."""

    def __init__(self) -> None:
        self.calls_left: int | None = None
        self._is_after = False

    def arm(self, calls: int, *, is_after: bool) -> None:
        self.calls_left, self._is_after = calls, is_after

    def before(self, **_: Any) -> None:
        if self.calls_left is not None:
            self.calls_left -= 1
            self._die(self.calls_left < 0 and not self._is_after)

    def after(self, **_: Any) -> None:
        self._die(self.calls_left is not None and self.calls_left < 0 and self._is_after)

    def _die(self, is_time: bool) -> None:
        if is_time:
            self.calls_left = None
            raise Crash


@contextmanager
def killing() -> Iterator[Killer]:
    """A killer for the calls to AWS inside the block."""
    killer = Killer()
    hooks = (("before-parameter-build", killer.before), ("after-call", killer.after))
    with ExitStack() as stack:
        for service in ("dynamodb", "sqs", "stepfunctions"):
            events = client(service).meta.events
            for when, hook in hooks:
                events.register_first(when, hook)
                stack.callback(events.unregister, when, hook)
        yield killer
