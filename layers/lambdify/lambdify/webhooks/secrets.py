"""Signing secrets, derived whenever they are needed and stored nowhere (docs/decisions/0011).

A secret is HMAC-SHA256 of a random salt under the stack's master key. Only the salt is kept with the webhook, and it
tells nothing. The master key is an SSM SecureString, which the first webhook of a stack creates.
"""

import base64
import hashlib
import hmac
import secrets
from functools import cache

from botocore.exceptions import ClientError

from lambdify.aws.clients import client
from lambdify.settings import settings

from .signature import secret_of

_KEY_BYTES = 32
_SALT_BYTES = 16


def new_salt() -> str:
    """What is stored in a secret's place, in hexadecimal."""
    return secrets.token_hex(_SALT_BYTES)


def derive(webhook_id: str, salt: str) -> str:
    """The secret, such as `whsec_…`."""
    return secret_of(hmac.new(_master_key(), f"{webhook_id}.{salt}".encode(), hashlib.sha256).digest())


def create_master_key() -> None:
    """Make the stack's master key, unless there is one."""
    fresh = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
    try:
        client("ssm").put_parameter(Name=_name(), Value=fresh, Type="SecureString", Overwrite=False)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterAlreadyExists":
            raise


@cache
def _master_key() -> bytes:
    parameter = client("ssm").get_parameter(Name=_name(), WithDecryption=True)["Parameter"]
    return base64.b64decode(parameter["Value"])


def _name() -> str:
    return f"/lambdify/{settings.environment}/webhook-master-key"
