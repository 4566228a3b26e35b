"""The template grants what the configured providers need, and nothing while none is configured."""

import json
from typing import Any

import pytest

from local import template

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:model-key"
LISTING = {"bedrock:ListFoundationModels", "bedrock:ListInferenceProfiles"}
READING = {"secretsmanager:GetSecretValue", "ssm:GetParameter"}


@pytest.mark.parametrize(
    ("parameters", "granted"),
    [
        ({}, set()),
        ({"BedrockEnabled": "true"}, LISTING),
        ({"OpenAICompatibleKeySecretArn": SECRET}, READING),
        ({"BedrockEnabled": "true", "OpenAICompatibleKeySecretArn": SECRET}, LISTING | READING),
    ],
)
def test_models_may_do_what_its_providers_need(parameters: dict[str, str], granted: set[str]) -> None:
    statements = _statements("ModelsFunctionRole", parameters)

    assert {action for statement in statements for action in statement["Action"]} == granted


def test_only_the_one_secret_may_be_read() -> None:
    statements = _statements("ModelsFunctionRole", {"OpenAICompatibleKeySecretArn": SECRET})

    assert [statement["Resource"] for statement in statements] == [SECRET]


@pytest.mark.parametrize("role", ["MessagesFunctionRole", "ConversationsFunctionRole"])
def test_bedrock_may_be_called_only_where_it_is_enabled_and_for_models_only(role: str) -> None:
    def callable_resources(parameters: dict[str, str]) -> list[str]:
        found = [each for each in _statements(role, parameters) if "bedrock:InvokeModel" in each["Action"]]
        return [resource for statement in found for resource in statement["Resource"]]

    assert callable_resources({}) == []
    kinds = [resource.split(":")[5] for resource in callable_resources({"BedrockEnabled": "true"})]
    assert kinds == ["foundation-model/*", "inference-profile/*", "application-inference-profile/*"]


def _statements(role: str, parameters: dict[str, str]) -> list[dict[str, Any]]:
    """What the role may do beside its tables, whose ARNs only a deployed stack knows."""
    stack = template.read(overrides={"Environment": "test", **parameters})
    written = stack.translated()[role]["Properties"].get("Policies", [])
    policies = stack.resolver().value([policy for policy in written if "Fn::GetAtt" not in json.dumps(policy)])
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]
