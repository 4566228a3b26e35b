"""What API Gateway does, for tests that call a handler: proxy events in, answers out."""

import importlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode


@dataclass
class Answer:
    """What the client of the gateway would see."""

    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.text)

    @property
    def error(self) -> str:
        """The error's code."""
        code: str = self.json()["error"]["code"]
        return code


class LambdaContext:
    """What a handler may ask of Lambda."""

    function_name = "test"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test"
    memory_limit_in_mb = "512"

    def __init__(self, seconds: float = 10) -> None:
        self.aws_request_id = secrets.token_hex(16)
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would stop the function."""
        return int(self._seconds * 1000)


@dataclass
class Client:
    """A caller, as the authorizer describes it."""

    authorizer: dict[str, str]

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.request("POST", path, body=body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.request("PATCH", path, body=body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.request("PUT", path, body=body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.request("DELETE", path, **options)

    def request(self, method: str, path: str, *, group: str | None = None, **options: Any) -> Answer:
        """Call the handler of the path's group."""
        module = importlib.import_module(f"{group or _group_of(path)}.app")
        answer = module.handler(self.event(method, path, **options), LambdaContext())
        headers = {name.lower(): values[-1] for name, values in answer.get("multiValueHeaders", {}).items()}
        headers |= {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
        return Answer(answer["statusCode"], headers, answer["body"])

    def event(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        raw: str | None = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """A REST API's proxy event."""
        sent = {"Host": "api.example.com", "User-Agent": "tests", **(headers or {})}
        text = raw if raw is not None else None if body is None else json.dumps(body)
        if text is not None:
            sent.setdefault("Content-Type", "application/json")
        parameters = {name: str(value) for name, value in (query or {}).items()}
        return {
            "resource": path,
            "path": path,
            "httpMethod": method,
            "headers": sent,
            "multiValueHeaders": {name: [value] for name, value in sent.items()},
            "queryStringParameters": parameters or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in parameters.items()} or None,
            "pathParameters": None,
            "stageVariables": None,
            "requestContext": {
                "requestId": secrets.token_hex(16),
                "stage": "v1",
                "httpMethod": method,
                "path": f"/v1{path}" + (f"?{urlencode(parameters)}" if parameters else ""),
                "identity": {"sourceIp": "127.0.0.1"},
                "authorizer": dict(self.authorizer),
            },
            "body": text,
            "isBase64Encoded": False,
        }


@dataclass
class Workspace:
    """A tenant; its clients are its keys."""

    id: str = field(default_factory=lambda: f"ws_{secrets.token_hex(8)}")

    def client(
        self,
        *,
        kind: str = "pat",
        mode: str = "test",
        role: str = "owner",
        scopes: str = "",
        app_id: str = "",
        key_id: str = "",
    ) -> Client:
        """A key of this workspace, as the authorizer describes it."""
        return Client(
            {
                "principalId": self.id,
                "workspaceId": self.id,
                "mode": mode,
                "tier": "pro",
                "keyId": key_id or f"key_{secrets.token_hex(8)}",
                "keyKind": kind,
                "appId": app_id,
                "role": role if kind == "pat" else "",
                "scopes": scopes,
                "rateLimitLimit": "300",
                "rateLimitRemaining": "299",
                "rateLimitReset": "1800000000",
                "rateLimit": '"default";r=299;t=60',
                "rateLimitPolicy": '"default";q=300;w=60',
                "retryAfter": "1",
            }
        )


def _group_of(path: str) -> str:
    if path.startswith("/conversations/") and path.endswith("/messages"):
        return "messages"
    return path.split("/")[1]
