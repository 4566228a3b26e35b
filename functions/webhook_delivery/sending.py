"""Sends one signed delivery."""

import json
from dataclasses import dataclass
from typing import Any

from lambdify.net.errors import NetworkError
from lambdify.net.http import Limits, Network
from lambdify.net.http import send as send_request
from lambdify.settings import settings
from lambdify.store.webhooks import Webhook
from lambdify.webhooks.schedule import Outcome
from lambdify.webhooks.secrets import derive
from lambdify.webhooks.signature import sign

_LIMITS = Limits(total_seconds=float(settings.webhook_timeout_seconds))
_NETWORK = Network(allow_loopback=settings.allow_loopback == "true")


@dataclass(frozen=True, slots=True)
class Sent:
    """What came back."""

    outcome: Outcome
    body: bytes = b""
    is_truncated: bool = False


def send(webhook: Webhook, event_id: str, content: dict[str, Any], timestamp: int) -> Sent:
    """Send `content` to the webhook, signed with each of its secrets. No failure of the endpoint's raises."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    secrets = [derive(webhook.id, salt) for salt in webhook.salts(timestamp)]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Lambdify-Webhooks/1",
        **sign(secrets, event_id, timestamp, body),
    }
    try:
        answer = send_request("POST", webhook.url, headers=headers, body=body, limits=_LIMITS, network=_NETWORK)
    except NetworkError as error:
        return Sent(Outcome(error=error.word), str(error).encode())
    outcome = Outcome(status=answer.status, retry_after=answer.headers.get("retry-after"))
    return Sent(outcome, answer.body, answer.is_truncated)
