"""Signatures, by their definitions. Foreign verifiers judge them in tests/contract/webhooks."""

import base64
import hashlib
import hmac

import pytest

from lambdify.webhooks.signature import secret_of, sign

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
BODY = '{"name":"Zoë 🎉"}'.encode()


def test_dify_signature_is_hmac_of_time_and_body_with_the_whole_secret() -> None:
    expected = hmac.new(SECRET.encode(), b"1700000000." + BODY, hashlib.sha256).hexdigest()

    assert sign([SECRET], "evt_1", 1700000000, BODY)["X-Dify-Signature"] == f"t=1700000000,v1={expected}"


def test_standard_signature_is_hmac_of_id_time_and_body_with_the_decoded_secret() -> None:
    digest = hmac.new(b"k" * 24, b"evt_1.1700000000." + BODY, hashlib.sha256).digest()
    headers = sign([SECRET], "evt_1", 1700000000, BODY)

    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("evt_1", "1700000000")


def test_rotation_sends_both_signatures_the_new_one_first() -> None:
    both = sign([SECRET, OLD], "evt_1", 1, BODY)
    new, old = sign([SECRET], "evt_1", 1, BODY), sign([OLD], "evt_1", 1, BODY)

    assert both["X-Dify-Signature"] == new["X-Dify-Signature"] + "," + old["X-Dify-Signature"].partition(",")[2]
    assert both["webhook-signature"] == f"{new['webhook-signature']} {old['webhook-signature']}"


def test_secret_is_24_bytes_in_base64_without_padding() -> None:
    secret = secret_of(bytes(range(32)))

    assert base64.b64decode(secret.removeprefix("whsec_"), validate=True) == bytes(range(24))
    assert "=" not in secret


def test_secret_that_is_not_base64_is_refused() -> None:
    with pytest.raises(ValueError, match="base64"):
        sign(["whsec_!!!"], "evt_1", 1, BODY)
