"""DynamoDB tables, with their streams and their expiry."""

from collections.abc import Callable
from typing import Any

from local.intrinsics import Made

# What CreateTable takes by CloudFormation's own names.
_CREATED_WITH = (
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
)


def create(client: Callable[[str], Any], logical_id: str, properties: dict[str, Any]) -> Made:
    """Create one table. Encryption and backups are left out: they change nothing that a caller could see."""
    dynamodb = client("dynamodb")
    name = properties.get("TableName", logical_id)
    request = {field: properties[field] for field in _CREATED_WITH if field in properties}
    if stream := properties.get("StreamSpecification"):
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream["StreamViewType"]}
    table = dynamodb.create_table(TableName=name, **request)["TableDescription"]
    if expiry := properties.get("TimeToLiveSpecification"):
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
    attributes = {"Arn": table["TableArn"]}
    if "LatestStreamArn" in table:
        attributes["StreamArn"] = table["LatestStreamArn"]
    return Made(name, attributes)
