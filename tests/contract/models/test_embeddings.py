"""Embeddings are asked for as each provider's server wants it, and bad answers are errors."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from lambdify.errors import ModelError
from lambdify.models.bedrock import Bedrock
from lambdify.models.openai_compatible import OpenAICompatible
from tests.contract.models.fault_server import Behaviour, FaultServer, answering

TEXTS = ["A ferry.", "北京"]


@pytest.fixture
def openai(fault_server: FaultServer) -> OpenAICompatible:
    return OpenAICompatible(fault_server.base_url, [], lambda: "key")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[FaultServer]:
    """Bedrock's endpoint, for a client of its own: clients live as long as the process."""
    with FaultServer() as server:
        os.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = server.base_url.removesuffix("/v1")
        yield server
        del os.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"]


def listed(*entries: dict[str, Any]) -> Behaviour:
    return answering(body={"data": list(entries)})


def test_openai_gets_all_texts_at_once(openai: OpenAICompatible, fault_server: FaultServer) -> None:
    fault_server.behaviours[:] = [listed({"index": 1, "embedding": [3, 4]}, {"index": 0, "embedding": [1, 2.5]})]

    assert openai.embed("small", TEXTS, 5) == [[1.0, 2.5], [3.0, 4.0]]
    assert fault_server.bodies() == [{"model": "small", "input": TEXTS, "encoding_format": "float"}]
    assert fault_server.requests[0].startswith(b"POST /v1/embeddings ")


@pytest.mark.parametrize(
    "body",
    [{}, {"data": None}, {"data": [{"index": 0, "embedding": [1]}]}, {"data": [{"index": 0, "embedding": ["x"]}] * 2}],
)
def test_an_answer_without_a_vector_for_each_text_is_an_error(
    openai: OpenAICompatible, fault_server: FaultServer, body: dict[str, Any]
) -> None:
    fault_server.behaviours[:] = [answering(body=body)]

    with pytest.raises(ModelError) as raised:
        openai.embed("small", TEXTS, 5)

    assert raised.value.details["reason"] == "bad_response"


def test_a_busy_server_is_asked_again(openai: OpenAICompatible, fault_server: FaultServer) -> None:
    good = listed({"index": 0, "embedding": [1]}, {"index": 1, "embedding": [2]})
    fault_server.behaviours[:] = [answering(503), good]

    assert openai.embed("small", TEXTS, 5) == [[1.0], [2.0]]


def test_titan_gets_one_text_per_call(endpoint: FaultServer) -> None:
    endpoint.behaviours[:] = [answering(body={"embedding": [0.5, 1], "inputTextTokenCount": 3})]

    # Seven seconds: a client with a timeout that no other test asks for.
    assert Bedrock().embed("amazon.titan-embed-text-v2:0", TEXTS, 7) == [[0.5, 1.0]] * 2
    assert sorted(body["inputText"] for body in endpoint.bodies()) == TEXTS
    assert b"/model/amazon.titan-embed-text-v2%3A0/invoke" in endpoint.requests[0]
