"""Whatever happens to the worker, a document ends as processed or failed, or leaves nothing behind."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lambdify import ids
from lambdify.aws.clients import client as aws_client
from lambdify.retrieval.applications import index_of
from lambdify.settings import settings
from lambdify.store.base import tenant_key
from lambdify.store.counted_list import member_key
from lambdify.store.documents import Chunk, Documents
from tests import files
from tests.functional.cleanup.test_cleanup import clean_up, relayed
from tests.gateway import Client, Workspace
from tests.outbox import events_of
from tests.uploads import deliver, form, notification, post_form, processed, upload, versions_of

PAGES = "\f".join(f"Page {number} speaks of lighthouse{number}." for number in range(1, 31)).encode()
# One case for each reason; the unit tests have them all.
REASONS = {
    "empty pdf",
    "only spaces",
    "latin-1",
    "random bytes",
    "text named pdf",
    "encrypted pdf",
    "docx cut in half",
    "docx of 6,000 entries",
    "json of 1,000 levels",
    "60,000 short lines of json",
}
CALLS_MAX = 40


class _Killed(BaseException):
    """The process is gone; no handler of exceptions runs."""


@contextmanager
def at_call(number: int, moment: str, action: Callable[[], None]) -> Iterator[list[int]]:
    """Do something before (or after) the `number`-th call to AWS, counted from 0; yields the calls so far."""
    made = [0]

    def hook(**_: Any) -> None:
        made[0] += 1
        if made[0] == number + 1:
            action()

    events = [aws_client(service).meta.events for service in ("dynamodb", "s3")]
    for emitter in events:
        emitter.register(f"{moment}-call", hook)
    try:
        yield made
    finally:
        for emitter in events:
            emitter.unregister(f"{moment}-call", hook)


def kill() -> None:
    raise _Killed


def chunks_of(workspace: Workspace, document: dict[str, Any]) -> int:
    ordinal = member_key(int(document_ordinal(document)))
    return len(list(Chunk.query(tenant_key(workspace.id, "test", "chunks", ordinal))))


def document_ordinal(document: dict[str, Any]) -> int:
    return ids.ordinal_of(document["id"])


def found(client: Client, query: str) -> list[tuple[str, int]]:
    answer = client.post("/documents/search", {"query": query, "top_k": 20}).json()
    return [(match["document_id"], match["page"]) for match in answer["data"]]


def names_of_events(workspace: Workspace) -> list[str]:
    return sorted(event.event for event in events_of(workspace))


def index_documents(workspace: Workspace) -> set[int]:
    return set(index_of(workspace.id, "test", None).manifest().documents())


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_is_killed_at_any_call_is_made_up_for(client: Client, workspace: Workspace, moment: str) -> None:
    """Regression net: the file is processed once, whichever call the worker died at."""
    for number in range(CALLS_MAX):
        document = upload(client, "a.txt", PAGES)
        told = notification(document, workspace.id)
        with at_call(number, moment, kill) as calls:
            try:
                deliver(told)
            except _Killed:
                pass
            else:
                break
        assert deliver(told, receive_count=2) == {"batchItemFailures": []}
        assert calls[0] == number + 1
        assert client.get(f"/documents/{document['id']}").json()["status"] == "processed"
        assert chunks_of(workspace, document) == 30
        assert (document["id"], 17) in found(client, "lighthouse17")
    else:
        pytest.fail("The worker makes more calls than this test knows of.")

    assert number > 8
    totals = [
        client.get("/documents", query={"status": status}).json()["total"] for status in ("processed", "uploaded")
    ]
    assert totals == [number + 1, 0]
    assert names_of_events(workspace) == ["document.processed"] * (number + 1) + ["document.uploaded"] * (number + 1)


def test_a_document_that_is_deleted_at_any_call_leaves_nothing(client: Client, workspace: Workspace) -> None:
    """Deleted and cleaned up in the midst of its processing: what is written afterwards goes too."""
    for number in range(CALLS_MAX):
        document = upload(client, "a.txt", PAGES)
        seen: list[str] = []

        def delete(document: dict[str, Any] = document, seen: list[str] = seen) -> None:
            assert client.delete(f"/documents/{document['id']}").status == 204
            seen.extend(relayed(workspace))
            clean_up(seen)

        with at_call(number, "before", delete):
            failures = deliver(notification(document, workspace.id))["batchItemFailures"]
        if not seen:
            break
        if failures:
            assert deliver(notification(document, workspace.id), receive_count=2) == {"batchItemFailures": []}
        assert (chunks_of(workspace, document), versions_of(document)) == (0, [])
        assert document_ordinal(document) not in index_documents(workspace)
    else:
        pytest.fail("The worker makes more calls than this test knows of.")

    assert number > 8
    assert client.get("/documents").json()["total"] == 1


def test_a_form_used_after_its_document_was_deleted_leaves_nothing(client: Client, workspace: Workspace) -> None:
    document = client.post("/documents/uploads", {"name": "late.txt"}).json()
    client.delete(f"/documents/{document['id']}")
    clean_up(relayed(workspace))
    key = document["upload"]["fields"]["key"]
    aws_client("s3").put_object(Bucket=settings.documents_bucket, Key=key, Body=b"Too late.")

    assert deliver(notification(document, workspace.id)) == {"batchItemFailures": []}

    assert versions_of(document) == []
    assert names_of_events(workspace) == ["document.deleted"]


def test_nothing_is_found_before_it_is_processed(client: Client, workspace: Workspace) -> None:
    """The index may have a document before its end is committed; a search shows it only after that."""
    for number in range(CALLS_MAX):
        document = upload(client, "a.txt", f"The lighthouse number{number} is red.".encode())
        seen: list[list[str]] = []

        def look(document: dict[str, Any] = document, number: int = number, seen: list[list[str]] = seen) -> None:
            matches = [each for each, _ in found(client, f"number{number}")]
            is_processed = client.get(f"/documents/{document['id']}").json()["status"] == "processed"
            seen.append([] if is_processed else matches)

        with at_call(number, "before", look):
            deliver(notification(document, workspace.id))
        assert seen in ([], [[]])
        if not seen:
            break


def test_a_notification_that_comes_twice_processes_once(client: Client, workspace: Workspace) -> None:
    document = upload(client, "a.txt", PAGES)
    told = notification(document, workspace.id)

    assert deliver(told, told) == {"batchItemFailures": []}
    once = client.get(f"/documents/{document['id']}").json()
    assert deliver(told) == {"batchItemFailures": []}

    assert client.get(f"/documents/{document['id']}").json() == once
    assert names_of_events(workspace) == ["document.processed", "document.uploaded"]
    assert found(client, "lighthouse17") == [(document["id"], 17)]


def test_two_workers_on_the_same_file_process_once(client: Client, workspace: Workspace) -> None:
    """The second delivery overtakes the first at each of its calls."""
    for number in range(CALLS_MAX):
        document = upload(client, "a.txt", PAGES)
        told = notification(document, workspace.id)
        overtaken: list[Any] = []

        def overtake(told: Any = told, overtaken: list[Any] = overtaken) -> None:
            overtaken.append(deliver(told))

        with at_call(number, "before", overtake):
            assert deliver(told) == {"batchItemFailures": []}
        assert client.get(f"/documents/{document['id']}").json()["status"] == "processed"
        assert chunks_of(workspace, document) == 30
        if not overtaken:
            break

    assert names_of_events(workspace).count("document.processed") == number + 1


def test_files_that_are_processed_at_once_are_all_found(client: Client, workspace: Workspace) -> None:
    """Another file is processed wholly between any two calls of the first: both are in the index."""
    for number in range(CALLS_MAX):
        first, second = upload(client, "a.txt", PAGES), upload(client, "b.txt", PAGES)
        others: list[Any] = []

        def other(second: dict[str, Any] = second, others: list[Any] = others) -> None:
            others.append(deliver(notification(second, workspace.id)))

        with at_call(number, "before", other):
            assert deliver(notification(first, workspace.id)) == {"batchItemFailures": []}
        if not others:
            break
        assert {document_ordinal(first), document_ordinal(second)} <= index_documents(workspace)


def test_a_poisonous_file_ends_as_failed(client: Client, workspace: Workspace) -> None:
    """A file that kills the worker each time does not do so for ever."""
    document = upload(client, "a.txt", PAGES)
    told = notification(document, workspace.id)
    for count in (1, 2):
        with at_call(3, "before", kill), pytest.raises(_Killed):
            deliver(told, receive_count=count)

    assert deliver(told, receive_count=3) == {"batchItemFailures": []}
    ended = client.get(f"/documents/{document['id']}").json()
    assert (ended["status"], ended["error"]["code"]) == ("failed", "processing_failed")
    assert names_of_events(workspace) == ["document.failed", "document.uploaded"]


def test_a_failed_file_leaves_the_others_in_the_batch_alone(client: Client, workspace: Workspace) -> None:
    good = upload(client, "a.txt", PAGES)

    answer = deliver("not JSON", notification(good, workspace.id))

    assert len(answer["batchItemFailures"]) == 1
    assert client.get(f"/documents/{good['id']}").json()["status"] == "processed"


def test_the_notification_that_s3_sends_at_first_is_passed_over() -> None:
    assert deliver({"Service": "Amazon S3", "Event": "s3:TestEvent"}) == {"batchItemFailures": []}


def test_a_file_that_is_uploaded_later_is_not_the_document(client: Client, workspace: Workspace) -> None:
    """A signed form can be used twice: the first file is the document."""
    document = processed(client, "a.txt", b"The first text speaks of herons.")
    key = f"uploads/{workspace.id}/test/unbound/{document['id']}"
    later = aws_client("s3").put_object(Bucket=settings.documents_bucket, Key=key, Body=b"The second one of gulls.")

    deliver(notification(document, workspace.id, version=later["VersionId"]))

    assert client.get(f"/documents/{document['id']}").json() == document
    assert len(versions_of(document)) == 1
    assert (len(found(client, "herons")), len(found(client, "gulls"))) == (1, 0)


def test_metadata_that_changes_meanwhile_is_kept(client: Client, workspace: Workspace) -> None:
    for number in range(CALLS_MAX):
        document = upload(client, "a.txt", b"Herons.")
        changes: list[int] = []

        def change(document: dict[str, Any] = document, changes: list[int] = changes) -> None:
            changes.append(client.patch(f"/documents/{document['id']}", {"metadata": {"kept": True}}).status)

        with at_call(number, "before", change):
            assert deliver(notification(document, workspace.id)) == {"batchItemFailures": []}
        if not changes:
            break
        ended = client.get(f"/documents/{document['id']}").json()
        assert (ended["status"], ended["metadata"]) == ("processed", {"kept": True})


def test_an_upload_that_the_processor_overtakes_is_answered_as_uploaded(client: Client, workspace: Workspace) -> None:
    """S3 may tell of the file before the upload has said that it is there."""
    taken: list[Any] = []

    def overtake() -> None:
        [document] = Documents(workspace.id, "test").page(1, 1, app_id=None, status=None).items
        taken.append(deliver(notification(document.public(), workspace.id)))

    # The ordinal, the document, the file, and then what says that the file is there.
    with at_call(3, "before", overtake):
        answer = post_form(client, form([("a.txt", b"Herons.")]))

    assert (answer.status, answer.json()["status"]) == (201, "uploaded")
    assert taken == [{"batchItemFailures": []}]
    assert client.get(f"/documents/{answer.json()['id']}").json()["status"] == "processed"
    assert names_of_events(workspace) == ["document.processed", "document.uploaded"]


@pytest.mark.parametrize("case", sorted(REASONS))
def test_every_malformed_file_ends_as_failed_with_its_reason(client: Client, workspace: Workspace, case: str) -> None:
    name, make, reasons = files.MALFORMED[case]
    content = make()
    if not content:
        assert post_form(client, form([(name, content)])).status == 400
        return
    ended = processed(client, name, content)

    assert ended["status"] == "failed"
    assert ended["error"]["code"] in reasons
    assert chunks_of(workspace, ended) == 0
    assert [event.data for event in events_of(workspace) if event.event == "document.failed"] == [ended]
