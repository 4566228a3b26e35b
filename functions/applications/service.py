"""The rules of applications. Each change commits together with its event."""

from typing import Any

from lambdify import clock, ids
from lambdify.caller import Caller
from lambdify.errors import Conflict, InvalidRequest
from lambdify.models import registry
from lambdify.store.applications import Application, applications_key, applications_of, find_application
from lambdify.store.counted_list import Page, member_key
from lambdify.store.outbox import add_event
from lambdify.store.transaction import Transaction
from lambdify.web.answers import Precondition

from .schemas import ApplicationCreate, ApplicationUpdate

_ATTEMPTS = 5


def create_application(caller: Caller, body: ApplicationCreate) -> Application:
    """A new application. Raises InvalidRequest for an unknown model."""
    _demand_model(caller, body.config.model)
    applications = applications_of(caller.workspace_id, caller.mode)
    ordinal = applications.reserve()
    now = clock.timestamp()
    application = Application(
        pk=applications_key(caller.workspace_id, caller.mode),
        sk=member_key(ordinal),
        id=ids.new_id("app", ordinal),
        name=body.name,
        description=body.description,
        mode=body.mode,
        config=body.config.model_dump(),
        created_at=now,
        updated_at=now,
        version=1,
    )
    transaction = Transaction()
    transaction.put(application, Application.pk.does_not_exist())
    applications.count_in(transaction, ordinal)
    _add_event(transaction, caller, "application.created", application)
    transaction.commit()
    return application


def list_applications(caller: Caller, page: int, limit: int) -> Page[Application]:
    """One page, newest first. An application's own key sees that one."""
    if caller.kind == "app":
        own = [find_application(caller.workspace_id, caller.mode, caller.app_id)]
        return Page(own[(page - 1) * limit :], len(own))
    return applications_of(caller.workspace_id, caller.mode).page(page, limit)


def read_application(caller: Caller, application_id: str) -> Application:
    """The application. Raises NotFound."""
    caller.require_application(application_id)
    return find_application(caller.workspace_id, caller.mode, application_id)


def update_application(
    caller: Caller, application_id: str, body: ApplicationUpdate, precondition: Precondition
) -> Application:
    """Change the given fields. Raises NotFound, PreconditionFailed, InvalidRequest."""
    changes = body.model_dump(exclude_none=True)
    if "model" in changes.get("config", {}):
        _demand_model(caller, changes["config"]["model"])
    for _ in range(_ATTEMPTS):
        application = read_application(caller, application_id)
        precondition.demand(int(application.version))
        try:
            return _save(caller, application, changes)
        except Conflict:
            continue  # Another change came between; `changes` names fields, so it can be laid upon that one.
    raise Conflict("The application is being changed by others. Try again.")


def delete_application(caller: Caller, application_id: str, precondition: Precondition) -> None:
    """Delete it now; what it owns is removed afterwards by the cleanup worker, which its event wakes."""
    application = read_application(caller, application_id)
    precondition.demand(int(application.version))
    transaction = Transaction()
    transaction.delete(application, Application.version == application.version)
    applications_of(caller.workspace_id, caller.mode).count_out(transaction, ids.ordinal_of(application.id))
    _add_event(transaction, caller, "application.deleted", application)
    transaction.commit()


def _save(caller: Caller, application: Application, changes: dict[str, Any]) -> Application:
    before = application.version
    config = {**application.config, **changes.get("config", {})}
    for name, value in {**changes, "config": config}.items():
        setattr(application, name, value)
    application.version = before + 1
    application.updated_at = clock.timestamp()
    transaction = Transaction()
    transaction.put(application, Application.version == before)
    _add_event(transaction, caller, "application.updated", application)
    transaction.commit()
    return application


def _demand_model(caller: Caller, model: str) -> None:
    if registry.find(caller.mode, model) is None:
        raise InvalidRequest.at(("body.config.model", "Unknown model. GET /models lists those that this key may use."))


def _add_event(transaction: Transaction, caller: Caller, name: str, application: Application) -> None:
    add_event(transaction, caller.workspace_id, caller.mode, name, application.public(), app_id=application.id)
