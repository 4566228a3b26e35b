"""S3 buckets, with the notifications that they send."""

from collections.abc import Callable
from typing import Any

from local.intrinsics import Made


def create(client: Callable[[str], Any], logical_id: str, properties: dict[str, Any]) -> Made:
    """Create one bucket. Encryption, access blocks and lifecycles are left out: nobody else comes here, for long."""
    s3 = client("s3")
    name = properties.get("BucketName", f"lambdify-local-{logical_id.lower()}")
    s3.create_bucket(Bucket=name)
    if versioning := properties.get("VersioningConfiguration"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
    if cors := properties.get("CorsConfiguration"):
        rules = [_renamed_cors(rule) for rule in cors["CorsRules"]]
        s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})
    if notifications := properties.get("NotificationConfiguration"):
        s3.put_bucket_notification_configuration(
            Bucket=name,
            NotificationConfiguration=_notifications(logical_id, notifications),
        )
    domain = f"{name}.s3.amazonaws.com"
    return Made(name, {"Arn": f"arn:aws:s3:::{name}", "DomainName": domain, "RegionalDomainName": domain})


def _notifications(logical_id: str, configuration: dict[str, Any]) -> dict[str, Any]:
    if others := set(configuration) - {"QueueConfigurations"}:
        raise ValueError(f"the local stack sends S3 notifications to queues only, not {others} (resource {logical_id})")
    return {"QueueConfigurations": [_notification(entry) for entry in configuration["QueueConfigurations"]]}


def _notification(entry: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"QueueArn": entry["Queue"], "Events": [entry["Event"]]}
    if "Filter" in entry:
        made["Filter"] = {"Key": {"FilterRules": entry["Filter"]["S3Key"]["Rules"]}}
    return made


def _renamed_cors(rule: dict[str, Any]) -> dict[str, Any]:
    """CloudFormation drops the last letter of what the API calls `ExposeHeaders`."""
    names = {"ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds", "Id": "ID"}
    return {names.get(name, name): value for name, value in rule.items()}
