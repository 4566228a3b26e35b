"""Decides about every request: who calls, and whether the window still has room.

It stands before all others, so it imports little: botocore alone, no PynamoDB, no Powertools (docs/limits.md).
"""

import gc
from typing import Any

from lambdify import clock, keys
from lambdify.errors import Unauthorized

from . import policy
from .database import dynamodb
from .last_use import LastUse
from .limiter import Limiter
from .records import Record, Records

# A write of last_used_at that outlasts the count is waited for this long, then left to itself.
_LAST_USE_SECONDS_MAX = 0.05

records = Records()
limiter = Limiter()
last_use = LastUse()


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answer API Gateway's TOKEN authorizer event. Raising exactly `Unauthorized` makes it answer 401."""
    record = authenticate(event["authorizationToken"])
    noting = last_use.note(record)
    count = limiter.count(record)
    if noting is not None:
        noting.join(_LAST_USE_SECONDS_MAX)
    return policy.answer(record, count, event["methodArn"])


def authenticate(header: str) -> Record:
    """The key's record. Raises Unauthorized when it is malformed, unknown, expired or revoked."""
    _scheme, _, text = header.partition(" ")
    key = keys.parse(text)
    record = None if key is None else records.find(key.digest)
    if record is None or record.ends_at <= clock.epoch():
        raise Unauthorized("Unauthorized")
    return record


# While it starts, an environment has a whole processor, and at a request only what its memory buys: make it now.
dynamodb()
# What has been imported lives as long as the environment, so the collector need not look at it again.
gc.freeze()
