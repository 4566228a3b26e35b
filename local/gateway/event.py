"""The event that a function gets for a request, as API Gateway's Lambda proxy integration makes it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import base64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from local.gateway.definition import Api
from local.gateway.request import Request
from local.gateway.routes import Match
from local.intrinsics import ACCOUNT

API_ID = "local"
_IDENTITY = (
    "accessKey",
    "accountId",
    "apiKey",
    "apiKeyId",
    "caller",
    "clientCert",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)


def proxy_event(api: Api, request: Request, path: str, match: Match, api_key: str | None) -> dict[str, Any]:
    """The event. `path` is the request's without the stage, `api_key` the usage plan's key when there is one."""
    headers = [*request.headers, *_forwarded(request)]
    query = parse_qsl(request.query, keep_blank_values=True)
    is_binary = _is_binary(api, request)
    return {
        "resource": match.resource,
        "path": path,
        "httpMethod": request.method,
        "headers": dict(headers) or None,
        "multiValueHeaders": _grouped(headers),
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _grouped(query),
        "pathParameters": match.parameters or None,
        "stageVariables": dict(api.stage_variables) if api.stage_variables else None,
        "requestContext": _context(api, request, path, match, api_key),
        "body": _body(request.body, is_binary=is_binary),
        "isBase64Encoded": bool(request.body) and is_binary,
    }


def _context(api: Api, request: Request, path: str, match: Match, api_key: str | None) -> dict[str, Any]:
    identity: dict[str, str | None] = dict.fromkeys(_IDENTITY)
    identity |= {"sourceIp": request.source_ip, "userAgent": request.header("user-agent"), "apiKey": api_key}
    domain = request.header("host") or "localhost"
    context: dict[str, Any] = {
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "deploymentId": "local",
        "domainName": domain,
        "domainPrefix": domain.split(".")[0],
        "extendedRequestId": request.id,
        "httpMethod": request.method,
        "identity": identity,
        "path": f"/{api.stage}{path}",
        "protocol": "HTTP/1.1",
        "requestId": request.id,
        "requestTime": datetime.fromtimestamp(request.received_at, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(request.received_at * 1000),
        "resourceId": match.resource,
        "resourcePath": match.resource,
        "stage": api.stage,
    }
    return context | ({"authorizer": request.authorizer} if request.authorizer else {})


def _forwarded(request: Request) -> list[tuple[str, str]]:
    """Headers that API Gateway adds."""
    return [
        ("X-Amzn-Trace-Id", f"Root=1-{int(request.received_at):08x}-{request.id.replace('-', '')[:24]}"),
        ("X-Forwarded-For", request.source_ip),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]] | None:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped or None


def _is_binary(api: Api, request: Request) -> bool:
    media_type = (request.header("content-type") or "").split(";")[0].strip().lower()
    return "*/*" in api.binary_media_types or media_type in api.binary_media_types


def _body(body: bytes, *, is_binary: bool) -> str | None:
    if not body:
        return None
    # What is not declared binary passes as text, and what is no text suffers, as it does on AWS.
    return base64.b64encode(body).decode() if is_binary else body.decode(errors="replace")
