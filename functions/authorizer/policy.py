"""The authorizer's answer: allowed or denied, and what the functions and the gateway's own answers must know."""

import math
from typing import Any

from lambdify import clock

from .limiter import WINDOW_SECONDS, Count
from .records import Record


def answer(record: Record, count: Count, method_arn: str) -> dict[str, Any]:
    """As API Gateway wants it. Deny means that the window is spent; the template answers it with 429."""
    effect = "Allow" if count.is_admitted else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": method_arn}
    return {
        "principalId": record.workspace_id,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {**_caller(record), **_numbers(count)},
        "usageIdentifierKey": record.gateway_key,
    }


def _caller(record: Record) -> dict[str, str]:
    """What `lambdify.caller.Caller` is made of."""
    return {
        "workspaceId": record.workspace_id,
        "mode": record.mode,
        "tier": record.tier,
        "keyId": record.key_id,
        "keyKind": record.kind,
        "appId": record.app_id,
        "role": record.role,
        "scopes": record.scopes,
    }


def _numbers(count: Count) -> dict[str, str]:
    """What the rate headers are made of. API Gateway cannot calculate, so every header is ready as text."""
    seconds = max(1, math.ceil(count.ends_at - clock.epoch()))
    return {
        "rateLimitLimit": str(count.limit),
        "rateLimitRemaining": str(count.remaining),
        "rateLimitReset": str(math.ceil(count.ends_at)),
        # The pair of draft-ietf-httpapi-ratelimit-headers.
        "rateLimit": f'"default";r={count.remaining};t={seconds}',
        "rateLimitPolicy": f'"default";q={count.limit};w={WINDOW_SECONDS}',
        # An admitted request needs it too: the usage plan's own throttle is over after a second.
        "retryAfter": "1" if count.is_admitted else str(seconds),
    }
