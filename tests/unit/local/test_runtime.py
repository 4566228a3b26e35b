"""Pieces of the runner whose edges no request reaches easily."""

import json

import pytest

from local.gateway.routes import Match, Routes
from local.pumps.outcome import failed_items
from local.runtime_api import Outcome


def test_a_literal_that_leads_nowhere_gives_way_to_a_variable() -> None:
    routes = Routes(["/a/fixed/x", "/a/{id}/y", "/{proxy+}"])

    assert routes.find("/a/fixed/y") == Match("/a/{id}/y", {"id": "fixed"})
    assert routes.find("/a/fixed/x") == Match("/a/fixed/x", {})
    assert routes.find("/a/fixed/z") == Match("/{proxy+}", {"proxy": "a/fixed/z"})


def test_the_root_is_no_part_of_the_rest() -> None:
    assert Routes(["/{proxy+}"]).find("/") is None
    assert Routes(["/", "/{proxy+}"]).find("/") == Match("/", {})


ALL = {"1", "2"}


@pytest.mark.parametrize(
    ("outcome", "failed"),
    [
        (Outcome(b"null"), set()),
        (Outcome(b"{}"), set()),
        (Outcome(b'{"batchItemFailures": null}'), set()),
        (Outcome(json.dumps({"batchItemFailures": [{"itemIdentifier": "2"}]}).encode()), {"2"}),
        (Outcome(json.dumps({"batchItemFailures": [{"itemIdentifier": "3"}]}).encode()), ALL),
        (Outcome(json.dumps({"batchItemFailures": [{"itemIdentifier": ""}]}).encode()), ALL),
        (Outcome(json.dumps({"batchItemFailures": [{"wrong": "2"}]}).encode()), ALL),
        (Outcome(b'"text"'), ALL),
        (Outcome(b"{}", is_error=True), ALL),
    ],
)
def test_a_batch_fails_as_a_whole_unless_its_failures_are_named_rightly(outcome: Outcome, failed: set[str]) -> None:
    assert failed_items(outcome, ["1", "2"], reports_failures=True) == failed


def test_without_partial_answers_only_an_error_fails_a_batch() -> None:
    named = Outcome(json.dumps({"batchItemFailures": [{"itemIdentifier": "2"}]}).encode())

    assert failed_items(named, ["1", "2"], reports_failures=False) == set()
