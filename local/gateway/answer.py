"""What goes back to the client: a function's answer, or the gateway's own."""

import base64
import binascii
import gzip
import json
import re
import zlib
from dataclasses import dataclass
from typing import Any

from local.gateway.definition import Api, GatewayResponse
from local.gateway.failures import Failure
from local.gateway.request import Request
from local.runtime_api import Outcome

_VARIABLE = re.compile(r"\$(context(?:\.[\w-]+)+|method\.request\.header\.[\w-]+)")
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
_REMAPPED = frozenset({"connection", "content-length", "date", "server", "trailer", "www-authenticate"})
_DROPPED = frozenset({"transfer-encoding"})


@dataclass
class Answer:
    """A response in full."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def from_failure(api: Api, request: Request, failure: Failure) -> Answer:
    """The gateway response that the template gives for this failure, or AWS's own."""
    own = api.responses.get(failure.kind)
    default = api.responses.get("DEFAULT_4XX" if failure.status < 500 else "DEFAULT_5XX")
    response = own or default or GatewayResponse(None, {}, None)
    mapped = [(name, _mapped(request, source, failure)) for name, source in response.headers.items()]
    headers = [(name, value) for name, value in mapped if value is not None]
    template = response.template or '{"message":$context.error.messageString}'
    body = _VARIABLE.sub(lambda match: _variable(request, match[1], failure) or "", template)
    return Answer(
        response.status or failure.status,
        [*_made_by_gateway(request), ("Content-Type", "application/json"), *headers],
        body.encode(),
    )


def from_function(api: Api, request: Request, outcome: Outcome) -> Answer:
    """A function's answer. Raises `Failure` when it is an error, or not shaped as API Gateway wants it."""
    if outcome.is_error:
        raise Failure("INTEGRATION_FAILURE")
    try:
        answer = _read(api, request, json.loads(outcome.payload))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Failure("INTEGRATION_FAILURE") from error
    _compress(api, request, answer)
    return answer


def _made_by_gateway(request: Request) -> list[tuple[str, str]]:
    return [("x-amzn-RequestId", request.id), ("x-amz-apigw-id", request.id.replace("-", "")[:16])]


def _read(api: Api, request: Request, fields: dict[str, Any]) -> Answer:
    headers = [*_made_by_gateway(request)]
    several: dict[str, list[Any]] = fields.get("multiValueHeaders") or {}
    single: dict[str, Any] = fields.get("headers") or {}
    for name, values in several.items():
        headers += [(_remapped(name), _text(value)) for value in values]
    taken = {name.lower() for name in several}
    headers += [(_remapped(name), _text(value)) for name, value in single.items() if name.lower() not in taken]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    kept = [pair for pair in headers if pair[0].lower() not in _DROPPED]
    return Answer(int(fields["statusCode"]), kept, _body(api, request, fields))


def _remapped(name: str) -> str:
    return f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name


def _text(value: Any) -> str:
    if isinstance(value, dict | list) or value is None:
        raise ValueError("a header's value must be text")
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _body(api: Api, request: Request, fields: dict[str, Any]) -> bytes:
    body = fields.get("body") or ""
    if not isinstance(body, str):
        raise TypeError("the body must be text")
    if not fields.get("isBase64Encoded"):
        return body.encode()
    # API Gateway decodes only for a client whose first Accept is one of the API's binary types.
    accepted = (request.header("accept") or "").split(",")[0].split(";")[0].strip().lower()
    if "*/*" not in api.binary_media_types and accepted not in api.binary_media_types:
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise ValueError("the body is not base64") from error


def _compress(api: Api, request: Request, answer: Answer) -> None:
    names = {name.lower() for name, _ in answer.headers}
    minimum = api.compression_bytes_min
    if minimum is None or len(answer.body) < minimum or "content-encoding" in names:
        return
    answer.headers.append(("Vary", "Accept-Encoding"))
    accepted = {coding.split(";")[0].strip() for coding in (request.header("accept-encoding") or "").lower().split(",")}
    if "gzip" in accepted:
        answer.body = gzip.compress(answer.body, 6, mtime=0)
        answer.headers.append(("Content-Encoding", "gzip"))
    elif "deflate" in accepted:
        answer.body = zlib.compress(answer.body)
        answer.headers.append(("Content-Encoding", "deflate"))


def _mapped(request: Request, source: str, failure: Failure) -> str | None:
    if source.startswith("'"):
        return source[1:-1]
    return _variable(request, source, failure)


def _variable(request: Request, name: str, failure: Failure) -> str | None:
    """The value of a `context` or `method.request.header` variable; None when there is none."""
    if name.startswith("method.request.header."):
        return request.header(name.removeprefix("method.request.header."))
    if name.startswith("context.authorizer."):
        return request.authorizer.get(name.removeprefix("context.authorizer."))
    return {
        "context.error.message": failure.message,
        "context.error.messageString": json.dumps(failure.message),
        "context.error.responseType": failure.kind,
        "context.extendedRequestId": request.id,
        "context.httpMethod": request.method,
        "context.identity.sourceIp": request.source_ip,
        "context.path": request.target,
        "context.requestId": request.id,
        "context.requestTimeEpoch": str(int(request.received_at * 1000)),
    }.get(name)
