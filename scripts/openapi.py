"""Writes openapi.json, the API's description, from the routes of every group.

python -m scripts.openapi            write the file
python -m scripts.openapi --check    exit 1, with the difference, when the file is stale
"""

import difflib
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FILE = ROOT / "openapi.json"

# Routes carry their response models only while they are described; settings are read at the first import.
os.environ["DESCRIBES_API"] = "1"
sys.path[:0] = [str(ROOT / "functions"), str(ROOT / "layers/lambdify")]

from fastapi import FastAPI  # noqa: E402
from pydantic import BaseModel  # noqa: E402

from lambdify import errors  # noqa: E402
from lambdify.webhooks import catalogue  # noqa: E402

Document = dict[str, Any]

_RATE_HEADERS = {
    "X-Request-Id": ("string", "The request's id; it is in every log line of the request."),
    "X-RateLimit-Limit": ("integer", "Requests per window of 60 seconds."),
    "X-RateLimit-Remaining": ("integer", "Requests left in this window."),
    "X-RateLimit-Reset": ("integer", "When the window ends, in seconds since 1970."),
    "RateLimit": ("string", 'The IETF\'s field, such as `"default";r=59;t=60`.'),
    "RateLimit-Policy": ("string", 'The IETF\'s field, such as `"default";q=60;w=60`.'),
}
_ALWAYS = ("InvalidRequest", "Unauthorized", "Forbidden", "NotFound", "RateLimitExceeded", "InternalError")
_ON_BODY = ("PayloadTooLarge", "UnsupportedMediaType")
_ON_POST = ("Conflict", "IdempotencyKeyReused")
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "1 to 255 printable ASCII characters. Within 24 hours, the same key and body get the first answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def describe() -> Document:
    """The OpenAPI 3.1 document of all groups."""
    app = FastAPI(
        title="Lambdify",
        version="1.0.0",
        summary="The Dify API as your own serverless stack on AWS.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "http://127.0.0.1:8000/v1", "description": "The local stack, `make serve`."}],
        generate_unique_id_function=lambda route: route.name,
    )
    for routes in sorted(ROOT.glob("functions/*/routes.py")):
        app.include_router(importlib.import_module(f"{routes.parent.name}.routes").router)
    _describe_events(app)
    document = app.openapi()
    document["security"] = [{"bearer": []}]
    components = document.setdefault("components", {})
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "dify_{app|pat|svc}_{live|test}_…"}
    }
    components["headers"] = {
        name: {"description": text, "schema": {"type": kind}} for name, (kind, text) in _RATE_HEADERS.items()
    }
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Error"] = _error_schema()
    components["responses"] = {error.__name__: _error_response(error) for error in _error_classes()}
    for method, operation in _operations(document):
        _complete(method, operation)
    for event in document["webhooks"].values():
        event["post"]["responses"] = {"2XX": {"description": "Received. Any other answer is tried again."}}
    return document


def _describe_events(app: FastAPI) -> None:
    """The `webhooks` section, from the models that the examples of events come from."""
    for event, (_, description) in catalogue.CATALOGUE.items():
        app.webhooks.add_api_route(
            event,
            _receiver(catalogue.envelope_of(event)),
            methods=["POST"],
            name=event,
            operation_id=f"receive_{event.replace('.', '_')}",
            summary=event,
            description=description,
            openapi_extra={"security": []},
        )


def _receiver(envelope: type[BaseModel]) -> Callable[..., None]:
    def receive(body: Any) -> None:
        """What a receiver is given."""

    receive.__annotations__["body"] = envelope
    return receive


def text() -> str:
    """The document as the file holds it."""
    return json.dumps(describe(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path in document["paths"].values():
        yield from path.items()


def _complete(method: str, operation: Document) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    for response in responses.values():
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in _RATE_HEADERS}
    names = [*_ALWAYS, *(_ON_BODY if "requestBody" in operation else ()), *(_ON_POST if method == "post" else ())]
    for name in names:
        status = str(getattr(errors, name).status)
        responses.setdefault(status, {"$ref": f"#/components/responses/{name}"})
    if method == "post":
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)


def _error_classes() -> list[type[errors.ApiError]]:
    return sorted(errors.ApiError.__subclasses__(), key=lambda error: (error.status, error.code))


def _error_schema() -> Document:
    codes = sorted({error.code for error in _error_classes()} | {"timeout"})
    return {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message", "details"],
                "properties": {
                    "code": {"type": "string", "enum": codes},
                    "message": {"type": "string", "description": "What was wrong, and what to do."},
                    "details": {
                        "type": "object",
                        "required": ["request_id"],
                        "properties": {
                            "request_id": {"type": "string"},
                            "errors": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "required": ["location", "message"],
                                    "properties": {"location": {"type": "string"}, "message": {"type": "string"}},
                                },
                            },
                        },
                    },
                },
            }
        },
    }


def _error_response(error: type[errors.ApiError]) -> Document:
    headers: Document = {name: {"$ref": f"#/components/headers/{name}"} for name in _RATE_HEADERS}
    if error is errors.RateLimitExceeded:
        headers["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
    return {
        "description": f"`{error.code}`: {(error.__doc__ or '').strip()}",
        "headers": headers,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }


def main(arguments: list[str]) -> int:
    """Write or check the file; the exit status."""
    if "--check" not in arguments:
        FILE.write_text(text())
        return 0
    wanted, found = text(), FILE.read_text()
    sys.stdout.writelines(difflib.unified_diff(found.splitlines(True), wanted.splitlines(True), "openapi.json", "code"))
    return int(wanted != found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
