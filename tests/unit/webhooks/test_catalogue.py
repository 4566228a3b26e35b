"""The catalogue of events."""

import pytest
from pydantic import BaseModel

from lambdify.webhooks.catalogue import CATALOGUE, envelope_of, example_of
from lambdify.webhooks.events import EVENTS


def test_catalogue_and_names_agree() -> None:
    assert tuple(sorted(CATALOGUE)) == EVENTS


@pytest.mark.parametrize("event", EVENTS)
def test_example_is_valid(event: str) -> None:
    envelope = envelope_of(event)
    body = {"event": event, "created_at": "2026-01-31T09:30:00.000Z", "data": example_of(event), "id": "evt_1"}

    assert envelope.model_validate(body).model_dump()["data"] == body["data"]
    assert issubclass(envelope, BaseModel)


def test_names_of_envelopes_are_words() -> None:
    assert envelope_of("application.created").__name__ == "ApplicationCreatedEvent"
