"""A turn: the user's message is stored, the model is asked, its answer is stored. Each step is one transaction.

The question and the answer get neighbouring ordinals at once, so concurrent turns do not mix. If the model fails, the
question stays as `failed`. If the process dies, it stays as `pending`; a retry with the same idempotency key goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lambdify import clock, ids
from lambdify.caller import Caller
from lambdify.errors import ApiError, Conflict, ModelError
from lambdify.models import registry
from lambdify.models.base import Completion, Passage, Request
from lambdify.store.applications import Application
from lambdify.store.base import Item
from lambdify.store.conversations import Conversation
from lambdify.store.counted_list import member_key
from lambdify.store.messages import Message, messages_before, messages_key, messages_of
from lambdify.store.outbox import add_event
from lambdify.store.parallel import meanwhile
from lambdify.store.transaction import Transaction

from .sources import citations_of, passages_for
from .window import MESSAGES_MAX, window

_ANSWER_BYTES_MAX = 300_000
"""DynamoDB's items end at 400 KB."""
TURN_ORDINALS = 2


@dataclass(frozen=True, slots=True)
class Turn:
    """A question to be answered."""

    caller: Caller
    application: Application
    conversation: Conversation
    question: Message

    @property
    def ordinal(self) -> int:
        """The question's; the answer has the next."""
        return ids.ordinal_of(self.question.id)


@dataclass(frozen=True, slots=True)
class _Material:
    """What a question is answered from: the conversation before it, newest first, and passages of documents."""

    before: Sequence[Message]
    passages: Sequence[Passage]


def new_question(
    caller: Caller, conversation: Conversation, ordinal: int, content: str, files: Sequence[str]
) -> Message:
    """The user's message, not stored yet."""
    return Message(
        pk=messages_key(caller.workspace_id, caller.mode, conversation.id),
        sk=member_key(ordinal),
        id=ids.child_id("msg", conversation.id, ordinal),
        conversation_id=conversation.id,
        app_id=conversation.app_id,
        role="user",
        content=content,
        status="pending",
        citations=[],
        files=list(files),
        created_at=clock.timestamp(),
        version=1,
    )


def add_message(transaction: Transaction, caller: Caller, message: Message) -> None:
    """Let the transaction store a new message, count it, and tell of it."""
    transaction.put(message, Message.pk.does_not_exist())
    messages = messages_of(caller.workspace_id, caller.mode, message.conversation_id)
    messages.count_in(transaction, ids.ordinal_of(message.id))
    add_event(transaction, caller.workspace_id, caller.mode, "message.created", message.public(), app_id=message.app_id)


def ask(turn: Turn, store_question: Transaction) -> Message:
    """Store the question while what it is answered from is read, then answer it."""
    _, material = meanwhile(store_question.commit, lambda: _material(turn))
    return _answer(turn, material)


def resume(turn: Turn) -> Message:
    """The answer of a question that an earlier attempt stored; the model is asked only if it has not answered yet."""
    try:
        return Message.get(turn.question.pk, member_key(turn.ordinal + 1), consistent_read=True)
    except Message.DoesNotExist:
        return _answer(turn, lambda: _material(turn))


def demand_active(conversation: Conversation) -> None:
    """Raise Conflict when the conversation is completed."""
    if conversation.status != "active":
        raise completed()


def completed() -> Conflict:
    """A completed conversation takes no message."""
    return Conflict("The conversation is completed and takes no more messages. Start a new one.")


def check_active(transaction: Transaction, conversation: Conversation) -> None:
    """Let the transaction fail if the conversation was completed or deleted meanwhile."""
    condition = Conversation.status == "active"
    transaction.check(Conversation, conversation.pk, conversation.sk, condition, otherwise=completed())


def complete_conversation(transaction: Transaction, caller: Caller, conversation: Conversation) -> None:
    """Let the transaction complete the conversation, as it was read, and tell of it."""
    before = conversation.version
    now = clock.timestamp()
    conversation.status, conversation.completed_at, conversation.updated_at = "completed", now, now
    conversation.version = before + 1
    condition = (Conversation.status == "active") & (Conversation.version == before)
    transaction.put(conversation, condition, otherwise=completed())
    add_event(
        transaction,
        caller.workspace_id,
        caller.mode,
        "conversation.completed",
        conversation.public(),
        app_id=conversation.app_id,
    )


def _material(turn: Turn) -> _Material:
    caller, conversation = turn.caller, turn.conversation
    files = turn.question.files or conversation.inputs.get("files", [])
    before = messages_before(caller.workspace_id, caller.mode, conversation.id, turn.ordinal, MESSAGES_MAX)
    passages = passages_for(caller.workspace_id, caller.mode, conversation.app_id, turn.question.content, files)
    return _Material(before, passages)


def _answer(turn: Turn, read: Callable[[], _Material]) -> Message:
    try:
        material = read()
        completion = _complete(turn, material)
        return _store_answer(turn, completion, citations_of(completion.content, material.passages))
    except Exception as error:
        _fail_question(turn.question)
        if isinstance(error, ApiError):
            error.details |= {"conversation_id": turn.conversation.id, "message_id": turn.question.id}
        raise


def _complete(turn: Turn, material: _Material) -> Completion:
    config: dict[str, Any] = turn.application.config
    request = Request(
        model=config["model"],
        messages=window(config["system_prompt"], turn.conversation.inputs, material.before, turn.question.content),
        temperature=config["temperature"],
        max_tokens=config["max_tokens"],
        passages=material.passages,
    )
    completion = registry.complete(turn.caller.mode, request)
    if len(completion.content.encode()) > _ANSWER_BYTES_MAX:
        raise ModelError("The model's answer is too long to keep. Lower max_tokens.")
    return completion


def _store_answer(turn: Turn, completion: Completion, citations: list[dict[str, Any]]) -> Message:
    answer = _new_answer(turn, completion, citations)
    transaction = Transaction()
    add_message(transaction, turn.caller, answer)
    # The answer's condition speaks for both: whoever stores it first has answered the question.
    transaction.update(turn.question, [Message.status.set("completed")], Item.pk.exists())
    if turn.application.mode == "completion":
        complete_conversation(transaction, turn.caller, turn.conversation)
    else:
        check_active(transaction, turn.conversation)
    transaction.commit()
    return answer


def _new_answer(turn: Turn, completion: Completion, citations: list[dict[str, Any]]) -> Message:
    usage = {
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": completion.completion_tokens,
        "total_tokens": completion.prompt_tokens + completion.completion_tokens,
    }
    return Message(
        pk=turn.question.pk,
        sk=member_key(turn.ordinal + 1),
        id=ids.child_id("msg", turn.conversation.id, turn.ordinal + 1),
        conversation_id=turn.conversation.id,
        app_id=turn.conversation.app_id,
        role="assistant",
        content=completion.content,
        status="completed",
        parent_id=turn.question.id,
        model=turn.application.config["model"],
        usage=usage,
        citations=citations,
        files=[],
        created_at=clock.timestamp(),
        version=1,
    )


def _fail_question(question: Message) -> None:
    """Only what is still pending fails: it may have been answered by another attempt, or deleted meanwhile."""
    transaction = Transaction()
    transaction.update(question, [Message.status.set("failed")], Message.status == "pending", otherwise=_Settled(""))
    try:
        transaction.commit()
    except _Settled:
        return


class _Settled(Conflict):
    """The question is no longer pending."""
