"""`bedrock` holds to botocore's own model of the service: every request is validated against the operation's input
shape, and every answer comes over HTTP and is parsed by its output shape.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import OperationModel
from botocore.validate import ParamValidator

from lambdify.aws.clients import session
from lambdify.errors import ModelError
from lambdify.models.base import ChatMessage, Passage, Request
from lambdify.models.bedrock import Bedrock
from tests.contract.models.fault_server import Behaviour, FaultServer, answering, silent

MODEL = "anthropic.claude-x-v1:0"
SAID = [ChatMessage("user", "How does Lambda bill?")]
USAGE = {"inputTokens": 11, "outputTokens": 7, "totalTokens": 18}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[FaultServer]:
    """Bedrock's endpoint. Clients live as long as the process, so there is one for all tests."""
    variables = ("AWS_ENDPOINT_URL_BEDROCK", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME")
    for service in ("bedrock", "bedrock-runtime"):
        session().register(f"provide-client-params.{service}", _validate)
    with FaultServer() as server:
        os.environ.update(dict.fromkeys(variables, server.base_url.removesuffix("/v1")))
        yield server
    for variable in variables:
        del os.environ[variable]


@pytest.fixture
def bedrock(endpoint: FaultServer) -> Bedrock:
    endpoint.requests.clear()
    return Bedrock()


def converse_answer(*texts: str, stop: str = "end_turn") -> Behaviour:
    message = {"role": "assistant", "content": [{"text": text} for text in texts]}
    body = {"output": {"message": message}, "stopReason": stop, "usage": USAGE, "metrics": {"latencyMs": 5}}
    return answering(body=body)


def refusal(status: int, code: str, message: str = "upstream words") -> Behaviour:
    return answering(status, {"message": message}, x_amzn_ErrorType=code)


def reason_of(bedrock: Bedrock, endpoint: FaultServer, *behaviours: Behaviour, **options: Any) -> str:
    endpoint.behaviours[:] = behaviours
    with pytest.raises(ModelError) as caught:
        bedrock.complete(Request(MODEL, SAID, **options))
    assert "upstream" not in caught.value.message
    return str(caught.value.details["reason"])


def _validate(params: dict[str, Any], model: OperationModel, **_: Any) -> None:
    report = ParamValidator().validate(params, model.input_shape)
    assert not report.has_errors(), report.generate_report()


class TestConverse:
    def test_answers_with_the_model_s_words_and_counts(self, bedrock: Bedrock, endpoint: FaultServer) -> None:
        endpoint.behaviours[:] = [converse_answer("By the ", "millisecond.")]

        answer = bedrock.complete(Request(MODEL, SAID))

        assert (answer.content, answer.finish_reason) == ("By the millisecond.", "stop")
        assert (answer.prompt_tokens, answer.completion_tokens) == (11, 7)

    def test_sends_instructions_passages_turns_and_settings(self, bedrock: Bedrock, endpoint: FaultServer) -> None:
        endpoint.behaviours[:] = [converse_answer("Yes.")]
        messages = [
            ChatMessage("system", "Be brief."),
            ChatMessage("assistant", "Left over from a cut conversation."),
            ChatMessage("user", "One."),
            ChatMessage("user", "Two."),
            ChatMessage("assistant", "Yes?"),
            ChatMessage("user", "Three."),
        ]
        passages = [Passage("doc_1", "chunk_1", "prices.md", "Billing is per millisecond.", 4)]

        bedrock.complete(Request(MODEL, messages, temperature=1.7, max_tokens=50, passages=passages))

        body = endpoint.bodies()[0]
        assert body["messages"] == [
            {"role": "user", "content": [{"text": "One."}, {"text": "Two."}]},
            {"role": "assistant", "content": [{"text": "Yes?"}]},
            {"role": "user", "content": [{"text": "Three."}]},
        ]
        assert body["inferenceConfig"] == {"maxTokens": 50, "temperature": 1.0}
        assert body["system"][0] == {"text": "Be brief."}
        assert "[1] prices.md, page 4\nBilling is per millisecond." in body["system"][1]["text"]

    @pytest.mark.parametrize(
        ("stop", "finish"),
        [
            ("max_tokens", "length"),
            ("model_context_window_exceeded", "length"),
            ("content_filtered", "content_filter"),
            ("guardrail_intervened", "content_filter"),
            ("stop_sequence", "stop"),
        ],
    )
    def test_says_why_the_answer_ended(self, bedrock: Bedrock, endpoint: FaultServer, stop: str, finish: str) -> None:
        endpoint.behaviours[:] = [converse_answer("Some", stop=stop)]

        assert bedrock.complete(Request(MODEL, SAID)).finish_reason == finish

    def test_an_answer_without_text_is_none(self, bedrock: Bedrock, endpoint: FaultServer) -> None:
        assert reason_of(bedrock, endpoint, converse_answer()) == "bad_response"


class TestFailures:
    @pytest.mark.parametrize(
        ("status", "code", "reason"),
        [
            (403, "AccessDeniedException", "credentials"),
            (404, "ResourceNotFoundException", "unknown_model"),
            (400, "ValidationException", "refused"),
        ],
    )
    def test_what_will_not_pass_is_not_tried_again(
        self, bedrock: Bedrock, endpoint: FaultServer, status: int, code: str, reason: str
    ) -> None:
        assert reason_of(bedrock, endpoint, refusal(status, code)) == reason
        assert len(endpoint.requests) == 1

    @pytest.mark.parametrize(
        ("status", "code", "reason"),
        [
            (408, "ModelTimeoutException", "timeout"),
            (424, "ModelErrorException", "unavailable"),
            (429, "ModelNotReadyException", "unavailable"),
            (429, "ThrottlingException", "rate_limited"),
            (500, "InternalServerException", "unavailable"),
            (503, "ServiceUnavailableException", "unavailable"),
        ],
    )
    def test_what_may_pass_is_tried_three_times(
        self, bedrock: Bedrock, endpoint: FaultServer, status: int, code: str, reason: str
    ) -> None:
        assert reason_of(bedrock, endpoint, refusal(status, code)) == reason
        assert len(endpoint.requests) == 3

    def test_throttling_that_passes_is_not_seen(self, bedrock: Bedrock, endpoint: FaultServer) -> None:
        endpoint.behaviours[:] = [refusal(429, "ThrottlingException"), converse_answer("Yes.")]

        assert bedrock.complete(Request(MODEL, SAID)).content == "Yes."

    def test_a_conversation_that_is_too_long_is_named(self, bedrock: Bedrock, endpoint: FaultServer) -> None:
        too_long = refusal(400, "ValidationException", "Input is too long for requested model.")

        assert reason_of(bedrock, endpoint, too_long) == "context_length"

    def test_a_silent_model_times_out(self, bedrock: Bedrock, endpoint: FaultServer) -> None:
        assert reason_of(bedrock, endpoint, silent, seconds=1.5) == "timeout"

    def test_an_answer_that_is_no_json_is_none(self, bedrock: Bedrock, endpoint: FaultServer) -> None:
        assert reason_of(bedrock, endpoint, answering(raw=b"<html>upstream")) == "bad_response"


class TestModels:
    def test_lists_active_text_models_that_can_be_called_on_demand(
        self, bedrock: Bedrock, endpoint: FaultServer
    ) -> None:
        endpoint.behaviours[:] = [
            answering(
                body={
                    "modelSummaries": [
                        _summary("a.direct"),
                        _summary("b.by-profile", inferenceTypesSupported=["INFERENCE_PROFILE"]),
                        _summary("c.old", modelLifecycle={"status": "LEGACY"}),
                        _summary("d.images-only", inputModalities=["IMAGE"]),
                        _summary("e.rented", inferenceTypesSupported=["PROVISIONED"]),
                    ]
                }
            ),
            answering(
                body={
                    "inferenceProfileSummaries": [_profile("us.b.by-profile", "b.by-profile", "SYSTEM_DEFINED")],
                    "nextToken": "more",
                }
            ),
            answering(
                body={
                    "inferenceProfileSummaries": [
                        _profile("abc123", "a.direct", "APPLICATION"),
                        _profile("us.c.old", "c.old", "SYSTEM_DEFINED"),
                    ]
                }
            ),
        ]

        models = bedrock.models()

        assert [model.id for model in models] == [
            "a.direct",
            "us.b.by-profile",
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123",
        ]
        assert {model.provider for model in models} == {"bedrock"}

    def test_the_list_is_read_once(self, bedrock: Bedrock, endpoint: FaultServer) -> None:
        endpoint.behaviours[:] = [
            answering(body={"modelSummaries": [_summary("a.direct")]}),
            answering(body={"inferenceProfileSummaries": []}),
        ]

        bedrock.models()
        bedrock.models()

        assert len(endpoint.requests) == 2


def _summary(model_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "modelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{model_id}",
        "modelId": model_id,
        "modelName": model_id.upper(),
        "inputModalities": ["TEXT"],
        "outputModalities": ["TEXT"],
        "inferenceTypesSupported": ["ON_DEMAND"],
        "modelLifecycle": {"status": "ACTIVE"},
        **changes,
    }


def _profile(profile_id: str, model_id: str, kind: str) -> dict[str, Any]:
    arns = [f"arn:aws:bedrock:{region}::foundation-model/{model_id}" for region in ("us-west-2", "us-east-1")]
    resource = "inference-profile" if kind == "SYSTEM_DEFINED" else "application-inference-profile"
    return {
        "inferenceProfileName": profile_id,
        "inferenceProfileArn": f"arn:aws:bedrock:us-east-1:123456789012:{resource}/{profile_id}",
        "inferenceProfileId": profile_id,
        "models": [{"modelArn": arn} for arn in arns],
        "status": "ACTIVE",
        "type": kind,
    }
