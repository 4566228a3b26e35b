"""The applications group's operations."""

from typing import Annotated

from fastapi import Request, Response

from lambdify.caller import Caller
from lambdify.web.answers import AskedPage, IfMatch, no_content, object_answer
from lambdify.web.dependencies import requires
from lambdify.web.router import Router

from . import service
from .schemas import Application, ApplicationCreate, ApplicationList, ApplicationUpdate

router = Router(tags=["applications"])

Reader = Annotated[Caller, requires("applications:read")]
Writer = Annotated[Caller, requires("applications:write")]


@router.get("/applications", response_model=ApplicationList)
async def list_applications(caller: Reader, paging: AskedPage) -> Response:
    """List the applications, newest first."""
    page = service.list_applications(caller, paging.page, paging.limit)
    return paging.answer([application.public() for application in page.items], page.total)


@router.post("/applications", response_model=Application, status_code=201)
async def create_application(request: Request, caller: Writer, body: ApplicationCreate) -> Response:
    """Create an application. An unknown model is refused."""
    application = service.create_application(caller, body)
    return object_answer(request, application.public(), int(application.version), 201)


@router.get("/applications/{application_id}", response_model=Application)
async def get_application(request: Request, caller: Reader, application_id: str) -> Response:
    """Read an application."""
    application = service.read_application(caller, application_id)
    return object_answer(request, application.public(), int(application.version))


@router.patch("/applications/{application_id}", response_model=Application)
async def update_application(
    request: Request, caller: Writer, application_id: str, body: ApplicationUpdate, if_match: IfMatch
) -> Response:
    """Change the given fields of an application; the others stay."""
    application = service.update_application(caller, application_id, body, if_match)
    return object_answer(request, application.public(), int(application.version))


@router.delete("/applications/{application_id}", status_code=204)
async def delete_application(caller: Writer, application_id: str, if_match: IfMatch) -> Response:
    """Delete an application at once. Its conversations, messages and documents follow shortly after."""
    service.delete_application(caller, application_id, if_match)
    return no_content()
