"""The webhooks group's operations."""

from typing import Annotated

from fastapi import Request, Response

from lambdify.caller import Caller
from lambdify.web.answers import AskedPage, IfMatch, json_answer, no_content, object_answer, secret_answer
from lambdify.web.dependencies import requires
from lambdify.web.router import Router

from . import deliveries, service
from .schemas import (
    Delivery,
    DeliveryDetail,
    DeliveryList,
    RecoverRequest,
    Recovery,
    TestRequest,
    Webhook,
    WebhookCreate,
    WebhookList,
    WebhookUpdate,
    WebhookWithSecret,
)

router = Router(tags=["webhooks"])

Reader = Annotated[Caller, requires("webhooks:read")]
Writer = Annotated[Caller, requires("webhooks:write")]


@router.get("/webhooks", response_model=WebhookList)
async def list_webhooks(caller: Reader, paging: AskedPage) -> Response:
    """List the webhooks, newest first."""
    page = service.list_webhooks(caller, paging.page, paging.limit)
    return paging.answer([webhook.public() for webhook in page.items], page.total)


@router.post("/webhooks", response_model=WebhookWithSecret, status_code=201)
async def create_webhook(request: Request, caller: Writer, body: WebhookCreate) -> Response:
    """Create a webhook. Its signing secret is in this answer, and in no other."""
    webhook, secret = service.create_webhook(caller, body)
    return secret_answer(request, webhook.public(), {"secret": secret}, int(webhook.version), 201)


@router.get("/webhooks/{webhook_id}", response_model=Webhook)
async def get_webhook(request: Request, caller: Reader, webhook_id: str) -> Response:
    """Read a webhook."""
    webhook = service.read_webhook(caller, webhook_id)
    return object_answer(request, webhook.public(), int(webhook.version))


@router.patch("/webhooks/{webhook_id}", response_model=Webhook)
async def update_webhook(
    request: Request, caller: Writer, webhook_id: str, body: WebhookUpdate, if_match: IfMatch
) -> Response:
    """Change the given fields of a webhook. Enabling it forgives its failures."""
    webhook = service.update_webhook(caller, webhook_id, body, if_match)
    return object_answer(request, webhook.public(), int(webhook.version))


@router.delete("/webhooks/{webhook_id}", status_code=204)
async def delete_webhook(caller: Writer, webhook_id: str, if_match: IfMatch) -> Response:
    """Delete a webhook at once; nothing is sent to it any more. Its deliveries follow shortly after."""
    service.delete_webhook(caller, webhook_id, if_match)
    return no_content()


@router.post("/webhooks/{webhook_id}/rotate-secret", response_model=WebhookWithSecret)
async def rotate_webhook_secret(request: Request, caller: Writer, webhook_id: str) -> Response:
    """Make a new signing secret. For 24 hours deliveries are signed with the old one too."""
    webhook, secret = service.rotate_secret(caller, webhook_id)
    return secret_answer(request, webhook.public(), {"secret": secret}, int(webhook.version))


@router.post("/webhooks/{webhook_id}/test", response_model=Delivery, status_code=202)
async def test_webhook(caller: Writer, webhook_id: str, body: TestRequest) -> Response:
    """Send an example of an event, once, whether or not the webhook is subscribed to it."""
    return json_answer(deliveries.send_test(caller, webhook_id, body.event).public(), 202)


@router.post("/webhooks/{webhook_id}/recover", response_model=Recovery, status_code=202)
async def recover_webhook(caller: Writer, webhook_id: str, body: RecoverRequest) -> Response:
    """Resend, once, all deliveries since a time that have ended without success."""
    since = deliveries.recover(caller, webhook_id, body.since)
    return json_answer({"webhook_id": webhook_id, "since": since}, 202)


@router.get("/webhooks/{webhook_id}/deliveries", response_model=DeliveryList)
async def list_deliveries(caller: Reader, webhook_id: str, paging: AskedPage) -> Response:
    """List a webhook's deliveries with their attempts, newest first."""
    page = deliveries.list_deliveries(caller, webhook_id, paging.page, paging.limit)
    return paging.answer([delivery.public() for delivery in page.items], page.total)


@router.get("/webhooks/{webhook_id}/deliveries/{delivery_id}", response_model=DeliveryDetail)
async def get_delivery(caller: Reader, webhook_id: str, delivery_id: str) -> Response:
    """Read a delivery, with the first 16 KB of what was answered to each attempt in the last 30 days."""
    return json_answer(deliveries.read_delivery(caller, webhook_id, delivery_id))


@router.post("/webhooks/{webhook_id}/deliveries/{delivery_id}/resend", response_model=Delivery, status_code=202)
async def resend_delivery(caller: Writer, webhook_id: str, delivery_id: str) -> Response:
    """Attempt a delivery once more, now. The schedule, if it still runs, goes on as before."""
    return json_answer(deliveries.resend(caller, webhook_id, delivery_id).public(), 202)
