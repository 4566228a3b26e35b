"""Files of other programs, uploaded over HTTP, are processed, searched, and cited with their page."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from local.stack import Stack
from tests import files

_WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[httpx.Client]:
    """The demo's personal key."""
    headers = {"Authorization": f"Bearer {stack.keys['DIFY_API_KEY']}"}
    with httpx.Client(base_url=stack.base_url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture
def app_id(client: httpx.Client) -> str:
    """A fresh chat application."""
    body = {"name": "Ferry", "mode": "chat", "config": {"model": "sandbox-chat"}}
    return str(client.post("/applications", json=body).json()["id"])


def upload(client: httpx.Client, app_id: str, name: str, content: bytes) -> dict[str, Any]:
    """Upload a file and wait until it is processed."""
    answer = client.post("/documents", files={"file": (name, content)}, data={"metadata": f'{{"app_id": "{app_id}"}}'})
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "uploaded"
    return ended(client, answer.json()["id"])


def ended(client: httpx.Client, document_id: str) -> dict[str, Any]:
    """The document, once it is processed or has failed."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        document: dict[str, Any] = client.get(f"/documents/{document_id}").json()
        if document["status"] in ("processed", "failed"):
            return document
        time.sleep(0.1)
    raise AssertionError(f"{document_id} was not processed in time")


def ask(client: httpx.Client, app_id: str, query: str, **inputs: Any) -> dict[str, Any]:
    """The answer to a question in a new conversation."""
    body = {"app_id": app_id, "user": "ada", "inputs": {"query": query, **inputs}}
    answer = client.post("/conversations", json=body)
    assert answer.status_code == 201, answer.text
    message: dict[str, Any] = answer.json()["message"]
    return message


@pytest.mark.parametrize("name", ["chromium.pdf", "libreoffice.pdf", "libreoffice.docx", "pandoc.docx", "pandoc.html"])
def test_a_fact_is_cited_with_its_page(client: httpx.Client, app_id: str, name: str) -> None:
    document = upload(client, app_id, name, (files.FIXTURES / name).read_bytes())
    assert document["status"] == "processed", document

    answer = ask(client, app_id, "Where are the batteries charged?")

    assert "northern pier" in answer["content"]
    [citation] = answer["citations"]
    assert citation["document_id"] == document["id"]
    assert "northern pier" in citation["quote"]
    assert citation["page"] == (2 if name.endswith("pdf") else None)


def test_a_chinese_fact_is_cited_with_its_page(client: httpx.Client, app_id: str) -> None:
    document = upload(client, app_id, "红隼.pdf", (files.FIXTURES / "chromium-chinese.pdf").read_bytes())

    answer = ask(client, app_id, "充电只能在哪里进行")

    assert [(each["document_id"], each["page"]) for each in answer["citations"]] == [(document["id"], 2)]
    assert "北码头" in answer["content"]


def test_a_fact_on_page_217_of_300_is_cited(client: httpx.Client, app_id: str) -> None:
    document = upload(client, app_id, "line.pdf", files.long_pdf(300))
    assert (document["status"], document["chunks"]) == ("processed", 300)

    answer = ask(client, app_id, "How high above the sea does station 217 lie?")

    assert "2651 metres" in answer["content"]
    assert [citation["page"] for citation in answer["citations"]] == [217]


def test_csv_with_a_byte_order_mark_is_searched(client: httpx.Client, app_id: str) -> None:
    content = "City;People\r\nZürich;434 008\r\nPellworth;1 170\r\n".encode("utf-8-sig")
    upload(client, app_id, "cities.csv", content)

    found = client.post("/documents/search", json={"query": "people in Pellworth", "app_id": app_id}).json()["data"]

    assert "City: Pellworth; People: 1 170." in found[0]["text"]
    assert found[0]["section"] == "rows 2-3"


def test_files_of_a_question_restrict_it(client: httpx.Client, app_id: str) -> None:
    one = upload(client, app_id, "one.txt", b"The password of the harbour office is heron.")
    two = upload(client, app_id, "two.txt", b"The password of the harbour office is gull.")

    for document, word in ((one, "heron"), (two, "gull")):
        answer = ask(client, app_id, "What is the password of the harbour office?", files=[document["id"]])
        assert word in answer["content"]
        assert {citation["document_id"] for citation in answer["citations"]} == {document["id"]}


def test_a_large_file_is_uploaded_by_a_signed_form_and_downloaded_again(client: httpx.Client, app_id: str) -> None:
    content = b"<p>The osprey nests on buoy nine.</p><script>" + b"x" * 11 * 1024**2 + b"</script>"
    announced = client.post("/documents/uploads", json={"name": "large.html", "metadata": {"app_id": app_id}}).json()
    form = announced["upload"]
    sent = httpx.post(form["url"], data=form["fields"], files={"file": ("large.html", content)}, timeout=60)
    assert sent.status_code == 204, sent.text

    document = ended(client, announced["id"])

    assert (document["status"], document["size_bytes"]) == ("processed", len(content))
    found = client.post("/documents/search", json={"query": "osprey nests", "app_id": app_id, "top_k": 1}).json()
    assert "buoy nine" in found["data"][0]["text"]
    link = client.get(f"/documents/{document['id']}/content")
    assert link.status_code == 307
    downloaded = httpx.get(link.headers["location"])
    assert downloaded.content == content
    assert downloaded.headers["content-disposition"] == "attachment; filename*=UTF-8''large.html"


@pytest.mark.parametrize("size", [5 * 1024**2, 9 * 1024**2, 12 * 1024**2])
def test_a_body_that_is_too_large_is_413_and_told_the_other_way(client: httpx.Client, size: int) -> None:
    answer = client.post("/documents", files={"file": ("large.txt", b"x" * size)})

    assert answer.status_code == 413
    assert "POST /documents/uploads" in answer.json()["error"]["message"]


def test_files_that_are_uploaded_at_once_are_all_found(client: httpx.Client, app_id: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        uploads = [
            pool.submit(upload, client, app_id, f"{number}.txt", f"Buoy number{number} is green.".encode())
            for number in range(16)
        ]
        documents = [each.result() for each in uploads]

    assert {document["status"] for document in documents} == {"processed"}
    found = client.post("/documents/search", json={"query": "green buoy", "app_id": app_id, "top_k": 20}).json()["data"]
    assert {match["document_id"] for match in found} == {document["id"] for document in documents}
    page = client.get("/documents", params={"app_id": app_id, "status": "processed"}).json()
    assert page["total"] == 16


def test_a_deleted_document_leaves_no_file(client: httpx.Client, app_id: str, stack: Stack) -> None:
    document = upload(client, app_id, "a.txt", b"The bittern booms.")
    assert client.delete(f"/documents/{document['id']}").status_code == 204

    assert client.post("/documents/search", json={"query": "bittern", "app_id": app_id}).json()["data"] == []
    s3 = stack.client("s3")
    bucket = next(each["Name"] for each in s3.list_buckets()["Buckets"] if "-documents-" in each["Name"])
    deadline = time.monotonic() + _WAIT_SECONDS
    while document["id"] in str(s3.list_object_versions(Bucket=bucket).get("Versions")):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    "case", ["encrypted pdf", "scanned pdf", "docx bomb", "text named pdf", "json of 1,000 levels"]
)
def test_a_malformed_file_ends_as_failed_with_its_reason(client: httpx.Client, app_id: str, case: str) -> None:
    name, make, reasons = files.MALFORMED[case]

    document = upload(client, app_id, name, make())

    assert document["status"] == "failed"
    assert document["error"]["code"] in reasons
