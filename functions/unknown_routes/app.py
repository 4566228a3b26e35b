"""Answers what no other route takes, in the shape of every error; counted and authorized like the rest."""

import json
from typing import Any

from lambdify.errors import NotFound
from lambdify.web.headers import rate_headers


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """404 for a REST API's proxy event."""
    context = event["requestContext"]
    request_id = context["requestId"]
    error = NotFound("There is no such route.", details={"request_id": request_id})
    return {
        "statusCode": error.status,
        "headers": {
            "Content-Type": "application/json",
            "X-Request-Id": request_id,
            **rate_headers(context.get("authorizer") or {}),
        },
        "body": json.dumps({"error": {"code": error.code, "message": error.message, "details": error.details}}),
        "isBase64Encoded": False,
    }
