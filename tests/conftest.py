"""Functional tests run against moto in this process, with the tables that `template.yaml` describes."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import moto.core  # noqa: F401 - clients made before this would ask the real AWS, even when moto runs.
import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from local import template  # noqa: E402

STACK = template.read(overrides={"Environment": "test"})
_VARIABLES = STACK.resolver().value(STACK.document["Globals"]["Function"]["Environment"]["Variables"])

# Settings are read when `lambdify` is first imported, so this stands before any other import of it.
os.environ.update(
    {
        **_VARIABLES,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "CLEANUP_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/lambdify-test-cleanup",
        "GATEWAY_KEYS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/lambdify-test-gateway-keys",
        "OVERFLOW_KEY": "lambdify-test-overflow-key",
        "POWERTOOLS_TRACE_DISABLED": "1",
        "ALLOW_LOOPBACK": "true",
        "WEBHOOK_TIMEOUT_SECONDS": "1",
        "WEBHOOK_DELIVERIES_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/lambdify-test-webhook-deliveries",
        "WEBHOOK_RETRY_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:lambdify-test-webhook-retry",
    }
)


@pytest.fixture(scope="session")
def aws() -> Iterator[None]:
    """AWS, as far as moto knows it, for the whole session: tests keep apart by workspace, as tenants do."""
    from moto import mock_aws

    from lambdify.aws.clients import client
    from local import moto_dynamodb

    moto_dynamodb.install()
    with mock_aws():
        for resource in STACK.resources().values():
            if resource["Type"] == "AWS::DynamoDB::Table":
                _create_table(client("dynamodb"), STACK.resolver().value(resource["Properties"]))
            if resource["Type"] == "AWS::SQS::Queue":
                client("sqs").create_queue(QueueName=STACK.resolver().value(resource["Properties"]["QueueName"]))
            if resource["Type"] == "AWS::S3::Bucket":
                _create_bucket(client("s3"), resource["Properties"])
        yield


def _create_bucket(s3: Any, properties: dict[str, Any]) -> None:
    name = STACK.resolver().value(properties["BucketName"])
    s3.create_bucket(Bucket=name)
    if versioning := properties.get("VersioningConfiguration"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)


def _create_table(dynamodb: Any, properties: dict[str, Any]) -> None:
    wanted = ("TableName", "AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
    options = {name: properties[name] for name in wanted if name in properties}
    if "StreamSpecification" in properties:
        options["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
    dynamodb.create_table(**options)
