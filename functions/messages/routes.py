"""The messages group's operations."""

from typing import Annotated

from fastapi import Request, Response

from lambdify.caller import Caller
from lambdify.web.answers import AskedPage, object_answer
from lambdify.web.dependencies import requires
from lambdify.web.idempotency import TOKEN
from lambdify.web.router import Router

from . import service
from .schemas import Feedback, Message, MessageList, MessageSend

router = Router(tags=["messages"])

Reader = Annotated[Caller, requires("messages:read")]
Writer = Annotated[Caller, requires("messages:write")]


@router.post("/messages", response_model=Message, status_code=201)
async def send_message(request: Request, caller: Writer, body: MessageSend) -> Response:
    """Send a message and get its answer. If the model fails, the message is kept with status `failed`."""
    message = service.send_message(caller, body, request.scope.get(TOKEN))
    return object_answer(request, message.public(), int(message.version), 201)


@router.get("/conversations/{conversation_id}/messages", response_model=MessageList)
async def list_messages(caller: Reader, conversation_id: str, paging: AskedPage) -> Response:
    """List a conversation's messages, oldest first."""
    page = service.list_messages(caller, conversation_id, paging.page, paging.limit)
    return paging.answer([message.public() for message in page.items], page.total)


@router.get("/messages/{message_id}", response_model=Message)
async def get_message(request: Request, caller: Reader, message_id: str) -> Response:
    """Read a message."""
    message = service.read_message(caller, message_id)
    return object_answer(request, message.public(), int(message.version))


@router.put("/messages/{message_id}/feedback", response_model=Message)
async def rate_message(request: Request, caller: Writer, message_id: str, body: Feedback) -> Response:
    """Say how good an answer was. A later rating replaces an earlier one."""
    message = service.rate_message(caller, message_id, body)
    return object_answer(request, message.public(), int(message.version))
