"""Models behind any server that speaks OpenAI's chat completions: OpenAI, Bedrock's endpoint, vLLM, Ollama, LiteLLM."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from .base import ChatMessage, Completion, FailureReason, FinishReason, Model, Request, failure
from .cached import Cached
from .exchange import Answer, Server
from .persistence import Passing, persist
from .prompt import instructions_of, turns_of
from .tokens import count_tokens

PROVIDER = "openai_compatible"

_LIST_SECONDS = 4.0
_MODELS_MAX = 500
_MODEL_ID_LENGTH_MAX = 200
_RETRY_AFTER_LENGTH_MAX = 6
_TRANSIENT: dict[int, FailureReason] = {408: "timeout", 409: "unavailable", 429: "rate_limited", 504: "timeout"}
_LASTING: dict[int, FailureReason] = {
    401: "credentials",
    403: "credentials",
    404: "unknown_model",
    413: "context_length",
}
_FINISH: dict[str, FinishReason] = {"length": "length", "content_filter": "content_filter"}
_TOO_LONG = re.compile(r"context[ _]?(length|window)", re.IGNORECASE)


class OpenAICompatible:
    """`model_ids` are offered as they are; without any, the server's own list is. `read_key` may give no key."""

    def __init__(self, base_url: str, model_ids: Sequence[str], read_key: Callable[[], str]) -> None:
        self._server = Server(base_url)
        self._model_ids = model_ids
        self._key = Cached(read_key)
        self._listed = Cached(self._list)
        self._unwanted: dict[str, set[str]] = {}

    def models(self) -> Sequence[Model]:
        """See Provider."""
        return [Model(model_id, model_id, PROVIDER) for model_id in self._model_ids or self._listed.get()]

    def complete(self, request: Request) -> Completion:
        """See Provider."""
        return persist(PROVIDER, request.seconds_max, lambda seconds: self._attempt(request, seconds))

    def embed(self, model_id: str, texts: Sequence[str], seconds: float) -> list[list[float]]:
        """See Embedder."""
        body = {"model": model_id, "input": list(texts), "encoding_format": "float"}

        def attempt(left: float) -> Answer:
            return self._demand_success(self._exchange("POST", "/embeddings", left, body))

        return _vectors(_json(persist(PROVIDER, seconds, attempt)), len(texts))

    def _attempt(self, request: Request, seconds: float) -> Completion:
        answer = self._exchange("POST", "/chat/completions", seconds, self._body(request))
        if answer.status == 400 and self._learn(request.model, answer):
            raise Passing("refused", "parameter", after=0)
        return _completion(request, self._demand_success(answer))

    def _list(self) -> list[str]:
        def attempt(seconds: float) -> Answer:
            return self._demand_success(self._exchange("GET", "/models", seconds))

        body = _json(persist(PROVIDER, _LIST_SECONDS, attempt))
        try:
            ids = [model["id"] for model in body["data"]]
        except (KeyError, TypeError) as error:
            raise failure(PROVIDER, "bad_response") from error
        return [name for name in ids if isinstance(name, str) and 0 < len(name) <= _MODEL_ID_LENGTH_MAX][:_MODELS_MAX]

    def _exchange(self, method: str, path: str, seconds: float, body: dict[str, Any] | None = None) -> Answer:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        key = self._key.get()
        if key:
            headers["Authorization"] = f"Bearer {key}"
        sent = json.dumps(body).encode() if body is not None else None
        return self._server.exchange(method, path, headers=headers, body=sent, seconds=seconds)

    def _body(self, request: Request) -> dict[str, Any]:
        unwanted = self._unwanted.get(request.model, set())
        instructions = [ChatMessage("system", text) for text in instructions_of(request)]
        body = {
            "model": request.model,
            "messages": [{"role": turn.role, "content": turn.content} for turn in [*instructions, *turns_of(request)]],
            "max_completion_tokens" if "max_tokens" in unwanted else "max_tokens": request.tokens_max,
        }
        return body if "temperature" in unwanted else {**body, "temperature": request.temperature}

    def _learn(self, model_id: str, answer: Answer) -> bool:
        """Whether the server refused a parameter that can be put otherwise: reasoning models want no `temperature`,
        and `max_completion_tokens` in the place of `max_tokens`. It is remembered as long as the environment lives.
        """
        parameter = _error_of(answer).get("param")
        unwanted = self._unwanted.setdefault(model_id, set())
        if parameter not in ("max_tokens", "temperature") or parameter in unwanted:
            return False
        unwanted.add(parameter)
        return True

    def _demand_success(self, answer: Answer) -> Answer:
        if answer.status == 200:
            return answer
        if answer.status in _TRANSIENT or answer.status >= 500:
            reason = _TRANSIENT.get(answer.status, "unavailable")
            raise Passing(reason, f"HTTP {answer.status}", after=_retry_after(answer))
        if answer.status == 401:
            self._key.forget()  # It may have been rotated.
        raise failure(PROVIDER, _lasting(answer))


def _vectors(body: dict[str, Any], count: int) -> list[list[float]]:
    """The vectors, in the texts' order."""
    try:
        by_index = {entry["index"]: [float(number) for number in entry["embedding"]] for entry in body["data"]}
        return [by_index[index] for index in range(count)]
    except (KeyError, TypeError, ValueError) as error:
        raise failure(PROVIDER, "bad_response") from error


def _completion(request: Request, answer: Answer) -> Completion:
    body = _json(answer)
    try:
        choice = body["choices"][0]
        message, finished = choice["message"], _FINISH.get(choice.get("finish_reason"), "stop")
        content, refusal = message.get("content"), message.get("refusal")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise failure(PROVIDER, "bad_response") from error
    if not content and isinstance(refusal, str) and refusal:
        content, finished = refusal, "content_filter"
    # Reasoning may have used up all tokens; otherwise no text is no answer.
    if content is None and finished != "stop":
        content = ""
    if not isinstance(content, str):
        raise failure(PROVIDER, "bad_response")
    return _counted(request, content, finished, body.get("usage"))


def _counted(request: Request, content: str, finished: FinishReason, usage: Any) -> Completion:
    """Servers that do not count get the sandbox's rule."""
    used = usage if isinstance(usage, dict) else {}
    prompt, completion = used.get("prompt_tokens"), used.get("completion_tokens")
    if not isinstance(prompt, int):
        prompt = sum(count_tokens(text) for text in instructions_of(request)) + sum(
            count_tokens(turn.content) for turn in turns_of(request)
        )
    if not isinstance(completion, int):
        completion = count_tokens(content)
    return Completion(content, max(0, prompt), max(0, completion), finished)


def _lasting(answer: Answer) -> FailureReason:
    if 300 <= answer.status < 400:
        return "bad_response"
    error = _error_of(answer)
    if answer.status == 400 and _TOO_LONG.search(f"{error.get('code')} {error.get('message')}"):
        return "context_length"
    return _LASTING.get(answer.status, "refused")


def _retry_after(answer: Answer) -> float | None:
    """Seconds; the other form, a date, is left to the jitter."""
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() and text.isascii() and len(text) <= _RETRY_AFTER_LENGTH_MAX else None


def _error_of(answer: Answer) -> dict[str, Any]:
    """The `error` object of a refusal; empty when the body has none."""
    try:
        error = json.loads(answer.body)["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return error if isinstance(error, dict) else {}


def _json(answer: Answer) -> dict[str, Any]:
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise failure(PROVIDER, "bad_response") from error
    if not isinstance(body, dict):
        raise failure(PROVIDER, "bad_response")
    return body
