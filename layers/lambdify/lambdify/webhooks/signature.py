"""Signs deliveries with two well-known schemes from one secret, so that existing verifiers accept them unchanged.

`X-Dify-Signature` is Stripe's scheme: HMAC-SHA256 over `{t}.{body}`, keyed with the whole text of the secret, in hex.
`webhook-*` is Standard Webhooks 1.0.0: HMAC-SHA256 over `{id}.{t}.{body}`, keyed with the decoded secret, in base64.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
# 192 bits: the least that Standard Webhooks allows, and base64 without padding.
_SECRET_BYTES = 24


def secret_of(key: bytes) -> str:
    """The secret whose key is the first bytes of `key`, such as `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`."""
    return PREFIX + base64.b64encode(key[:_SECRET_BYTES]).decode()


def sign(signing_secrets: Sequence[str], event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that prove `body`, which must be sent byte for byte as given.

    While a secret is being rotated there are two, the new one first; a receiver may hold either.
    `timestamp` is that of the attempt, in whole seconds since 1970, so that old deliveries cannot be replayed.
    """
    dify = b"%d." % timestamp + body
    standard = f"{event_id}.{timestamp}.".encode() + body
    hexadecimal = [_digest(secret.encode(), dify).hex() for secret in signing_secrets]
    encoded = [base64.b64encode(_digest(_key(secret), standard)).decode() for secret in signing_secrets]
    return {
        "X-Dify-Signature": ",".join([f"t={timestamp}", *(f"v1={each}" for each in hexadecimal)]),
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{each}" for each in encoded),
    }


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def _digest(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()
