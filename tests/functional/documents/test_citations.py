"""Answers come from documents, and say from where."""

from typing import Any

import pytest

from lambdify.settings import settings
from tests import files
from tests.calls import counted_calls
from tests.functional.conversations.test_conversations import application, start
from tests.gateway import Answer, Client, Workspace
from tests.uploads import processed, upload

HANDBOOK = (files.FIXTURES / "chromium.pdf").read_bytes()
QUESTION = "How long do the batteries last?"
FACT = "Her batteries weigh eleven tonnes and last for nine crossings."


@pytest.fixture
def app_id(client: Client) -> str:
    """An application with a model of the sandbox."""
    return application(client)


def ask(client: Client, app_id: str, content: str = QUESTION, **fields: Any) -> Answer:
    """Ask in a new conversation."""
    conversation_id = start(client, app_id)["id"]
    return client.post("/messages", {"conversation_id": conversation_id, "content": content, **fields})


def test_an_answer_cites_the_page_that_it_is_from(client: Client, app_id: str) -> None:
    document = processed(client, "handbook.pdf", HANDBOOK, {"app_id": app_id})

    answer = ask(client, app_id).json()

    assert FACT in answer["content"]
    [citation] = answer["citations"]
    assert (citation["document_id"], citation["document_name"]) == (document["id"], "handbook.pdf")
    assert (citation["page"], citation["quote"]) == (2, FACT)
    assert citation["chunk_id"].startswith("chk_")
    assert client.get(f"/messages/{answer['id']}").json()["citations"] == [citation]


def test_page_218_of_300_is_cited_as_page_218(client: Client, app_id: str) -> None:
    processed(client, "line.pdf", files.long_pdf(300), {"app_id": app_id})

    answer = ask(client, app_id, "How high above the sea is station 218?").json()

    assert "2654 metres" in answer["content"]
    assert [citation["page"] for citation in answer["citations"]] == [218]


def test_the_first_message_of_a_conversation_cites_too(client: Client, app_id: str) -> None:
    document = processed(client, "handbook.pdf", HANDBOOK)
    inputs = {"query": QUESTION, "files": [document["id"]]}

    conversation = start(client, app_id, inputs=inputs)
    later = client.post("/messages", {"conversation_id": conversation["id"], "content": QUESTION}).json()

    for answer in (conversation["message"], later):
        assert [citation["document_id"] for citation in answer["citations"]] == [document["id"]]


def test_files_are_the_only_ones_searched(client: Client, app_id: str) -> None:
    processed(client, "handbook.pdf", HANDBOOK, {"app_id": app_id})
    other = processed(client, "other.txt", b"The batteries of the lighthouse last for a week.", {"app_id": app_id})

    answer = ask(client, app_id, files=[other["id"]]).json()

    assert [citation["document_id"] for citation in answer["citations"]] == [other["id"]]
    assert "lighthouse" in answer["content"]


def test_other_applications_documents_are_not_searched(client: Client, app_id: str) -> None:
    """Isolation: an application answers from its own documents."""
    processed(client, "handbook.pdf", HANDBOOK, {"app_id": application(client)})
    processed(client, "handbook.pdf", HANDBOOK)

    answer = ask(client, app_id).json()

    assert (answer["citations"], FACT in answer["content"]) == ([], False)


def test_an_answer_that_is_not_from_a_document_cites_none(client: Client, app_id: str) -> None:
    processed(client, "handbook.pdf", HANDBOOK, {"app_id": app_id})

    assert ask(client, app_id, "Xylophones?").json()["citations"] == []


def test_a_deleted_document_is_cited_no_more(client: Client, app_id: str) -> None:
    document = processed(client, "handbook.pdf", HANDBOOK, {"app_id": app_id})
    conversation = start(client, app_id, inputs={"files": [document["id"]]})
    client.delete(f"/documents/{document['id']}")
    other = processed(client, "other.pdf", HANDBOOK, {"app_id": app_id})

    asked = client.post("/messages", {"conversation_id": conversation["id"], "content": QUESTION})

    assert (asked.status, asked.json()["citations"]) == (201, [])
    assert {citation["document_id"] for citation in ask(client, app_id).json()["citations"]} == {other["id"]}


class TestUnreadableFiles:
    def test_an_unknown_one_is_400(self, client: Client, app_id: str, workspace: Workspace) -> None:
        foreign = processed(Workspace().client(), "a.txt", b"text")["id"]
        others = processed(client, "a.txt", b"text", {"app_id": application(client)})["id"]

        for file in ("x", "doc_" + "0" * 26, app_id, foreign, others):
            refused = ask(client, app_id, files=[file])
            assert (refused.status, refused.json()["error"]["details"]["errors"][0]["location"]) == (400, "body.files")
            body = {"app_id": app_id, "user": "ada", "inputs": {"query": "x", "files": [file]}}
            assert client.post("/conversations", body).status == 400

    def test_an_applications_key_may_name_its_own_only(self, client: Client, app_id: str, workspace: Workspace) -> None:
        unbound = processed(client, "a.txt", b"text")["id"]
        own = processed(client, "a.txt", b"text", {"app_id": app_id})["id"]
        key = workspace.client(kind="app", app_id=app_id)

        assert ask(key, app_id, files=[unbound]).status == 400
        assert ask(key, app_id, files=[own]).status == 201

    def test_one_that_is_not_processed_is_409(self, client: Client, app_id: str) -> None:
        waiting = upload(client, "a.txt", b"text", {"app_id": app_id})["id"]
        broken = processed(client, "a.pdf", b"no pdf", {"app_id": app_id})["id"]

        assert ask(client, app_id, files=[waiting]).status == 409
        assert ask(client, app_id, files=[broken]).status == 409


def test_a_failed_search_fails_the_question_which_can_be_asked_again(client: Client, app_id: str) -> None:
    from lambdify.aws.clients import client as aws_client
    from lambdify.retrieval import index

    processed(client, "handbook.pdf", HANDBOOK, {"app_id": app_id})
    conversation_id = start(client, app_id)["id"]
    body = {"conversation_id": conversation_id, "content": QUESTION}
    index._manifests._values.clear()
    s3 = aws_client("s3")
    manifests = [entry["Key"] for entry in s3.list_objects_v2(Bucket=settings.index_bucket)["Contents"]]
    [key] = [key for key in manifests if app_id in key and key.endswith("manifest")]
    good = s3.get_object(Bucket=settings.index_bucket, Key=key)["Body"].read()

    s3.put_object(Bucket=settings.index_bucket, Key=key, Body=b"damaged")
    refused = client.post("/messages", body)
    s3.put_object(Bucket=settings.index_bucket, Key=key, Body=good)

    assert refused.status == 500
    [question] = client.get(f"/conversations/{conversation_id}/messages").json()["data"]
    assert question["status"] == "failed"
    assert len(client.post("/messages", body).json()["citations"]) == 1


def test_a_question_costs_two_reads_of_the_table_and_one_of_the_index(client: Client, app_id: str) -> None:
    for number in range(12):
        processed(client, f"{number}.txt", f"Fact {number}: {FACT}".encode(), {"app_id": app_id})
    ask(client, app_id)
    conversation_id = start(client, app_id)["id"]

    with counted_calls() as table, counted_calls("s3") as objects:
        client.post("/messages", {"conversation_id": conversation_id, "content": QUESTION})

    assert objects.names == ["GetObject"]
    # Beside those of every message: see docs/aws-calls.md.
    assert table.names.count("BatchGetItem") == 1
    assert len(table.names) == 7
