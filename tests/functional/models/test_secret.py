"""The model server's key comes out of AWS, and goes nowhere but into the header."""

import pytest

from lambdify.aws.clients import client
from lambdify.errors import ModelError
from lambdify.models.secret import demand_sendable, read_key


def test_reads_a_secret() -> None:
    arn = client("secretsmanager").create_secret(Name="model-key", SecretString="sk-one\n")["ARN"]

    assert read_key("openai_compatible", arn) == "sk-one"


def test_reads_a_parameter() -> None:
    client("ssm").put_parameter(Name="/models/key", Value="sk-two", Type="SecureString")

    assert read_key("openai_compatible", "arn:aws:ssm:us-east-1:123456789012:parameter/models/key") == "sk-two"


def test_a_missing_secret_is_the_operator_s_to_mend() -> None:
    with pytest.raises(ModelError) as caught:
        read_key("openai_compatible", "arn:aws:secretsmanager:us-east-1:123456789012:secret:none-abcdef")

    assert caught.value.details["reason"] == "credentials"
    assert "arn:" not in caught.value.message


@pytest.mark.parametrize("key", ["sk-\r\nX-Injected: 1", "sk-\u2028", "ключ"])
def test_a_key_that_no_header_can_carry_is_not_quoted(key: str) -> None:
    with pytest.raises(ModelError) as caught:
        demand_sendable("openai_compatible", key)

    assert key not in str(caught.value)
