"""API Gateway usage plans, and the keys in them."""

from collections.abc import Callable
from typing import Any

from local.intrinsics import Made


def create_plan(client: Callable[[str], Any], logical_id: str, properties: dict[str, Any]) -> Made:
    """Create one usage plan. Its stages are not named: the runner has one stage, which every plan is for."""
    request: dict[str, Any] = {"name": properties.get("UsagePlanName", logical_id)}
    if throttle := properties.get("Throttle"):
        request["throttle"] = {
            "rateLimit": float(throttle["RateLimit"]),
            "burstLimit": int(throttle["BurstLimit"]),
        }
    plan_id = client("apigateway").create_usage_plan(**request)["id"]
    return Made(plan_id, {"Id": plan_id})


def create_key(client: Callable[[str], Any], logical_id: str, properties: dict[str, Any]) -> Made:
    """Create one gateway key."""
    name = properties.get("Name", logical_id)
    key = client("apigateway").create_api_key(
        name=name, value=properties["Value"], enabled=properties.get("Enabled", True)
    )
    return Made(key["id"], {"APIKeyId": key["id"]})


def create_plan_key(client: Callable[[str], Any], logical_id: str, properties: dict[str, Any]) -> Made:
    """Put a gateway key into a usage plan."""
    client("apigateway").create_usage_plan_key(
        usagePlanId=properties["UsagePlanId"], keyId=properties["KeyId"], keyType=properties["KeyType"]
    )
    return Made(logical_id)
