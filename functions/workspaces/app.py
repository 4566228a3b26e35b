"""For the operator, invoked directly with IAM: makes workspaces and first keys, moves tiers, revokes keys."""

from typing import Any

from pydantic import ValidationError

from lambdify.errors import ApiError, InvalidRequest

from . import service
from .schemas import ACTION


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Do what `event["action"]` names. A refusal is an answer in the API's error shape; only faults raise."""
    try:
        return service.perform(ACTION.validate_python(event))
    except ValidationError as error:
        return _refusal(_invalid(error))
    except ApiError as error:
        return _refusal(error)


def _invalid(error: ValidationError) -> InvalidRequest:
    errors = error.errors(include_input=False, include_url=False)
    return InvalidRequest.at(*((_location(each["loc"]), each["msg"].removeprefix("Value error, ")) for each in errors))


def _location(where: tuple[int | str, ...]) -> str:
    """The field's path. Its first part, where there is one, only repeats the action."""
    if not where:
        return "action"
    return ".".join(str(part) for part in where[1:]) or "event"


def _refusal(error: ApiError) -> dict[str, Any]:
    return {"error": {"code": error.code, "message": error.message, "details": error.details}}
