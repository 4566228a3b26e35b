"""API Gateway's REST API on this machine, built from the translated template."""

from local.gateway.app import Gateway
from local.gateway.definition import read_api

__all__ = ["Gateway", "read_api"]
