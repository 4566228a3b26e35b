"""Asks the authorizer function who calls, as API Gateway does for authorizers of type TOKEN."""

import json
import re
from dataclasses import dataclass
from typing import Any

from local.functions import Functions, RequestTooLarge, TooManyRequests
from local.gateway.definition import Api, Authorizer
from local.gateway.event import API_ID
from local.gateway.failures import Failure
from local.gateway.request import Request
from local.intrinsics import ACCOUNT, REGION
from local.runtime_api import Outcome


@dataclass(frozen=True)
class Decision:
    """What the authorizer answered."""

    is_allowed: bool
    context: dict[str, str]
    usage_key: str | None
    """`usageIdentifierKey`: the value of a usage plan's API key."""


async def authorize(functions: Functions, authorizer: Authorizer, api: Api, request: Request, path: str) -> Decision:
    """Run the authorizer. Raises `Failure` when there is no decision."""
    token = request.header(authorizer.header)
    if not token or (authorizer.validation and not authorizer.validation.fullmatch(token)):
        raise Failure("UNAUTHORIZED")
    method_arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API_ID}/{api.stage}/{request.method}{path}"
    event = {"type": "TOKEN", "authorizationToken": token, "methodArn": method_arn}
    try:
        outcome = await functions[authorizer.function_arn].invoke(json.dumps(event).encode())
    except (RequestTooLarge, TooManyRequests) as error:
        raise Failure("AUTHORIZER_FAILURE") from error
    return _decision(outcome, method_arn)


def _decision(outcome: Outcome, method_arn: str) -> Decision:
    try:
        answer = json.loads(outcome.payload)
        if outcome.is_error:
            raise Failure("UNAUTHORIZED" if answer.get("errorMessage") == "Unauthorized" else "AUTHORIZER_FAILURE")
        context = {name: _text(value) for name, value in (answer.get("context") or {}).items()}
        return Decision(
            is_allowed=_is_allowed(answer["policyDocument"]["Statement"], method_arn),
            context={"principalId": str(answer["principalId"]), **context},
            usage_key=answer.get("usageIdentifierKey"),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Failure("AUTHORIZER_CONFIGURATION_ERROR") from error


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float):
        raise TypeError("an authorizer's context holds only text, numbers and booleans")
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _is_allowed(statements: Any, method_arn: str) -> bool:
    """Whether a statement allows the method and none denies it."""
    found = statements if isinstance(statements, list) else [statements]
    effects = {statement["Effect"] for statement in found if _covers(statement["Resource"], method_arn)}
    return "Allow" in effects and "Deny" not in effects


def _covers(resources: Any, method_arn: str) -> bool:
    patterns = resources if isinstance(resources, list) else [resources]
    expressions = (re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".") for pattern in patterns)
    return any(re.fullmatch(expression, method_arn) for expression in expressions)
