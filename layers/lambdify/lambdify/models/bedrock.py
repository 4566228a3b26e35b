"""The account's Bedrock models, through Converse: one request and answer shape for all of them."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ReadTimeoutError

from lambdify.aws.clients import Service, client

from .base import Completion, FailureReason, FinishReason, Model, Request, failure
from .cached import Cached
from .persistence import Passing, persist
from .prompt import instructions_of, turns_of

PROVIDER = "bedrock"

_LIST_SECONDS = 4.0
_PAGE_SIZE = 1000
_PAGES_MAX = 5
_EMBEDDING_THREADS = 8
# botocore's read timeout belongs to the client, so there is one client for each of these, made when it is needed.
_READ_SECONDS = (23, 15, 8, 4, 2, 1)
_TRANSIENT: dict[str, FailureReason] = {
    "InternalServerException": "unavailable",
    "ModelErrorException": "unavailable",
    "ModelNotReadyException": "unavailable",
    "ModelTimeoutException": "timeout",
    "ServiceUnavailableException": "unavailable",
    "ThrottlingException": "rate_limited",
}
_LASTING: dict[str, FailureReason] = {
    "AccessDeniedException": "credentials",
    "ExpiredTokenException": "credentials",
    "ResourceNotFoundException": "unknown_model",
    "UnrecognizedClientException": "credentials",
}
_FINISH: dict[str, FinishReason] = {
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
}
_TOO_LONG = ("too long", "too many input tokens", "context window", "context length", "maximum tokens")
_TEMPERATURE_MAX = 1.0


class Bedrock:
    """Offers the active text models that the account can call on demand, directly or through an inference profile."""

    def __init__(self) -> None:
        self._listed = Cached(lambda: persist(PROVIDER, _LIST_SECONDS, _list))

    def models(self) -> Sequence[Model]:
        """See Provider."""
        return self._listed.get()

    def complete(self, request: Request) -> Completion:
        """See Provider."""
        return persist(PROVIDER, request.seconds_max, lambda seconds: _converse(request, seconds))

    def embed(self, model_id: str, texts: Sequence[str], seconds: float) -> list[list[float]]:
        """See Embedder. Titan takes one text per call."""
        with ThreadPoolExecutor(_EMBEDDING_THREADS) as threads:
            return list(threads.map(lambda text: _embed(model_id, text, seconds), texts))


def _converse(request: Request, seconds: float) -> Completion:
    answer = _call("bedrock-runtime", "converse", seconds, **_converse_input(request))
    try:
        return _completion(answer)
    except (KeyError, TypeError) as error:
        # botocore passes on what it could not read as if it were empty.
        raise failure(PROVIDER, "bad_response") from error


def _embed(model_id: str, text: str, seconds: float) -> list[float]:
    body = json.dumps({"inputText": text, "normalize": True})

    def attempt(left: float) -> bytes:
        answer = _call("bedrock-runtime", "invoke_model", left, modelId=model_id, body=body)
        content: bytes = answer["body"].read()
        return content

    try:
        return [float(number) for number in json.loads(persist(PROVIDER, seconds, attempt))["embedding"]]
    except (KeyError, TypeError, ValueError) as error:
        raise failure(PROVIDER, "bad_response") from error


def _completion(answer: dict[str, Any]) -> Completion:
    content = "".join(block.get("text", "") for block in answer["output"]["message"]["content"])
    finished = _FINISH.get(answer["stopReason"], "stop")
    if not content and finished == "stop":
        raise failure(PROVIDER, "bad_response")
    return Completion(content, answer["usage"]["inputTokens"], answer["usage"]["outputTokens"], finished)


def _converse_input(request: Request) -> dict[str, Any]:
    """Converse wants user and assistant to take turns, so what one of them said in a row becomes one message."""
    turns = groupby(turns_of(request), key=lambda turn: turn.role)
    temperature = min(request.temperature, _TEMPERATURE_MAX)
    return {
        "modelId": request.model,
        "messages": [{"role": role, "content": [{"text": turn.content} for turn in said]} for role, said in turns],
        # Without maxTokens the model's maximum is reserved from the account's quota.
        "inferenceConfig": {"maxTokens": request.tokens_max, "temperature": temperature},
        **({"system": [{"text": text} for text in system]} if (system := instructions_of(request)) else {}),
    }


def _list(seconds: float) -> list[Model]:
    summaries = _call("bedrock", "list_foundation_models", seconds, byOutputModality="TEXT")["modelSummaries"]
    named = {summary["modelArn"]: summary for summary in summaries if _is_usable(summary)}
    direct = [
        Model(summary["modelId"], summary.get("modelName", summary["modelId"]), PROVIDER)
        for summary in named.values()
        if "ON_DEMAND" in summary.get("inferenceTypesSupported", [])
    ]
    profiles = [
        Model(_callable_id(profile), profile["inferenceProfileName"], PROVIDER)
        for profile in _profiles(seconds)
        # A profile names its model once for each region; `named` has this region's.
        if any(model["modelArn"] in named for model in profile["models"])
    ]
    return [*direct, *profiles]


def _is_usable(summary: dict[str, Any]) -> bool:
    active = summary.get("modelLifecycle", {}).get("status") == "ACTIVE"
    return active and "TEXT" in summary.get("inputModalities", [])


def _callable_id(profile: dict[str, Any]) -> str:
    """Bedrock's own profiles are called by id, the account's by ARN."""
    key = "inferenceProfileId" if profile["type"] == "SYSTEM_DEFINED" else "inferenceProfileArn"
    return str(profile[key])


def _profiles(seconds: float) -> Iterator[dict[str, Any]]:
    more: dict[str, str] = {}
    for _ in range(_PAGES_MAX):
        page = _call("bedrock", "list_inference_profiles", seconds, maxResults=_PAGE_SIZE, **more)
        yield from page["inferenceProfileSummaries"]
        if "nextToken" not in page:
            return
        more = {"nextToken": page["nextToken"]}


def _call(service: Service, operation: str, seconds: float, **parameters: Any) -> dict[str, Any]:
    """One attempt; `persist` repeats it, so botocore must not."""
    read_seconds = next((step for step in _READ_SECONDS if step <= seconds), _READ_SECONDS[-1])
    try:
        method = getattr(client(service, read_seconds=read_seconds, attempts=1), operation)
        answer: dict[str, Any] = method(**parameters)
        return answer
    except ClientError as error:
        raise _of_refusal(error) from error
    except ReadTimeoutError as error:
        raise Passing("timeout", type(error).__name__) from error
    except NoCredentialsError as error:
        raise failure(PROVIDER, "credentials") from error
    except BotoCoreError as error:
        raise Passing("unavailable", type(error).__name__) from error


def _of_refusal(error: ClientError) -> Exception:
    code = str(error.response["Error"].get("Code"))
    if code in _TRANSIENT or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
        return Passing(_TRANSIENT.get(code, "unavailable"), code)
    message = str(error.response["Error"].get("Message")).lower()
    if code == "ValidationException" and any(words in message for words in _TOO_LONG):
        return failure(PROVIDER, "context_length")
    return failure(PROVIDER, _LASTING.get(code, "refused"))
