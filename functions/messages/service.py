"""The rules of messages."""

from typing import Any

from lambdify import ids
from lambdify.caller import Caller
from lambdify.chat.sources import demand_documents
from lambdify.chat.turns import (
    TURN_ORDINALS,
    Turn,
    add_message,
    ask,
    check_active,
    demand_active,
    new_question,
    resume,
)
from lambdify.errors import InvalidRequest, NotFound
from lambdify.store.applications import find_application
from lambdify.store.conversations import Conversation, Conversations, not_found
from lambdify.store.counted_list import Page
from lambdify.store.idempotency import find_made, remember_made
from lambdify.store.messages import Message, find_message, messages_of
from lambdify.store.parallel import both
from lambdify.store.transaction import Transaction

from .schemas import Feedback, MessageSend


def send_message(caller: Caller, body: MessageSend, token: str | None) -> Message:
    """The answer to a message. `token` names the use of an idempotency key.

    Raises NotFound, InvalidRequest (a file is unknown), Conflict (the conversation is completed, or a file is not
    processed), ModelError (the message is kept as `failed`).
    """
    if body.stream:
        raise InvalidRequest.at(("body.stream", "Streaming is not available yet. Leave it out, or send false."))
    made = find_made(caller, token) if token else None
    if made is not None:
        return _resume(caller, made)
    conversation = _conversation(caller, body.conversation_id)
    demand_active(conversation)
    messages = messages_of(caller.workspace_id, caller.mode, conversation.id)
    application, ordinal = both(
        lambda: find_application(caller.workspace_id, caller.mode, conversation.app_id),
        lambda: messages.reserve(TURN_ORDINALS),
    )
    demand_documents(caller, conversation.app_id, body.files, "body.files")
    question = new_question(caller, conversation, ordinal, body.content, body.files)
    transaction = Transaction()
    check_active(transaction, conversation)
    add_message(transaction, caller, question)
    if token:
        remember_made(transaction, caller, token, question.id)
    return ask(Turn(caller, application, conversation, question), transaction)


def list_messages(caller: Caller, conversation_id: str, page: int, limit: int) -> Page[Message]:
    """One page, oldest first. Raises NotFound."""
    _, messages = both(
        lambda: _conversation(caller, conversation_id),
        lambda: _page(caller, conversation_id, page, limit),
    )
    return messages


def read_message(caller: Caller, message_id: str) -> Message:
    """The message. Raises NotFound."""
    message = find_message(caller.workspace_id, caller.mode, message_id)
    if caller.kind == "app" and caller.app_id != message.app_id:
        raise _no_message()
    return message


def rate_message(caller: Caller, message_id: str, body: Feedback) -> Message:
    """Keep what a person thought of an answer; no rating takes it back. Raises NotFound, InvalidRequest."""
    message = read_message(caller, message_id)
    if message.role != "assistant":
        raise InvalidRequest.at(("path.message_id", "Only answers are rated; this is a user's message."))
    message.feedback = _feedback(body)
    message.version += 1
    transaction = Transaction()
    actions = [Message.feedback.set(message.feedback), Message.version.set(message.version)]
    if message.feedback is None:
        actions[0] = Message.feedback.remove()
    transaction.update(message, actions, Message.id == message.id, otherwise=_no_message())
    transaction.commit()
    return message


def _feedback(body: Feedback) -> dict[str, Any] | None:
    return None if body.rating is None else {"rating": body.rating, "comment": body.comment}


def _resume(caller: Caller, question_id: str) -> Message:
    """Go on where an earlier attempt with the same key died."""
    question = find_message(caller.workspace_id, caller.mode, question_id)
    conversation = _conversation(caller, question.conversation_id)
    application = find_application(caller.workspace_id, caller.mode, conversation.app_id)
    return resume(Turn(caller, application, conversation, question))


def _conversation(caller: Caller, conversation_id: str) -> Conversation:
    conversation = Conversations(caller.workspace_id, caller.mode).find(conversation_id)
    if caller.kind == "app" and caller.app_id != conversation.app_id:
        raise not_found()
    return conversation


def _page(caller: Caller, conversation_id: str, page: int, limit: int) -> Page[Message]:
    if not ids.is_id("conv", conversation_id):
        raise not_found()
    return messages_of(caller.workspace_id, caller.mode, conversation_id).page(page, limit, newest_first=False)


def _no_message() -> NotFound:
    return NotFound("There is no such message.")
