"""What of a conversation is put before the model: bounded, so that a message's cost does not grow with its length."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lambdify.models.base import ChatMessage, Role
from lambdify.store.messages import Message

MESSAGES_MAX = 40
CHARACTERS_MAX = 32_000
"""About 8,000 tokens of English."""

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def window(
    system_prompt: str, inputs: Mapping[str, Any], before: Iterable[Message], question: str
) -> list[ChatMessage]:
    """The system prompt with its variables filled, the newest turns that fit, and the question.

    `before` is newest first. Questions that were not answered are left out: a model would answer them now.
    """
    turns: list[ChatMessage] = []
    room = CHARACTERS_MAX - len(question)
    for message in before:
        if message.status != "completed":
            continue
        room -= len(message.content)
        if room < 0:
            break
        turns.append(ChatMessage(_role(message), message.content))
    system = filled(system_prompt, inputs)
    head = [ChatMessage("system", system)] if system else []
    return [*head, *reversed(turns), ChatMessage("user", question)]


def filled(template: str, inputs: Mapping[str, Any]) -> str:
    """`template` with `{{name}}` replaced by the input of that name. A name without an input stays as it is."""
    return _VARIABLE.sub(lambda found: str(inputs.get(found[1], found[0])), template)


def _role(message: Message) -> Role:
    return "user" if message.role == "user" else "assistant"
