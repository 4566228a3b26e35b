"""The rate headers that every answer carries."""

import math
from collections.abc import Mapping

from lambdify import clock


def rate_headers(authorizer_context: Mapping[str, str]) -> dict[str, str]:
    """From the authorizer's numbers. Without an authorizer no caller is known, so they are 0, 0 and now."""
    context = authorizer_context
    return {
        "X-RateLimit-Limit": context.get("rateLimitLimit", "0"),
        "X-RateLimit-Remaining": context.get("rateLimitRemaining", "0"),
        "X-RateLimit-Reset": context.get("rateLimitReset") or str(math.ceil(clock.epoch())),
        "RateLimit": context.get("rateLimit", '"default";r=0;t=0'),
        "RateLimit-Policy": context.get("rateLimitPolicy", '"default";q=0;w=60'),
    }
