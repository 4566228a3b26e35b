"""The rules of webhooks. Signing secrets leave here once, and are stored nowhere."""

from typing import Any

from pynamodb.expressions.update import Action

from lambdify import clock, ids
from lambdify.caller import Caller
from lambdify.errors import Conflict, InvalidRequest, NotFound
from lambdify.net import guard
from lambdify.net.errors import AddressRefused, NetworkError
from lambdify.settings import settings
from lambdify.store.applications import find_application
from lambdify.store.counted_list import Page, member_key
from lambdify.store.outbox import add_event
from lambdify.store.transaction import Transaction
from lambdify.store.webhooks import WEBHOOKS_MAX, Webhook, find_webhook, webhooks_key, webhooks_of
from lambdify.web.answers import Precondition
from lambdify.webhooks.fanout import WEBHOOK_DELETED
from lambdify.webhooks.secrets import create_master_key, derive, new_salt

from .schemas import WebhookCreate, WebhookUpdate

_OVERLAP_SECONDS = 24 * 3600
_RESOLVE_SECONDS = 2
_ATTEMPTS = 5


def create_webhook(caller: Caller, body: WebhookCreate) -> tuple[Webhook, str]:
    """A new webhook and its secret. Raises InvalidRequest for an address or application that it may not have."""
    _demand_reachable(body.url)
    _demand_application(caller, body.app_id)
    webhooks = webhooks_of(caller.workspace_id, caller.mode)
    if webhooks.page(1, 1).total >= WEBHOOKS_MAX:
        raise Conflict(f"There are {WEBHOOKS_MAX} webhooks already. Delete one first.")
    create_master_key()
    ordinal = webhooks.reserve()
    now = clock.timestamp()
    webhook = Webhook(
        pk=webhooks_key(caller.workspace_id, caller.mode),
        sk=member_key(ordinal),
        id=ids.new_id("whk", ordinal),
        salt=new_salt(),
        created_at=now,
        updated_at=now,
        version=1,
        **body.model_dump(),
    )
    transaction = Transaction()
    transaction.put(webhook, Webhook.pk.does_not_exist())
    webhooks.count_in(transaction, ordinal)
    transaction.commit()
    return webhook, derive(webhook.id, webhook.salt)


def list_webhooks(caller: Caller, page: int, limit: int) -> Page[Webhook]:
    """One page, newest first."""
    return webhooks_of(caller.workspace_id, caller.mode).page(page, limit)


def read_webhook(caller: Caller, webhook_id: str) -> Webhook:
    """The webhook. Raises NotFound."""
    return find_webhook(caller.workspace_id, caller.mode, webhook_id)


def update_webhook(caller: Caller, webhook_id: str, body: WebhookUpdate, precondition: Precondition) -> Webhook:
    """Change the given fields. Raises NotFound, PreconditionFailed, InvalidRequest."""
    # Null has a meaning for the application only: elsewhere it stands for a field that was not given.
    given = body.model_dump(exclude_unset=True)
    changes = {name: value for name, value in given.items() if value is not None or name == "app_id"}
    if "url" in changes:
        _demand_reachable(changes["url"])
    _demand_application(caller, changes.get("app_id"))
    actions = [_set_or_remove(name, value) for name, value in changes.items()]
    if changes.get("enabled"):
        actions += [Webhook.failing_since.remove(), Webhook.disabled_reason.remove()]
    return _change(caller, webhook_id, lambda _webhook: actions, precondition)


def rotate_secret(caller: Caller, webhook_id: str) -> tuple[Webhook, str]:
    """The webhook and its new secret; the one before goes on signing for a day. Raises NotFound."""
    salt = new_salt()

    def actions(webhook: Webhook) -> list[Action]:
        return [
            Webhook.salt.set(salt),
            Webhook.previous_salt.set(webhook.salt),
            Webhook.previous_until.set(int(clock.epoch()) + _OVERLAP_SECONDS),
        ]

    webhook = _change(caller, webhook_id, actions)
    return webhook, derive(webhook.id, salt)


def delete_webhook(caller: Caller, webhook_id: str, precondition: Precondition) -> None:
    """Delete it now; its deliveries are removed afterwards by the worker, which its event wakes."""
    webhook = read_webhook(caller, webhook_id)
    precondition.demand(int(webhook.version))
    transaction = Transaction()
    transaction.delete(webhook, Webhook.version == webhook.version)
    webhooks_of(caller.workspace_id, caller.mode).count_out(transaction, ids.ordinal_of(webhook.id))
    deleted = {"id": webhook.id}
    add_event(transaction, caller.workspace_id, caller.mode, WEBHOOK_DELETED, deleted, app_id=webhook.app_id)
    transaction.commit()


def _change(caller: Caller, webhook_id: str, actions_of: Any, precondition: Precondition | None = None) -> Webhook:
    for _ in range(_ATTEMPTS):
        webhook = read_webhook(caller, webhook_id)
        if precondition is not None:
            precondition.demand(int(webhook.version))
        actions = [*actions_of(webhook), Webhook.updated_at.set(clock.timestamp()), Webhook.version.add(1)]
        transaction = Transaction()
        transaction.update(webhook, actions, Webhook.version == webhook.version)
        try:
            transaction.commit()
        except Conflict:
            continue  # Another change came between; the actions name fields, so they can be laid upon that one.
        return read_webhook(caller, webhook_id)
    raise Conflict("The webhook is being changed by others. Try again.")


def _set_or_remove(name: str, value: Any) -> Action:
    attribute = getattr(Webhook, name)
    action: Action = attribute.remove() if value is None else attribute.set(value)
    return action


def _demand_reachable(url: str) -> None:
    allow_loopback = settings.allow_loopback == "true"
    try:
        target = guard.parse(url, allow_loopback=allow_loopback)
        guard.resolve(target, allow_loopback=allow_loopback, seconds=_RESOLVE_SECONDS)
    except AddressRefused as error:
        raise InvalidRequest.at(("body.url", str(error))) from error
    except NetworkError:
        # A name may not be known yet, or its servers may be slow: each connection is checked again anyway.
        return


def _demand_application(caller: Caller, app_id: str | None) -> None:
    if app_id is None:
        return
    try:
        find_application(caller.workspace_id, caller.mode, app_id)
    except NotFound:
        raise InvalidRequest.at(("body.app_id", "There is no such application.")) from None
