"""The deterministic models of test keys: they quote what they are given and make nothing up. See docs/models.md."""

import re
import time
from collections.abc import Sequence

from .base import FAILURE_REASONS, ChatMessage, Completion, Model, Passage, Request, failure
from .quoting import best_quote, is_question, sentences_of
from .tokens import count_tokens, first_tokens

PROVIDER = "sandbox"
MODELS = (
    Model("sandbox-chat", "Sandbox chat", PROVIDER, ("chat", "completion")),
    Model("sandbox-echo", "Sandbox echo", PROVIDER, ("chat", "completion")),
)

_ORDER = re.compile(r"\bsandbox:(?P<order>slow|fail|tokens)(?:=(?P<value>[\w.]+))?")
_SLOW_SECONDS_MAX = 20.0
_TOKENS_MAX = 8_000
_REPEATED_TOKENS_MAX = 60


class Sandbox:
    """Answers from the conversation and the passages alone."""

    def models(self) -> Sequence[Model]:
        """See Provider."""
        return MODELS

    def complete(self, request: Request) -> Completion:
        """See Provider. Orders such as `sandbox:fail` are taken from the last message only."""
        if request.model not in {model.id for model in MODELS}:
            raise failure(PROVIDER, "unknown_model")
        last = request.messages[-1].content
        orders = {found["order"]: found["value"] or "" for found in _ORDER.finditer(last)}
        _wait(orders.get("slow"), request.seconds_max)
        _fail(orders.get("fail"))
        whole = _counted(orders.get("tokens")) or _answer(request, _ORDER.sub("", last).strip())
        content = first_tokens(whole, request.tokens_max)
        return Completion(
            content=content,
            prompt_tokens=_prompt_tokens(request),
            completion_tokens=count_tokens(content),
            finish_reason="stop" if content == whole else "length",
        )


def _wait(order: str | None, seconds_max: float) -> None:
    if order is None:
        return
    seconds = min(_number(order, 1.0), _SLOW_SECONDS_MAX)
    time.sleep(min(seconds, seconds_max))
    if seconds > seconds_max:
        raise failure(PROVIDER, "timeout")


def _fail(order: str | None) -> None:
    if order is not None:
        raise failure(PROVIDER, order if order in FAILURE_REASONS else "unavailable")


def _counted(order: str | None) -> str:
    if order is None:
        return ""
    count = min(int(_number(order, 1.0)), _TOKENS_MAX)
    return " ".join(str(number) for number in range(1, count + 1))


def _number(text: str, otherwise: float) -> float:
    return float(text) if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", text) else otherwise


def _answer(request: Request, question: str) -> str:
    if request.model == "sandbox-echo":
        return question
    earlier = request.messages[:-1]
    return _from_passages(question, request.passages) or _from_conversation(question, earlier) or _plainly(question)


def _from_passages(question: str, passages: Sequence[Passage]) -> str:
    quote = best_quote(question, [passage.text for passage in passages])
    if quote is None:
        return ""
    passage = passages[quote.source]
    where = f"{passage.title}, page {passage.page}" if passage.page else passage.title
    return f"{where} says: “{quote.sentence}” [{quote.source + 1}]"


def _from_conversation(question: str, earlier: Sequence[ChatMessage]) -> str:
    """Statements of the user, latest first, so that a correction wins; then the instructions."""
    if not is_question(question):
        return ""
    said = [_statements(message.content) for message in reversed(earlier) if message.role == "user"]
    told = [message.content for message in earlier if message.role == "system"]
    quote = best_quote(question, [*said, *told])
    if quote is None:
        return ""
    return f"{'You said' if quote.source < len(said) else 'My instructions say'}: “{quote.sentence}”"


def _statements(text: str) -> str:
    plain = _ORDER.sub("", text)
    return "\n".join(sentence for sentence in sentences_of(plain) if not is_question(sentence))


def _plainly(question: str) -> str:
    repeated = first_tokens(question, _REPEATED_TOKENS_MAX)
    more = "" if repeated == question else " …"
    me = "I am the sandbox model: I quote what I am given, and I was given nothing on this."
    return f"{me} You wrote: “{repeated}{more}”"


def _prompt_tokens(request: Request) -> int:
    texts = [message.content for message in request.messages] + [passage.text for passage in request.passages]
    return sum(count_tokens(text) for text in texts)
