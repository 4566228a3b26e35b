"""Bodies of the webhooks group."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints

from lambdify.store.webhooks import ALL_EVENTS
from lambdify.web.fields import Description
from lambdify.webhooks.events import EVENTS

_SUBSCRIBABLE = (ALL_EVENTS, *EVENTS)


def _known(event: str) -> str:
    if event not in EVENTS:
        raise ValueError(f"is not an event; there are {', '.join(EVENTS)}")
    return event


def _subscribable(events: list[str]) -> list[str]:
    for event in events:
        if event != ALL_EVENTS:
            _known(event)
    return list(dict.fromkeys(events))


Url = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
EventName = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(EVENTS)})]
Subscriptions = Annotated[
    list[Annotated[str, StringConstraints(max_length=100)]],
    AfterValidator(_subscribable),
    Field(
        min_length=1,
        max_length=50,
        description="Names of events; `*` is all of them, those of the future included.",
        json_schema_extra={"items": {"type": "string", "enum": list(_SUBSCRIBABLE)}},
    ),
]
ApplicationId = Annotated[str, StringConstraints(max_length=100)]


class WebhookCreate(BaseModel):
    """A new webhook."""

    url: Url = Field(
        description="Where events are sent: `https`, at a public address.", examples=["https://example.com/hook"]
    )
    events: Subscriptions = [ALL_EVENTS]
    description: Description = ""
    enabled: bool = True
    app_id: ApplicationId | None = Field(None, description="Tell only of what happens in this application.")


class WebhookUpdate(BaseModel):
    """The fields to change; the others stay."""

    url: Url | None = None
    events: Subscriptions | None = None
    description: Description | None = None
    enabled: bool | None = None
    app_id: ApplicationId | None = Field(None, description="`null` lifts the restriction to one application.")


class TestRequest(BaseModel):
    """Which event to send an example of."""

    event: EventName = "message.created"


class RecoverRequest(BaseModel):
    """From when on."""

    since: AwareDatetime = Field(description="At most 14 days ago.", examples=["2026-01-31T09:30:00Z"])


class Recovery(BaseModel):
    """What is being recovered."""

    webhook_id: str
    since: str


class Webhook(BaseModel):
    """A webhook as the API shows it."""

    id: str = Field(examples=["whk_01kb6rz6n8f3m5d9t2w7x4c0000000"])
    url: str
    events: list[str]
    description: str
    enabled: bool
    app_id: str | None
    disabled_reason: Literal["gone", "failing"] | None = Field(
        description="`gone`: the endpoint answered 410. `failing`: nothing but failures for five days."
    )
    created_at: str
    updated_at: str


class WebhookWithSecret(Webhook):
    """A webhook, and its new signing secret."""

    secret: str | None = Field(
        description="Shown this once; `null` when the answer is replayed for its Idempotency-Key.",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )


class WebhookList(BaseModel):
    """One page of webhooks, newest first."""

    data: list[Webhook]
    total: int = Field(description="How many there are on all pages, exactly.")
    page: int
    limit: int
    has_more: bool


class DeliveryAttempt(BaseModel):
    """One attempt of a delivery."""

    number: int
    trigger: Literal["schedule", "resend"]
    started_at: str
    duration_ms: int
    status: int | None = Field(description="The answer's status; `null` when there was no answer.")
    error: Literal["dns", "refused_address", "connect", "tls", "timeout", "too_large", "protocol"] | None
    next_attempt_at: str | None


class Delivery(BaseModel):
    """An event on its way to a webhook."""

    id: str = Field(examples=["dlv_01kb6rz6n8f3m5d9t2w7x4c00000000000001"])
    webhook_id: str
    event: str
    event_id: str
    status: Literal["pending", "delivered", "exhausted", "cancelled"]
    attempts: list[DeliveryAttempt] = Field(description="Oldest first.")
    next_attempt_at: str | None
    created_at: str


class AttemptResponse(BaseModel):
    """What came back."""

    body: str
    is_truncated: bool


class AttemptDetail(DeliveryAttempt):
    """One attempt, with the answer."""

    response: AttemptResponse | None


class DeliveryDetail(Delivery):
    """A delivery, with the answers to its attempts."""

    attempts: list[AttemptDetail]  # type: ignore[assignment]


class DeliveryList(BaseModel):
    """One page of deliveries, newest first."""

    data: list[Delivery]
    total: int = Field(description="How many there are on all pages, exactly.")
    page: int
    limit: int
    has_more: bool
