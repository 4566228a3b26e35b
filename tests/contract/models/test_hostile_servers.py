"""A broken or hostile server costs a bounded time and a clear error, and learns and leaks nothing."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from lambdify.errors import ModelError
from lambdify.models.base import ChatMessage, Completion, Request
from lambdify.models.openai_compatible import OpenAICompatible
from tests.contract.models.fault_server import (
    GOOD,
    Behaviour,
    FaultServer,
    answering,
    flooding,
    resetting,
    silent,
    trickling,
)

KEY = "sk-very-secret"
PROMPT = "the-prompt-is-private"
Ask = Callable[..., Completion]


@pytest.fixture
def provider(fault_server: FaultServer) -> OpenAICompatible:
    return OpenAICompatible(fault_server.base_url, ["m"], lambda: KEY)


@pytest.fixture
def ask(provider: OpenAICompatible, fault_server: FaultServer) -> Ask:
    """Script the server's behaviours, ask once, and get the answer."""

    def ask(*behaviours: Behaviour, **options: Any) -> Completion:
        fault_server.behaviours[:] = behaviours
        return provider.complete(Request("m", [ChatMessage("user", PROMPT)], **{"seconds": 5, **options}))

    return ask


def reason_of(ask: Ask, *behaviours: Behaviour, **options: Any) -> str:
    with pytest.raises(ModelError) as caught:
        ask(*behaviours, **options)
    shown = json.dumps([caught.value.message, caught.value.details])
    assert KEY not in shown
    assert PROMPT not in shown
    assert "upstream" not in shown
    return str(caught.value.details["reason"])


def refusal(
    status: int, *, code: str = "", param: str = "", message: str = "upstream words", **headers: Any
) -> Behaviour:
    return answering(status, {"error": {"message": message, "code": code, "param": param}}, **headers)


class TestBounds:
    @pytest.mark.parametrize("behaviour", [silent, trickling])
    def test_slowness_of_any_kind_ends_with_the_budget(self, ask: Ask, behaviour: Behaviour) -> None:
        started = time.monotonic()

        assert reason_of(ask, behaviour, seconds=0.6) == "timeout"
        assert time.monotonic() - started < 1.5

    def test_an_endless_body_is_dropped(self, ask: Ask) -> None:
        assert reason_of(ask, flooding, seconds=1.5) == "bad_response"

    def test_an_answer_without_end_of_nesting_is_dropped(self, ask: Ask) -> None:
        assert reason_of(ask, answering(raw=b"[" * 1_000_000)) == "bad_response"

    def test_the_tokens_asked_for_are_always_bounded(self, ask: Ask, fault_server: FaultServer) -> None:
        ask(answering(), max_tokens=10**9)
        ask(answering(), max_tokens=-1)

        assert [body["max_tokens"] for body in fault_server.bodies()] == [32_000, 1]


class TestGarbage:
    @pytest.mark.parametrize(
        "behaviour",
        [
            answering(raw=b"<html>upstream</html>", Content_Type="text/html"),
            answering(raw=b'{"choices": [{"mess'),
            answering(raw=b""),
            answering(raw=b"\xff\xfe"),
            answering(body=[]),
            answering(body={"choices": []}),
            answering(body={"choices": [{"message": {"content": 7}}]}),
            answering(body={"choices": [{"message": {"content": None}, "finish_reason": "stop"}]}),
            answering(body={"choices": [{"message": "upstream"}]}),
            answering(body={"choices": [{"message": {"content": "x"}, "finish_reason": []}]}),
        ],
    )
    def test_what_is_no_chat_completion_is_no_answer(self, ask: Ask, behaviour: Behaviour) -> None:
        assert reason_of(ask, behaviour) == "bad_response"

    def test_a_body_shorter_than_announced_is_tried_again(self, ask: Ask, fault_server: FaultServer) -> None:
        assert ask(answering(length=5_000), answering()).content == "Fine."
        assert len(fault_server.requests) == 2

    def test_missing_counts_are_made_up_for(self, ask: Ask) -> None:
        for usage in (None, {}, {"prompt_tokens": "many", "completion_tokens": None}):
            answer = ask(answering(body={**GOOD, "usage": usage}))

            assert (answer.prompt_tokens, answer.completion_tokens) == (7, 2)

    def test_a_redirect_is_not_followed(self, ask: Ask, fault_server: FaultServer) -> None:
        """The key would go along."""
        assert reason_of(ask, answering(307, {}, Location=f"{fault_server.base_url}/elsewhere")) == "bad_response"
        assert len(fault_server.requests) == 1

    def test_a_list_that_is_none_is_an_error(self, fault_server: FaultServer) -> None:
        fault_server.behaviours[:] = [answering(body={"data": "upstream"})]

        with pytest.raises(ModelError) as caught:
            OpenAICompatible(fault_server.base_url, [], lambda: KEY).models()
        assert caught.value.details["reason"] == "bad_response"


class TestRetries:
    @pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
    def test_what_may_pass_is_tried_again(self, ask: Ask, fault_server: FaultServer, status: int) -> None:
        assert ask(refusal(status), answering()).content == "Fine."
        assert len(fault_server.requests) == 2

    def test_a_reset_connection_is_tried_again(self, ask: Ask) -> None:
        assert ask(resetting, answering()).content == "Fine."

    def test_there_are_three_attempts(self, ask: Ask, fault_server: FaultServer) -> None:
        assert reason_of(ask, refusal(503)) == "unavailable"
        assert len(fault_server.requests) == 3

    def test_the_server_s_own_pause_is_kept(self, ask: Ask) -> None:
        started = time.monotonic()

        ask(refusal(429, Retry_After="1"), answering())

        assert time.monotonic() - started >= 1

    def test_a_pause_beyond_the_budget_ends_the_call_at_once(self, ask: Ask, fault_server: FaultServer) -> None:
        assert reason_of(ask, refusal(429, Retry_After="60")) == "rate_limited"
        assert len(fault_server.requests) == 1

    @pytest.mark.parametrize("pause", ["-1", "soon", "nan", "9" * 400, "Wed, 21 Oct 2026 07:28:00 GMT"])
    def test_a_pause_that_is_no_number_is_ours_to_choose(self, ask: Ask, pause: str) -> None:
        assert ask(refusal(429, Retry_After=pause), answering()).content == "Fine."

    @pytest.mark.parametrize(
        ("behaviour", "reason"),
        [
            (refusal(400), "refused"),
            (refusal(400, code="context_length_exceeded"), "context_length"),
            (refusal(400, message="This model's maximum context length is 8"), "context_length"),
            (refusal(401), "credentials"),
            (refusal(403), "credentials"),
            (refusal(404), "unknown_model"),
            (refusal(413), "context_length"),
            (refusal(422), "refused"),
            (answering(400, raw=b"upstream"), "refused"),
        ],
    )
    def test_what_will_not_pass_is_not_tried_again(
        self, ask: Ask, fault_server: FaultServer, behaviour: Behaviour, reason: str
    ) -> None:
        assert reason_of(ask, behaviour) == reason
        assert len(fault_server.requests) == 1

    def test_a_server_that_is_not_there_is_unavailable(self) -> None:
        provider = OpenAICompatible("http://127.0.0.1:1/v1", ["m"], lambda: "")

        with pytest.raises(ModelError) as caught:
            provider.complete(Request("m", [ChatMessage("user", "Hello")], seconds=2))
        assert caught.value.details["reason"] == "unavailable"


class TestRequest:
    def test_carries_the_key_the_settings_and_the_conversation(self, ask: Ask, fault_server: FaultServer) -> None:
        ask(answering(), temperature=0.2, max_tokens=50)

        assert f"authorization: bearer {KEY}".encode() in fault_server.requests[0].lower()
        assert fault_server.bodies() == [
            {
                "model": "m",
                "messages": [{"role": "user", "content": PROMPT}],
                "temperature": 0.2,
                "max_tokens": 50,
            }
        ]

    def test_a_server_without_a_key_gets_no_authorization(self, fault_server: FaultServer) -> None:
        fault_server.behaviours[:] = [answering()]

        OpenAICompatible(fault_server.base_url, ["m"], lambda: "").complete(Request("m", [ChatMessage("user", "Hi")]))

        assert b"authorization" not in fault_server.requests[0].lower()

    def test_parameters_that_a_model_refuses_are_put_otherwise_from_then_on(
        self, ask: Ask, fault_server: FaultServer
    ) -> None:
        tokens, temperature = (refusal(400, param=name) for name in ("max_tokens", "temperature"))

        ask(tokens, temperature, answering())
        ask(answering())

        last = fault_server.bodies()[2:]
        assert last == [last[0], last[0]]
        assert last[0].keys() == {"model", "messages", "max_completion_tokens"}

    def test_the_same_refusal_twice_is_final(self, ask: Ask, fault_server: FaultServer) -> None:
        assert reason_of(ask, refusal(400, param="temperature")) == "refused"
        assert len(fault_server.requests) == 2

    def test_a_rotated_key_is_read_anew_after_a_401(self, fault_server: FaultServer) -> None:
        keys = iter(["sk-old", "sk-new"])
        provider = OpenAICompatible(fault_server.base_url, ["m"], lambda: next(keys))
        request = Request("m", [ChatMessage("user", "Hi")])
        fault_server.behaviours[:] = [refusal(401), answering()]

        with pytest.raises(ModelError):
            provider.complete(request)
        provider.complete(request)

        assert [b"sk-new" in sent for sent in fault_server.requests] == [False, True]


class TestFinish:
    def test_an_answer_cut_short_says_so(self, ask: Ask) -> None:
        choice = {"message": {"content": "Half an"}, "finish_reason": "length"}

        assert ask(answering(body={"choices": [choice]})).finish_reason == "length"

    def test_reasoning_that_used_all_tokens_is_an_empty_answer_cut_short(self, ask: Ask) -> None:
        choice = {"message": {"content": None}, "finish_reason": "length"}

        assert ask(answering(body={"choices": [choice]})).content == ""

    def test_a_refusal_in_words_is_the_answer(self, ask: Ask) -> None:
        choice = {"message": {"content": None, "refusal": "I can't help with that."}, "finish_reason": "stop"}

        answer = ask(answering(body={"choices": [choice]}))

        assert (answer.content, answer.finish_reason) == ("I can't help with that.", "content_filter")
