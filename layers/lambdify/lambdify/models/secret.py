"""The key of the OpenAI-compatible server, from where the stack keeps it."""

from botocore.exceptions import BotoCoreError, ClientError

from lambdify.aws.clients import client
from lambdify.observability import logger

from .base import failure


def read_key(provider: str, arn: str) -> str:
    """The text of a Secrets Manager secret or an SSM parameter. Raises ModelError when it cannot be read or sent."""
    try:
        key = _read(arn).strip()
    except (BotoCoreError, ClientError) as error:
        logger.error("model_key_unreadable", provider=provider, cause=type(error).__name__)
        raise failure(provider, "credentials") from error
    return demand_sendable(provider, key)


def demand_sendable(provider: str, key: str) -> str:
    """`key`, if a header can carry it. What does not fit would be quoted in the HTTP client's own error."""
    if not key.isascii() or not key.isprintable():
        raise failure(provider, "credentials")
    return key


def _read(arn: str) -> str:
    if ":ssm:" in arn:
        # GetParameter takes an ARN as the name.
        return str(client("ssm").get_parameter(Name=arn, WithDecryption=True)["Parameter"]["Value"])
    return str(client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
