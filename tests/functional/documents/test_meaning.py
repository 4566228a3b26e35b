"""Where a model of embeddings is configured, live keys search by meaning as well as by words."""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lambdify.models import embeddings, registry
from lambdify.settings import settings
from tests.functional.cleanup.test_cleanup import clean_up, received
from tests.gateway import Client, LambdaContext, Workspace
from tests.meaning import Services, serving
from tests.outbox import events_of
from tests.uploads import deliver, notification, upload

APPLICATION = {"name": "Ferry", "mode": "chat", "config": {"model": "sandbox-chat"}}


@pytest.fixture(scope="module")
def shared() -> Iterator[Services]:
    """Clients live as long as the process, so there is one server for all tests."""
    with serving() as services:
        os.environ["AWS_ENDPOINT_URL_S3VECTORS"] = services.url
        yield services
        del os.environ["AWS_ENDPOINT_URL_S3VECTORS"]


@pytest.fixture
def services(shared: Services) -> Iterator[Services]:
    """The stack as it is with search by meaning on."""
    configured = replace(
        settings,
        embedding_model="small",
        embedding_provider="openai_compatible",
        openai_compatible_base_url=f"{shared.url}/v1",
        openai_compatible_models="sandbox-chat",
        vector_bucket="vectors",
    )
    before = {name: getattr(settings, name) for name in settings.__slots__}
    _set({name: getattr(configured, name) for name in settings.__slots__})
    shared.indexes.clear()
    shared.requests.clear()
    shared.is_failing = False
    yield shared
    _set(before)


def _set(values: dict[str, Any]) -> None:
    """Settings are read once; what was made of them is made anew."""
    for name, value in values.items():
        object.__setattr__(settings, name, value)
    embeddings._embedder.cache_clear()
    registry._providers.cache_clear()


@pytest.fixture
def live(workspace: Workspace) -> Client:
    return workspace.client(mode="live")


def process(client: Client, name: str, text: str, app_id: str | None = None) -> dict[str, Any]:
    metadata = {"app_id": app_id} if app_id else {}
    document = upload(client, name, text.encode(), metadata)
    workspace_id, mode = client.authorizer["workspaceId"], client.authorizer["mode"]
    assert deliver(notification(document, workspace_id, mode=mode)) == {"batchItemFailures": []}
    return document


def names(client: Client, query: str, **body: Any) -> list[str]:
    answer = client.post("/documents/search", {"query": query, **body})
    assert answer.status == 200, answer.text
    return [match["document_name"] for match in answer.json()["data"]]


def test_a_passage_is_found_by_other_words_of_the_same_meaning(services: Services, live: Client) -> None:
    process(live, "a.txt", "The vessel leaves at noon.")
    process(live, "b.txt", "A puppy sleeps.")

    assert names(live, "boat", top_k=1) == ["a.txt"]
    assert names(live, "hound", top_k=1) == ["b.txt"]


def test_both_rankings_count(services: Services, live: Client) -> None:
    process(live, "meaning.txt", "The vessel leaves at noon.")
    process(live, "both.txt", "Quay seven: the ship.")
    process(live, "words.txt", "Quay seven is closed.")

    assert names(live, "boat at quay seven", top_k=1) == ["both.txt"]


def test_test_keys_cost_nothing(services: Services, client: Client) -> None:
    process(client, "a.txt", "The vessel leaves at noon.")

    assert names(client, "boat") == []
    assert services.requests == []


def test_while_the_model_fails_words_are_still_found(services: Services, live: Client) -> None:
    process(live, "a.txt", "The vessel leaves at noon.")
    services.is_failing = True

    assert names(live, "vessel") == ["a.txt"]
    assert names(live, "boat") == []


def test_a_file_whose_vectors_cannot_be_made_comes_again(services: Services, live: Client) -> None:
    services.is_failing = True
    document = upload(live, "a.txt", b"The vessel leaves at noon.")
    told = notification(document, live.authorizer["workspaceId"], mode="live")
    assert len(deliver(told)["batchItemFailures"]) == 1
    services.is_failing = False

    assert deliver(told, receive_count=2) == {"batchItemFailures": []}
    assert names(live, "boat") == ["a.txt"]


def test_applications_are_kept_apart(services: Services, live: Client) -> None:
    """Isolation: each application has an index of vectors of its own."""
    one, two = (live.post("/applications", APPLICATION).json()["id"] for _ in range(2))
    process(live, "a.txt", "The vessel leaves at noon.", one)

    assert names(live, "boat", app_id=one) == ["a.txt"]
    assert names(live, "boat", app_id=two) == names(live, "boat") == []
    assert len(services.indexes) == 1


def test_what_is_deleted_leaves_no_vectors(services: Services, live: Client, workspace: Workspace) -> None:
    app_id = live.post("/applications", APPLICATION).json()["id"]
    document = process(live, "a.txt", "The vessel leaves at noon.", app_id)
    process(live, "b.txt", "Another boat.", app_id)
    [index] = services.indexes.values()
    assert len(index) == 2

    live.delete(f"/documents/{document['id']}")
    clean_up(relayed(workspace))
    assert len(index) == 1

    live.delete(f"/applications/{app_id}")
    clean_up(relayed(workspace))
    assert services.indexes == {}


def relayed(workspace: Workspace) -> list[str]:
    """The messages that the workspace's live events bring into the cleanup queue."""
    from event_relay.app import handler

    records = [
        {"dynamodb": {"NewImage": event.serialize(), "SequenceNumber": str(number)}}
        for number, event in enumerate(events_of(workspace, "live"))
    ]
    assert handler({"Records": records}, LambdaContext()) == {"batchItemFailures": []}
    return received()
