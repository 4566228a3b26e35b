"""Verifiers that others wrote, unmodified, accept what we sign and refuse what was altered."""

import secrets
import time
from dataclasses import replace

import pytest

from lambdify.webhooks.signature import secret_of, sign
from tests.verifiers import ALL, TOLERANCE_SECONDS, Delivery, accepted_in_node, accepted_in_python, needs_node

NEW, OLD, OTHER = (secret_of(secrets.token_bytes(24)) for _ in range(3))
EVENT_ID = "evt_01kb6rz6n8f3m5d9t2w7x4c0000000"
BODY = '{"event":"message.created","data":{"content":"Grüße, 世界 🎉 \\u0000"},"id":"evt_1"}'


def signed(*held: str, body: str = BODY, seconds_ago: int = 0) -> dict[str, str]:
    return sign(held, EVENT_ID, int(time.time()) - seconds_ago, body.encode())


def altered(headers: dict[str, str], **changes: str) -> dict[str, str]:
    return headers | {name.replace("_", "-"): value for name, value in changes.items()}


def deliveries() -> dict[str, Delivery]:
    """Made when the test runs, because the verifiers look at the clock."""
    valid = Delivery(signed(NEW), BODY, NEW, ALL)
    rotated = Delivery(signed(NEW, OLD), BODY, NEW, ALL)
    later = str(int(time.time()) + 60)
    dify = valid.headers["X-Dify-Signature"]
    moved = {
        "X-Dify-Signature": f"t={later}," + dify.partition(",")[2],
        "webhook-timestamp": later,
    }
    return {
        "valid": valid,
        "empty object": Delivery(signed(NEW, body="{}"), "{}", NEW, ALL),
        "rotated, receiver has the new secret": rotated,
        "rotated, receiver has the old secret": replace(rotated, secret=OLD),
        "rotated, receiver has another secret": replace(rotated, secret=OTHER, accepted_by=frozenset()),
        "another secret": replace(valid, secret=OTHER, accepted_by=frozenset()),
        "after rotation, receiver kept the old secret": replace(valid, secret=OLD, accepted_by=frozenset()),
        "altered body": replace(valid, body=BODY.replace("世界", "世間"), accepted_by=frozenset()),
        "space added to the body": replace(valid, body=BODY + " ", accepted_by=frozenset()),
        "altered timestamp": replace(valid, headers=valid.headers | moved, accepted_by=frozenset()),
        "too old": Delivery(signed(NEW, seconds_ago=TOLERANCE_SECONDS + 60), BODY, NEW),
        # Stripe's scheme does not sign the id.
        "altered id": replace(valid, headers=altered(valid.headers, webhook_id="evt_2"), accepted_by=ALL & {"stripe"}),
    }


CASES = list(deliveries())


@pytest.mark.parametrize("case", CASES)
def test_python_verifiers_agree(case: str) -> None:
    delivery = deliveries()[case]

    assert accepted_in_python(delivery) == delivery.accepted_by


@needs_node
def test_node_verifiers_agree() -> None:
    made = deliveries()

    answers = accepted_in_node(list(made.values()))

    assert dict(zip(made, answers, strict=True)) == {name: each.accepted_by for name, each in made.items()}
