"""The authorizer, as API Gateway calls it."""

from tests.authorizing import authorize, time

__all__ = ["authorize", "time"]
