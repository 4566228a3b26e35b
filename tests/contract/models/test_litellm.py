"""`openai_compatible` understands a server that we did not write: LiteLLM's proxy, with canned answers."""

import time

import pytest

from lambdify.errors import ModelError
from lambdify.models.base import ChatMessage, Passage, Request
from lambdify.models.openai_compatible import OpenAICompatible

QUESTION = [ChatMessage("system", "Be brief."), ChatMessage("user", "How does Lambda bill?")]


@pytest.fixture
def provider(litellm: str) -> OpenAICompatible:
    return OpenAICompatible(litellm, [], lambda: "sk-proof")


def test_answers_with_the_server_s_words_and_counts(provider: OpenAICompatible) -> None:
    passages = [Passage("doc_1", "chunk_1", "pricing.md", "Billing is per millisecond.", 2)]

    answer = provider.complete(Request("answering", QUESTION, passages=passages))

    assert answer.content == "Lambda bills by the millisecond."
    assert answer.finish_reason == "stop"
    assert (answer.prompt_tokens, answer.completion_tokens) == (10, 20)


def test_offers_what_the_server_lists(provider: OpenAICompatible) -> None:
    assert [model.id for model in provider.models()] == ["answering", "limited", "broken", "small", "late", "slow"]
    assert {model.provider for model in provider.models()} == {"openai_compatible"}


@pytest.mark.parametrize(
    ("model", "reason", "retryable"),
    [
        ("limited", "rate_limited", True),
        ("broken", "unavailable", True),
        ("late", "timeout", True),
        ("small", "context_length", False),
        ("not-there", "refused", False),
    ],
)
def test_the_server_s_failures_become_ours(
    provider: OpenAICompatible, model: str, reason: str, retryable: bool
) -> None:
    with pytest.raises(ModelError) as caught:
        provider.complete(Request(model, QUESTION))

    assert caught.value.details == {"provider": "openai_compatible", "reason": reason, "retryable": retryable}
    assert "mock" not in caught.value.message


def test_a_model_slower_than_the_budget_times_out_at_the_budget(provider: OpenAICompatible) -> None:
    started = time.monotonic()

    with pytest.raises(ModelError) as caught:
        provider.complete(Request("slow", QUESTION, seconds=1))

    assert caught.value.details["reason"] == "timeout"
    assert time.monotonic() - started < 2
