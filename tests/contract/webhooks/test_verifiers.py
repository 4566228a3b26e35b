"""Verifiers that others wrote, unmodified, accept our deliveries and refuse altered ones."""

import json
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pytest
import standardwebhooks
import stripe
import svix.webhooks

from lambdify.webhooks.signature import secret_of, sign

HERE = Path(__file__).parent
NEW, OLD, OTHER = (secret_of(secrets.token_bytes(24)) for _ in range(3))
EVENT_ID = "evt_01kb6rz6n8f3m5d9t2w7x4c0000000"
BODY = '{"event":"message.created","data":{"content":"Grüße, 世界 🎉 \\u0000"},"id":"evt_1"}'
TOLERANCE_SECONDS = 300


@dataclass(frozen=True)
class Delivery:
    """What a receiver gets, and the secret that it holds."""

    headers: dict[str, str]
    body: str = BODY
    secret: str = NEW
    accepted_by: frozenset[str] = field(default_factory=frozenset)
    """Verifiers' names; empty when all must refuse."""


ALL = frozenset({"stripe", "standardwebhooks", "svix"})


def signed(*held: str, body: str = BODY, seconds_ago: int = 0) -> dict[str, str]:
    return sign(held, EVENT_ID, int(time.time()) - seconds_ago, body.encode())


def altered(headers: dict[str, str], **changes: str) -> dict[str, str]:
    return headers | {name.replace("_", "-"): value for name, value in changes.items()}


def deliveries() -> dict[str, Delivery]:
    """Made when the test runs, because the verifiers look at the clock."""
    valid = Delivery(signed(NEW), accepted_by=ALL)
    rotated = Delivery(signed(NEW, OLD), accepted_by=ALL)
    later = str(int(time.time()) + 60)
    dify = valid.headers["X-Dify-Signature"]
    moved = {
        "X-Dify-Signature": f"t={later}," + dify.partition(",")[2],
        "webhook-timestamp": later,
    }
    return {
        "valid": valid,
        "empty object": Delivery(signed(NEW, body="{}"), body="{}", accepted_by=ALL),
        "rotated, receiver has the new secret": rotated,
        "rotated, receiver has the old secret": replace(rotated, secret=OLD),
        "rotated, receiver has another secret": replace(rotated, secret=OTHER, accepted_by=frozenset()),
        "another secret": replace(valid, secret=OTHER, accepted_by=frozenset()),
        "after rotation, receiver kept the old secret": replace(valid, secret=OLD, accepted_by=frozenset()),
        "altered body": replace(valid, body=BODY.replace("世界", "世間"), accepted_by=frozenset()),
        "space added to the body": replace(valid, body=BODY + " ", accepted_by=frozenset()),
        "altered timestamp": replace(valid, headers=valid.headers | moved, accepted_by=frozenset()),
        "too old": Delivery(signed(NEW, seconds_ago=TOLERANCE_SECONDS + 60)),
        # Stripe's scheme does not sign the id.
        "altered id": replace(valid, headers=altered(valid.headers, webhook_id="evt_2"), accepted_by=ALL & {"stripe"}),
    }


CASES = list(deliveries())


def _stripe(delivery: Delivery) -> None:
    header = delivery.headers["X-Dify-Signature"]
    stripe.WebhookSignature.verify_header(delivery.body, header, delivery.secret, TOLERANCE_SECONDS)


def _standard(delivery: Delivery) -> None:
    standardwebhooks.Webhook(delivery.secret).verify(delivery.body, delivery.headers)


def _svix(delivery: Delivery) -> None:
    svix.webhooks.Webhook(delivery.secret).verify(delivery.body, delivery.headers)


VERIFIERS: dict[str, tuple[Callable[[Delivery], None], type[Exception]]] = {
    "stripe": (_stripe, stripe.SignatureVerificationError),
    "standardwebhooks": (_standard, standardwebhooks.WebhookVerificationError),
    "svix": (_svix, svix.webhooks.WebhookVerificationError),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", sorted(VERIFIERS))
def test_python_verifier_agrees(name: str, case: str) -> None:
    delivery = deliveries()[case]
    verify, refusal = VERIFIERS[name]
    if name in delivery.accepted_by:
        verify(delivery)
    else:
        with pytest.raises(refusal):
            verify(delivery)


@pytest.fixture(scope="module")
def node() -> str:
    """Node.js, with the verifiers that `package-lock.json` names installed."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        pytest.skip("Node.js is not installed")
    installed = HERE / "node_modules" / ".package-lock.json"
    lock = HERE / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run([npm, "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    return found


def test_node_verifiers_agree(node: str) -> None:
    made = deliveries()
    cases = json.dumps([asdict(each) | {"accepted_by": None} for each in made.values()])
    run = subprocess.run([node, "verify.mjs"], cwd=HERE, input=cases, capture_output=True, text=True, check=True)
    answers = [{name for name, accepted in answer.items() if accepted} for answer in json.loads(run.stdout)]

    assert dict(zip(made, answers, strict=True)) == {name: each.accepted_by for name, each in made.items()}
