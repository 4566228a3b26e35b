"""The rules of conversations. Each change commits together with its events."""

from dataclasses import dataclass

from lambdify import clock, ids
from lambdify.caller import Caller
from lambdify.chat.sources import demand_documents
from lambdify.chat.turns import (
    TURN_ORDINALS,
    Turn,
    add_message,
    ask,
    complete_conversation,
    new_question,
    resume,
)
from lambdify.errors import Conflict, InvalidRequest, NotFound
from lambdify.store.applications import Application, find_application
from lambdify.store.conversations import Conversation, Conversations, changed, not_found
from lambdify.store.counted_list import Page, member_key
from lambdify.store.idempotency import find_made, remember_made
from lambdify.store.messages import Message, find_message, messages_of
from lambdify.store.outbox import add_event
from lambdify.store.parallel import both
from lambdify.store.transaction import Transaction
from lambdify.web.answers import Precondition

from .schemas import ConversationCreate

_NAME_LENGTH_MAX = 60
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Created:
    """A conversation, and the answer to its query if it had one."""

    conversation: Conversation
    message: Message | None


def create_conversation(caller: Caller, body: ConversationCreate, token: str | None) -> Created:
    """A new conversation. `token` names the use of an idempotency key. Raises InvalidRequest, NotFound, ModelError."""
    made = find_made(caller, token) if token else None
    if made is not None:
        return _resume(caller, made, body)
    conversations = _conversations(caller)
    application, ordinal = both(lambda: _application(caller, body.app_id), conversations.all.reserve)
    demand_documents(caller, application.id, body.inputs.files, "body.inputs.files")
    conversation = _new_conversation(conversations, application, ordinal, body)
    transaction = Transaction()
    _demand_application(transaction, application)
    conversations.add(transaction, conversation)
    _add_event(transaction, caller, "conversation.created", conversation)
    if token:
        remember_made(transaction, caller, token, conversation.id)
    if body.inputs.query is None:
        transaction.commit()
        return Created(conversation, None)
    messages_of(caller.workspace_id, caller.mode, conversation.id).reserve(TURN_ORDINALS)
    question = new_question(caller, conversation, 0, body.inputs.query, body.inputs.files)
    add_message(transaction, caller, question)
    answer = ask(Turn(caller, application, conversation, question), transaction)
    return Created(conversation, answer)


def list_conversations(caller: Caller, page: int, limit: int, app_id: str, user: str) -> Page[Conversation]:
    """One page, newest first. An application's own key sees that application's."""
    if caller.kind == "app":
        app_id = app_id or caller.app_id
    if app_id:
        caller.require_application(app_id)
    if user and not app_id:
        raise InvalidRequest.at(("query.user", "A user belongs to an application: give app_id as well."))
    return _conversations(caller).page(page, limit, app_id=app_id or None, user=user or None)


def read_conversation(caller: Caller, conversation_id: str) -> Conversation:
    """The conversation. Raises NotFound."""
    conversation = _conversations(caller).find(conversation_id)
    _demand_own(caller, conversation)
    return conversation


def rename_conversation(caller: Caller, conversation_id: str, name: str, precondition: Precondition) -> Conversation:
    """Give it another name. Raises NotFound, PreconditionFailed."""
    for _ in range(_ATTEMPTS):
        conversation = read_conversation(caller, conversation_id)
        precondition.demand(int(conversation.version))
        before = conversation.version
        conversation.name, conversation.updated_at, conversation.version = name, clock.timestamp(), before + 1
        transaction = Transaction()
        transaction.put(conversation, Conversation.version == before)
        try:
            transaction.commit()
        except Conflict:
            continue  # Another change came between; the name can be laid upon that one.
        return conversation
    raise changed()


def finish_conversation(caller: Caller, conversation_id: str, precondition: Precondition) -> Conversation:
    """Complete it. What is completed already stays as it is, and is not told of twice."""
    for _ in range(_ATTEMPTS):
        conversation = read_conversation(caller, conversation_id)
        precondition.demand(int(conversation.version))
        if conversation.status == "completed":
            return conversation
        transaction = Transaction()
        complete_conversation(transaction, caller, conversation)
        try:
            transaction.commit()
        except Conflict:
            continue  # It was renamed or completed meanwhile.
        return conversation
    raise changed()


def delete_conversation(caller: Caller, conversation_id: str, precondition: Precondition) -> None:
    """Delete it now; its messages are removed afterwards by the cleanup worker, which its event wakes."""
    conversation = read_conversation(caller, conversation_id)
    precondition.demand(int(conversation.version))
    transaction = Transaction()
    _conversations(caller).remove(transaction, conversation)
    transaction.commit()


def _resume(caller: Caller, conversation_id: str, body: ConversationCreate) -> Created:
    """Go on where an earlier attempt with the same key died."""
    conversation = read_conversation(caller, conversation_id)
    if body.inputs.query is None:
        return Created(conversation, None)
    application = find_application(caller.workspace_id, caller.mode, conversation.app_id)
    question = find_message(caller.workspace_id, caller.mode, ids.child_id("msg", conversation.id, 0))
    return Created(conversation, resume(Turn(caller, application, conversation, question)))


def _new_conversation(
    conversations: Conversations, application: Application, ordinal: int, body: ConversationCreate
) -> Conversation:
    now = clock.timestamp()
    return Conversation(
        pk=conversations.key,
        sk=member_key(ordinal),
        id=ids.new_id("conv", ordinal),
        app_id=application.id,
        user=body.user,
        name=body.name or _name(body.inputs.query),
        status="active",
        inputs=body.inputs.model_dump(exclude_defaults=True),
        created_at=now,
        updated_at=now,
        version=1,
    )


def _name(query: str | None) -> str:
    """The query's first line, cut at a word."""
    line = next(iter((query or "").strip().splitlines()), "").strip()
    if len(line) > _NAME_LENGTH_MAX:
        head = line[:_NAME_LENGTH_MAX]
        line = (head.rpartition(" ")[0] or head) + "…"
    return line or "New conversation"


def _application(caller: Caller, app_id: str) -> Application:
    app_id = app_id or caller.app_id
    if not app_id:
        raise InvalidRequest.at(("body.app_id", "Name the application; only its own key may leave this out."))
    caller.require_application(app_id)
    return find_application(caller.workspace_id, caller.mode, app_id)


def _demand_application(transaction: Transaction, application: Application) -> None:
    """A conversation that came after its application's deletion would belong to nobody."""
    gone = NotFound("There is no such application.")
    condition = Application.id == application.id
    transaction.check(Application, application.pk, application.sk, condition, otherwise=gone)


def _demand_own(caller: Caller, conversation: Conversation) -> None:
    if caller.kind == "app" and caller.app_id != conversation.app_id:
        raise not_found()


def _conversations(caller: Caller) -> Conversations:
    return Conversations(caller.workspace_id, caller.mode)


def _add_event(transaction: Transaction, caller: Caller, name: str, conversation: Conversation) -> None:
    public = conversation.public()
    add_event(transaction, caller.workspace_id, caller.mode, name, public, app_id=conversation.app_id)
