"""The events for `sam local invoke` are answered."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.gateway import LambdaContext

EVENTS = Path(__file__).parents[3] / "events"


def answer(group: str, name: str) -> dict[str, Any]:
    """What the group's handler says to the event."""
    event = json.loads((EVENTS / group / f"{name}.json").read_text())
    answered: dict[str, Any] = import_module(f"{group}.app").handler(event, LambdaContext())
    return answered


@pytest.mark.parametrize(
    ("name", "status"),
    [("upload_document", 201), ("create_upload", 201), ("list_documents", 200), ("search_documents", 200)],
)
def test_a_request_is_answered(name: str, status: int) -> None:
    assert answer("documents", name)["statusCode"] == status


def test_a_file_of_a_document_that_is_gone_is_passed_over() -> None:
    assert answer("document_processor", "file") == {"batchItemFailures": []}
