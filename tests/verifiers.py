"""Verifiers that others wrote, unmodified: stripe, standardwebhooks and svix, for Python and for Node.js."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest
import standardwebhooks
import stripe
import svix.webhooks

ALL = frozenset({"stripe", "standardwebhooks", "svix"})
TOLERANCE_SECONDS = 300
# A machine with nothing but Python runs all other tests; CI has Node.js, and must not pass without it.
needs_node = pytest.mark.skipif(
    "CI" not in os.environ and (shutil.which("node") is None or shutil.which("npm") is None),
    reason="Node.js is not installed",
)
_NODE_FOLDER = Path(__file__).parent / "contract/webhooks"


@dataclass(frozen=True)
class Delivery:
    """What a receiver gets, and the secret that it holds."""

    headers: dict[str, str]
    body: str
    secret: str
    accepted_by: frozenset[str] = field(default_factory=frozenset)
    """Verifiers' names; empty when all must refuse."""


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


def accepted_in_python(delivery: Delivery) -> frozenset[str]:
    """The names of the Python verifiers that accept the delivery."""
    return frozenset(name for name in VERIFIERS if _accepts(name, delivery))


def accepted_in_node(deliveries: Sequence[Delivery]) -> list[frozenset[str]]:
    """For each delivery, the names of the Node.js verifiers that accept it."""
    cases = json.dumps([asdict(each) | {"accepted_by": None} for each in deliveries])
    command = [_node(), "verify.mjs"]
    run = subprocess.run(command, cwd=_NODE_FOLDER, input=cases, capture_output=True, text=True, check=True)
    return [frozenset(name for name, accepted in answer.items() if accepted) for answer in json.loads(run.stdout)]


def _accepts(name: str, delivery: Delivery) -> bool:
    verify, refusal = VERIFIERS[name]
    try:
        verify(delivery)
    except refusal:
        return False
    return True


def _node() -> str:
    """Node.js, with the verifiers that `package-lock.json` names installed."""
    installed = _NODE_FOLDER / "node_modules" / ".package-lock.json"
    lock = _NODE_FOLDER / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        install = ["npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(install, cwd=_NODE_FOLDER, check=True)
    return "node"
