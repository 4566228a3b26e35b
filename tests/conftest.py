"""Every test runs against moto in this process, with the tables that `template.yaml` describes."""

import os

# Settings are read when `lambdify` is first imported, so this stands before any other import.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_REGION="us-east-1",
    POWERTOOLS_TRACE_DISABLED="1",
)

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from moto import mock_aws

ROOT = Path(__file__).parent.parent


class _TemplateLoader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (`!Sub x`) as their plain values."""


def _plain(loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_TemplateLoader.add_multi_constructor("!", _plain)
TEMPLATE = yaml.load((ROOT / "template.yaml").read_text(), _TemplateLoader)
_VARIABLES = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
os.environ.update({name: re.sub(r"\$\{Environment\}", "test", value) for name, value in _VARIABLES.items()})
os.environ["ENVIRONMENT"] = "test"


@pytest.fixture(scope="session")
def aws() -> Iterator[None]:
    """AWS, as far as moto knows it, for the whole session: tests keep apart by workspace, as tenants do."""
    from lambdify.aws.clients import client

    with mock_aws():
        for resource in TEMPLATE["Resources"].values():
            if resource["Type"] == "AWS::DynamoDB::Table":
                _create_table(client("dynamodb"), resource["Properties"])
        yield


def _create_table(dynamodb: object, properties: dict[str, object]) -> None:
    name = str(properties["TableName"]).replace("${Environment}", "test")
    wanted = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
    stream = properties.get("StreamSpecification")
    options = {key: properties[key] for key in wanted if key in properties}
    if stream:
        options["StreamSpecification"] = {"StreamEnabled": True, **stream}
    dynamodb.create_table(TableName=name, **options)
