"""A route that nobody has answers like the others."""

import json

from lambdify import clock
from tests.conftest import ROOT
from tests.gateway import LambdaContext
from unknown_routes.app import handler

EVENT = json.loads((ROOT / "events/unknown_routes/get.json").read_text())


def test_answers_404_in_the_contracts_shape_with_the_callers_numbers() -> None:
    answer = handler(EVENT, LambdaContext())

    assert answer["statusCode"] == 404
    request_id = EVENT["requestContext"]["requestId"]
    assert json.loads(answer["body"]) == {
        "error": {"code": "not_found", "message": "There is no such route.", "details": {"request_id": request_id}}
    }
    assert answer["headers"] == {
        "Content-Type": "application/json",
        "X-Request-Id": request_id,
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Remaining": "59",
        "X-RateLimit-Reset": "1800000060",
        "RateLimit": '"default";r=59;t=60',
        "RateLimit-Policy": '"default";q=60;w=60',
    }


def test_numbers_are_zero_and_now_when_no_caller_is_known() -> None:
    context = {name: value for name, value in EVENT["requestContext"].items() if name != "authorizer"}
    with clock.reading(lambda: 1_800_000_000.5):
        answer = handler({**EVENT, "requestContext": context}, LambdaContext())

    numbers = [answer["headers"][f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")]
    assert numbers == ["0", "0", "1800000001"]
