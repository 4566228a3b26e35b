"""The failures that API Gateway answers by itself, with its own statuses and words.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

DEFAULTS = {
    "ACCESS_DENIED": (403, "User is not authorized to access this resource"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "Internal server error"),
    "AUTHORIZER_FAILURE": (500, "Internal server error"),
    "BAD_REQUEST_BODY": (400, "Invalid request body"),
    "INTEGRATION_FAILURE": (502, "Internal server error"),
    "INTEGRATION_TIMEOUT": (504, "Endpoint request timed out"),
    "INVALID_API_KEY": (403, "Forbidden"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "REQUEST_TOO_LARGE": (413, "HTTP content length exceeded 10485760 bytes."),
    "THROTTLED": (429, "Too Many Requests"),
    "UNAUTHORIZED": (401, "Unauthorized"),
}


class Failure(Exception):
    """A request that ends at the gateway. `status` is for kinds that are known by their status only."""

    def __init__(self, kind: str, status: int | None = None, message: str | None = None):
        super().__init__(kind)
        self.kind = kind
        default_status, default_message = DEFAULTS.get(kind, (status or 500, "Internal server error"))
        self.status = status or default_status
        self.message = message or default_message
