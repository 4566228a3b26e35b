"""What every language-model provider takes, returns and raises."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from lambdify.errors import ModelError

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "content_filter"]
FailureReason = Literal[
    "timeout",
    "rate_limited",
    "unavailable",
    "bad_response",
    "refused",
    "context_length",
    "unknown_model",
    "credentials",
]

FAILURE_REASONS: tuple[FailureReason, ...] = get_args(FailureReason)
MAX_TOKENS_LIMIT = 32_000
"""The longest answer that is ever asked for, in tokens."""
SECONDS_LIMIT = 24.0
"""The longest a model may take: API Gateway gives up after 29 s, and the answer must still be stored."""

_MESSAGES: dict[FailureReason, str] = {
    "timeout": "The model did not answer in time. Try again, or ask for fewer tokens.",
    "rate_limited": "The model's provider is over its own limit. Try again later.",
    "unavailable": "The model's provider could not be reached or failed. Try again.",
    "bad_response": "The model's provider sent an answer that could not be read. Try again.",
    "refused": "The model's provider refused the request. Check the application's settings.",
    "context_length": "The conversation is too long for this model. Shorten it, or choose another model.",
    "unknown_model": "The model is no longer offered. Choose one from GET /models.",
    "credentials": "The model's provider refused this stack's credentials. The stack's operator must mend them.",
}
_RETRYABLE: frozenset[FailureReason] = frozenset({"timeout", "rate_limited", "unavailable", "bad_response"})


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn of the conversation so far."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document that is put before the model. `page` counts from 1."""

    document_id: str
    chunk_id: str
    title: str
    text: str
    page: int | None = None
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked: the conversation, oldest first, ending with the user's message.

    `passages` are the best first; an answer cites the n-th as `[n]`. `seconds` bounds the whole call, retries included.
    """

    model: str
    messages: Sequence[ChatMessage]
    temperature: float = 0.7
    max_tokens: int = 2000
    passages: Sequence[Passage] = ()
    seconds: float = SECONDS_LIMIT

    @property
    def tokens_max(self) -> int:
        """`max_tokens` within the bounds that always hold."""
        return max(1, min(self.max_tokens, MAX_TOKENS_LIMIT))

    @property
    def seconds_max(self) -> float:
        """`seconds` within the bounds that always hold."""
        return max(0.0, min(self.seconds, SECONDS_LIMIT))


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model answered. `finish_reason` is `length` when `max_tokens` cut it short."""

    content: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: FinishReason = "stop"


@dataclass(frozen=True, slots=True)
class Model:
    """A model as GET /models shows it."""

    id: str
    name: str
    provider: str
    capabilities: tuple[str, ...] = ("chat", "completion")


class Provider(Protocol):
    """Where models are. Every failure is a ModelError made by `failure`."""

    def models(self) -> Sequence[Model]:
        """The models on offer."""

    def complete(self, request: Request) -> Completion:
        """The model's answer."""


def failure(provider: str, reason: FailureReason) -> ModelError:
    """The error for a failed call. Its words are fixed: no prompt, key or upstream's body can be in them."""
    details = {"provider": provider, "reason": reason, "retryable": reason in _RETRYABLE}
    return ModelError(_MESSAGES[reason], details=details)
