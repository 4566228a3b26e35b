"""KMS keys and Secrets Manager secrets."""

from collections.abc import Callable
from typing import Any

from local.intrinsics import Made


def create_key(client: Callable[[str], Any], logical_id: str, properties: dict[str, Any]) -> Made:
    """Create one encryption key."""
    key = client("kms").create_key(Description=properties.get("Description", logical_id))["KeyMetadata"]
    return Made(key["KeyId"], {"Arn": key["Arn"], "KeyId": key["KeyId"]})


def create_alias(client: Callable[[str], Any], _logical_id: str, properties: dict[str, Any]) -> Made:
    """Give an encryption key another name."""
    client("kms").create_alias(AliasName=properties["AliasName"], TargetKeyId=properties["TargetKeyId"])
    return Made(properties["AliasName"])


def create_secret(client: Callable[[str], Any], logical_id: str, properties: dict[str, Any]) -> Made:
    """Create one secret, with the value that the template gives or a random one when it asks for that."""
    secrets = client("secretsmanager")
    value = properties.get("SecretString")
    if value is None and "GenerateSecretString" in properties:
        value = secrets.get_random_password()["RandomPassword"]
    arn = secrets.create_secret(Name=properties.get("Name", logical_id), SecretString=value or "")["ARN"]
    return Made(arn, {"Id": arn})
