"""Every error a caller can see. A class is a status and a code; `lambdify.web.errors` renders them all.

ApiError
├── InvalidRequest        400   ├── PayloadTooLarge       413
├── Unauthorized          401   ├── UnsupportedMediaType  415
├── Forbidden             403   ├── IdempotencyKeyReused  422
├── NotFound              404   ├── RateLimitExceeded     429
├── MethodNotAllowed      405   ├── InternalError         500
├── Conflict              409   ├── ModelError            502
├── IdempotencyInProgress 409   └── Unavailable           503
└── PreconditionFailed    412
"""

from collections.abc import Mapping, Sequence
from typing import Any


class ApiError(Exception):
    """An answer that is not a success. `message` says what was wrong and what to do, in the caller's words."""

    status = 500
    code = "internal_error"

    def __init__(
        self,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = dict(details or {})
        self.headers = dict(headers or {})


class InvalidRequest(ApiError):
    """A body or parameter fails validation."""

    status = 400
    code = "invalid_request"

    @classmethod
    def at(cls, *errors: tuple[str, str]) -> "InvalidRequest":
        """One error per (location, message), such as `("body.config.model", "Unknown model.")`."""
        return cls.of([{"location": location, "message": message} for location, message in errors])

    @classmethod
    def of(cls, errors: Sequence[Mapping[str, str]]) -> "InvalidRequest":
        """From a list shaped like `details.errors`."""
        first = errors[0]
        return cls(f"{first['location']}: {first['message']}", details={"errors": list(errors)})


class Unauthorized(ApiError):
    """No key, or one that is malformed, unknown, expired or revoked."""

    status = 401
    code = "unauthorized"


class Forbidden(ApiError):
    """A valid key that may not do this."""

    status = 403
    code = "forbidden"


class NotFound(ApiError):
    """Nothing of that id for this key: another workspace's and the other mode's objects do not exist for it."""

    status = 404
    code = "not_found"


class MethodNotAllowed(ApiError):
    """The path exists, the method does not; the header `Allow` names those that do."""

    status = 405
    code = "method_not_allowed"


class Conflict(ApiError):
    """The object's state forbids this, or another change came first."""

    status = 409
    code = "conflict"


class IdempotencyInProgress(ApiError):
    """A request with the same `Idempotency-Key` is still running."""

    status = 409
    code = "idempotency_in_progress"


class PreconditionFailed(ApiError):
    """`If-Match` names another version than the stored one."""

    status = 412
    code = "precondition_failed"


class PayloadTooLarge(ApiError):
    """The body is over the limit."""

    status = 413
    code = "payload_too_large"


class UnsupportedMediaType(ApiError):
    """The body's `Content-Type` is not one this endpoint reads."""

    status = 415
    code = "unsupported_media_type"


class IdempotencyKeyReused(ApiError):
    """The `Idempotency-Key` was used with another body."""

    status = 422
    code = "idempotency_key_reused"


class RateLimitExceeded(ApiError):
    """The window's requests are spent."""

    status = 429
    code = "rate_limit_exceeded"


class InternalError(ApiError):
    """A fault of ours."""

    status = 500
    code = "internal_error"


class ModelError(ApiError):
    """The language model failed, refused or did not answer in time."""

    status = 502
    code = "model_error"


class Unavailable(ApiError):
    """AWS did not answer, or is throttling us; the same request may succeed later."""

    status = 503
    code = "service_unavailable"
