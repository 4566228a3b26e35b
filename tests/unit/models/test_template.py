"""The template grants what the configured providers need, and nothing while none is configured."""

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


def _statements(role: str, parameters: dict[str, str]) -> list[dict[str, Any]]:
    stack = template.read(overrides={"Environment": "test", **parameters})
    policies = stack.resolver().value(stack.translated()[role]["Properties"].get("Policies", []))
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]
