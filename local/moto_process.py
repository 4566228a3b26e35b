"""moto as a server in a process of its own, so that its data outlives reloads of our code.

Started by `local.moto`, which holds the other end of standard input: when that closes, this process ends.
"""

import argparse
import http.client
import importlib
import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import moto
from moto.backends import SERVICE_NAMES
from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local import moto_dynamodb, moto_s3, moto_streams

_INVOKE = re.compile(r"^/2015-03-31/functions/[^/]+/invocations$")
_USED = (
    "apigateway.responses",
    "sqs.responses",
    "dynamodb.responses",
    "s3.responses",
    "stepfunctions.parser.models",
    "dynamodbstreams.responses",
)
_ANSWERING: tuple[SERVICE_NAMES, ...] = ("apigateway", "dynamodb", "dynamodbstreams", "sqs", "stepfunctions")
Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class _Handler(MotoRequestHandler):
    """Keeps connections open between requests, and logs none of them."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the gateway's log has a line per request already."""


class _Bridged:
    """moto, except that invocations of functions go to the runner, which really runs them (moto's own want Docker).

    So moto's Step Functions, which call Lambda through this server, run the project's functions.
    """

    def __init__(self, services: DomainDispatcherApplication, invoke_port: int):
        self._services = services
        self._invoke_port = invoke_port

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not _INVOKE.match(environ["PATH_INFO"]):
            answer: Iterable[bytes] = self._services(environ, start_response)
            return answer
        return self._forward(environ, start_response)

    def _forward(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        runner = http.client.HTTPConnection("127.0.0.1", self._invoke_port, timeout=910)
        headers = {"Authorization": environ.get("HTTP_AUTHORIZATION", "")}
        if kind := environ.get("HTTP_X_AMZ_INVOCATION_TYPE"):
            headers["X-Amz-Invocation-Type"] = kind
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        runner.request("POST", environ["PATH_INFO"], body, headers)
        answer = runner.getresponse()
        payload = answer.read()
        runner.close()
        start_response(f"{answer.status} {answer.reason}", _end_to_end(answer.getheaders(), payload))
        return [payload]


def _end_to_end(headers: list[tuple[str, str]], payload: bytes) -> list[tuple[str, str]]:
    kept = [(name, value) for name, value in headers if name.lower().startswith("x-amz") or name == "content-type"]
    return [*kept, ("Content-Length", str(len(payload)))]


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


def _load_services(services: DomainDispatcherApplication) -> None:
    """Make what the first requests would wait for, while the runner is still busy with the template.

    Requests come in threads, and threads that make routes at once can fail: Python 3.11 miscounts in `ast` there.
    """
    # Step Functions take one enumeration from AWS Batch, which would load all of EC2: a second of every start.
    batch = ModuleType("moto.batch")
    batch.__path__ = [str(Path(moto.__file__).parent / "batch")]
    sys.modules["moto.batch"] = batch
    for service in _USED:
        importlib.import_module(f"moto.{service}")
    for service in _ANSWERING:
        services.app_instances[service] = create_backend_app(service)


def main() -> None:
    """Serve on a free loopback port, printed as the only line of output, until the parent goes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--invoke-port", type=int, required=True)
    invoke_port: int = parser.parse_args().invoke_port
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    moto_dynamodb.install()
    moto_s3.install()
    moto_streams.install()
    services = DomainDispatcherApplication(create_backend_app)
    application = _Bridged(services, invoke_port)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Handler)
    os.environ["MOTO_PORT"] = str(server.port)  # Where moto's own clients look for it.
    print(server.port, flush=True)
    Thread(target=_end_with_parent, daemon=True).start()
    # Requests wait at the port meanwhile: two threads that import the same modules fail at times.
    _load_services(services)
    server.serve_forever()


if __name__ == "__main__":
    main()
