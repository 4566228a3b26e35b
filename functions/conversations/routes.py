"""The conversations group's operations."""

from typing import Annotated

from fastapi import Query, Request, Response

from lambdify.caller import Caller
from lambdify.store.conversations import Conversation as StoredConversation
from lambdify.web.answers import AskedPage, IfMatch, no_content, object_answer
from lambdify.web.dependencies import requires
from lambdify.web.idempotency import TOKEN
from lambdify.web.router import Router

from . import service
from .schemas import Conversation, ConversationCreate, ConversationCreated, ConversationList, ConversationUpdate

router = Router(tags=["conversations"])

Reader = Annotated[Caller, requires("conversations:read")]
Writer = Annotated[Caller, requires("conversations:write")]


@router.get("/conversations", response_model=ConversationList)
async def list_conversations(
    caller: Reader,
    paging: AskedPage,
    app_id: Annotated[str, Query(max_length=100, description="Only this application's.")] = "",
    user: Annotated[str, Query(max_length=255, description="Only this user's, of the application.")] = "",
) -> Response:
    """List conversations, newest first."""
    page = service.list_conversations(caller, paging.page, paging.limit, app_id, user)
    return paging.answer([conversation.public() for conversation in page.items], page.total)


@router.post("/conversations", response_model=ConversationCreated, status_code=201)
async def create_conversation(request: Request, caller: Writer, body: ConversationCreate) -> Response:
    """Create a conversation. With `inputs.query`, the query is the first message and `message` its answer."""
    created = service.create_conversation(caller, body, request.scope.get(TOKEN))
    message = created.message.public() if created.message else None
    content = {**created.conversation.public(), "message": message}
    return object_answer(request, content, int(created.conversation.version), 201)


@router.get("/conversations/{conversation_id}", response_model=Conversation)
async def get_conversation(request: Request, caller: Reader, conversation_id: str) -> Response:
    """Read a conversation."""
    return _answer(request, service.read_conversation(caller, conversation_id))


@router.patch("/conversations/{conversation_id}", response_model=Conversation)
async def rename_conversation(
    request: Request, caller: Writer, conversation_id: str, body: ConversationUpdate, if_match: IfMatch
) -> Response:
    """Rename a conversation."""
    return _answer(request, service.rename_conversation(caller, conversation_id, body.name, if_match))


@router.delete("/conversations/{conversation_id}", status_code=204)
async def delete_conversation(caller: Writer, conversation_id: str, if_match: IfMatch) -> Response:
    """Delete a conversation at once. Its messages follow shortly after."""
    service.delete_conversation(caller, conversation_id, if_match)
    return no_content()


@router.post("/conversations/{conversation_id}/complete", response_model=Conversation)
async def complete_conversation(request: Request, caller: Writer, conversation_id: str, if_match: IfMatch) -> Response:
    """Complete a conversation: it takes no more messages. Completing it again changes nothing."""
    return _answer(request, service.finish_conversation(caller, conversation_id, if_match))


def _answer(request: Request, conversation: StoredConversation) -> Response:
    return object_answer(request, conversation.public(), int(conversation.version))
