"""AWS clients, made once per environment and shared by everything in it."""

from functools import cache
from typing import Any, Literal

from botocore.config import Config
from botocore.session import Session

from lambdify.settings import settings

Service = Literal[
    "apigateway",
    "bedrock",
    "bedrock-runtime",
    "dynamodb",
    "s3",
    "s3vectors",
    "secretsmanager",
    "sqs",
    "ssm",
    "stepfunctions",
]
"""All that the functions call. The build leaves every other service's description out of the deployed botocore."""

_CONNECT_SECONDS = 2
_READ_SECONDS = 5


@cache
def session() -> Session:
    """The environment's botocore session; it finds credentials and the endpoint in the environment's variables."""
    return Session()


def client(
    service: Service, *, read_seconds: float = _READ_SECONDS, attempts: int = 3, pool_connections: int = 10
) -> Any:
    """The client for `service`. `attempts` counts the first one; 1 turns retries off."""
    return _client(service, read_seconds, attempts, pool_connections)


@cache
def _client(service: Service, read_seconds: float, attempts: int, pool_connections: int) -> Any:
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": attempts, "mode": "standard"},
        max_pool_connections=pool_connections,
        parameter_validation=False,
        # Links to S3 are signed in a way that is on its way out, unless this is asked for.
        signature_version="s3v4" if service == "s3" else None,
    )
    return session().create_client(service, settings.aws_region, config=config)
