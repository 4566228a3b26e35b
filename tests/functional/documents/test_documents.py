"""Documents keep the contract, through real events into the real handlers."""

import base64
import json
from typing import Any

import pytest

from lambdify.aws.clients import client as aws_client
from lambdify.settings import settings
from tests import files
from tests.calls import counted_calls
from tests.gateway import Client, Workspace
from tests.outbox import events_of
from tests.uploads import deliver, form, notification, post_form, processed, upload, versions_of

TEXT = files.TEXT.encode()
ABSENT = "doc_" + "0" * 26
APPLICATION = {"name": "Ferry", "mode": "chat", "config": {"model": "sandbox-chat"}}


@pytest.fixture
def app_id(client: Client) -> str:
    return str(client.post("/applications", APPLICATION).json()["id"])


class TestUploadDocument:
    def test_answers_with_the_document_and_tells_of_it(self, client: Client, workspace: Workspace) -> None:
        document = upload(client, "ferry.txt", TEXT, {"team": "harbour"})

        assert document["id"].startswith("doc_")
        assert {name: document[name] for name in ("app_id", "name", "status", "metadata", "size_bytes", "error")} == {
            "app_id": None,
            "name": "ferry.txt",
            "status": "uploaded",
            "metadata": {"team": "harbour"},
            "size_bytes": len(TEXT),
            "error": None,
        }
        [event] = events_of(workspace)
        assert [event.event, event.app_id, event.data] == ["document.uploaded", None, document]

    def test_the_file_is_kept_as_it_came(self, client: Client, workspace: Workspace) -> None:
        content = bytes(range(256)) * 4000 + b"\r\n--"
        document = upload(client, "a.bin", content)

        key = f"uploads/{workspace.id}/test/unbound/{document['id']}"
        stored = aws_client("s3").get_object(Bucket=settings.documents_bucket, Key=key)["Body"].read()
        assert stored == content

    def test_an_application_binds_it(self, client: Client, workspace: Workspace, app_id: str) -> None:
        bound = upload(client, "a.txt", TEXT, {"app_id": app_id})
        by_key = upload(workspace.client(kind="app", app_id=app_id), "a.txt", TEXT)

        assert [bound["app_id"], by_key["app_id"]] == [app_id, app_id]

    def test_several_files_are_answered_one_by_one(self, client: Client) -> None:
        answer = post_form(client, form([("a.txt", TEXT), ("empty.txt", b""), ("b.txt", TEXT)], {"n": 1}))

        assert answer.status == 201
        first, empty, last = answer.json()["data"]
        assert [first["document"]["name"], last["document"]["name"]] == ["a.txt", "b.txt"]
        assert (empty["name"], empty["document"], empty["error"]["code"]) == ("empty.txt", None, "invalid_request")
        assert client.get("/documents").json()["total"] == 2

    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("../../etc/passwd", "passwd"),
            ("C:\\\\Users\\\\me\\\\r\u00e9sum\u00e9.pdf", "résumé.pdf"),
            ("报告 2026.pdf", "报告 2026.pdf"),
            ("a\tb\x7f\u202egnp.txt", "abgnp.txt"),
            ("say %22hi%22.txt", 'say "hi".txt'),
        ],
    )
    def test_a_name_is_what_a_person_would_call_it(self, client: Client, name: str, kept: str) -> None:
        assert upload(client, name, TEXT)["name"] == kept

    @pytest.mark.parametrize(
        ("body", "location"),
        [
            (form([]), "body"),
            (form([], {"a": 1}), "body.file"),
            (form([("a.txt", b"")]), "body.file.0"),
            (form([("", TEXT)]), "body.file.0"),
            (form([("..", TEXT)]), "body.file.0"),
            (form([("x" * 256, TEXT)]), "body.file.0"),
            (form([("a.txt", TEXT)] * 21), "body.file"),
            (form([("a.txt", TEXT)], [1, 2]), "body.metadata"),
            (form([("a.txt", TEXT)], "text"), "body.metadata"),
            (form([("a.txt", TEXT)], raw_metadata="{"), "body.metadata"),
            (form([("a.txt", TEXT)], raw_metadata='{"a": NaN}'), "body.metadata"),
            (form([("a.txt", TEXT)], raw_metadata='{"a": "\\ud800"}'), "body.metadata"),
            (form([("a.txt", TEXT)], raw_metadata='{"a":' * 1000 + "1" + "}" * 1000), "body.metadata"),
            (form([("a.txt", TEXT)], raw_metadata='{"a":' * 100_000), "body.metadata"),
            (form([("a.txt", TEXT)], {"a": "x" * 70_000}), "body.metadata"),
            (form([("a.txt", TEXT)], {"app_id": 5}), "body.metadata.app_id"),
            (form([("a.txt", TEXT)])[:-40], "body"),
            (b"no form at all", "body"),
            (b"--", "body"),
            (form([("a.txt", TEXT)]).replace(b'name="file"', b"nothing"), "body"),
        ],
    )
    def test_a_bad_form_is_400_and_says_where(self, client: Client, body: bytes, location: str) -> None:
        answer = post_form(client, body)

        assert (answer.status, answer.error) == (400, "invalid_request")
        assert answer.json()["error"]["details"]["errors"][0]["location"] == location
        assert client.get("/documents").json()["total"] == 0

    def test_a_file_over_4_mb_is_413_and_told_the_other_way(self, client: Client) -> None:
        answer = post_form(client, form([("a.txt", b"x" * (4 * 1024**2 + 1))]))

        assert (answer.status, answer.error) == (413, "payload_too_large")
        assert "POST /documents/uploads" in answer.json()["error"]["message"]

    def test_json_is_415(self, client: Client) -> None:
        assert client.post("/documents", {"file": "x"}).status == 415
        assert post_form(client, form([("a.txt", TEXT)]), {"Content-Type": "multipart/form-data"}).status == 400

    @pytest.mark.parametrize("app", ["app_" + "0" * 26, "x", "app_x"])
    def test_an_unknown_application_is_404(self, client: Client, app: str) -> None:
        assert post_form(client, form([("a.txt", TEXT)], {"app_id": app})).status == 404

    def test_another_applications_key_is_404(self, client: Client, workspace: Workspace, app_id: str) -> None:
        other = client.post("/applications", APPLICATION).json()["id"]
        stranger = workspace.client(kind="app", app_id=other)

        assert post_form(stranger, form([("a.txt", TEXT)], {"app_id": app_id})).status == 404

    def test_an_idempotency_key_uploads_once(self, client: Client) -> None:
        answers = [post_form(client, form([("a.txt", TEXT)]), {"Idempotency-Key": "one"}) for _ in range(2)]

        assert answers[0].json() == answers[1].json()
        assert client.get("/documents").json()["total"] == 1

    @pytest.mark.parametrize("key", [{"role": "viewer"}, {"kind": "svc", "scopes": "documents:read"}])
    def test_a_key_without_the_permission_is_403(self, workspace: Workspace, key: dict[str, str]) -> None:
        assert post_form(workspace.client(**key), form([("a.txt", TEXT)])).status == 403


class TestReadDocuments:
    def test_lists_have_exact_totals_by_application_and_status(self, client: Client, app_id: str) -> None:
        mine = [upload(client, f"{number}.txt", TEXT, {"app_id": app_id})["id"] for number in range(3)]
        free = processed(client, "free.txt", TEXT)["id"]
        done = processed(client, "done.txt", TEXT, {"app_id": app_id})["id"]
        broken = processed(client, "broken.pdf", TEXT, {"app_id": app_id})["id"]

        def listed(**query: Any) -> list[str]:
            answer = client.get("/documents", query=query).json()
            assert answer["total"] == len(answer["data"])
            return [document["id"] for document in answer["data"]]

        assert listed() == [broken, done, free, *mine[::-1]]
        assert listed(app_id=app_id) == [broken, done, *mine[::-1]]
        assert listed(status="processed") == [done, free]
        assert listed(app_id=app_id, status="uploaded") == mine[::-1]
        assert listed(app_id=app_id, status="failed") == [broken]
        assert listed(status="uploading") == []
        page = client.get("/documents", query={"app_id": app_id, "limit": 2, "page": 2}).json()
        assert ([document["id"] for document in page["data"]], page["total"]) == ([mine[2], mine[1]], 5)

    def test_bad_filters_are_400(self, client: Client) -> None:
        assert client.get("/documents", query={"status": "lost"}).status == 400
        assert client.get("/documents", query={"app_id": "x" * 101}).status == 400

    def test_an_applications_key_sees_its_own_only(self, client: Client, workspace: Workspace, app_id: str) -> None:
        mine = upload(client, "a.txt", TEXT, {"app_id": app_id})["id"]
        free = upload(client, "b.txt", TEXT)["id"]
        key = workspace.client(kind="app", app_id=app_id)

        assert [document["id"] for document in key.get("/documents").json()["data"]] == [mine]
        assert key.get(f"/documents/{mine}").status == 200
        assert key.get(f"/documents/{free}").status == 404
        assert key.delete(f"/documents/{free}").status == 404
        assert key.get("/documents", query={"app_id": "app_" + "0" * 26}).status == 404

    def test_other_workspaces_and_the_other_mode_see_nothing(self, client: Client, workspace: Workspace) -> None:
        """Isolation: the workspace and the mode are in every key."""
        id_ = processed(client, "a.txt", TEXT)["id"]

        for stranger in (Workspace().client(), workspace.client(mode="live")):
            assert stranger.get(f"/documents/{id_}").status == 404
            assert stranger.get(f"/documents/{id_}/content").status == 404
            assert stranger.patch(f"/documents/{id_}", {"metadata": {}}).status == 404
            assert stranger.delete(f"/documents/{id_}").status == 404
            assert stranger.get("/documents").json()["total"] == 0
            assert stranger.post("/documents/search", {"query": "ferry"}).json() == {"data": []}

    @pytest.mark.parametrize("id_", [ABSENT, "doc_x", "app_" + "0" * 26, "%00", "uploads", "search"])
    def test_an_unknown_id_is_404(self, client: Client, id_: str) -> None:
        assert client.get(f"/documents/{id_}").status == 404

    def test_a_known_version_is_304(self, client: Client) -> None:
        id_ = upload(client, "a.txt", TEXT)["id"]
        etag = client.get(f"/documents/{id_}").headers["etag"]

        assert client.get(f"/documents/{id_}", headers={"If-None-Match": etag}).status == 304

    def test_the_content_is_downloaded_by_a_signed_link(self, client: Client) -> None:
        id_ = upload(client, "r\u00e9sum\u00e9.txt", TEXT)["id"]

        answer = client.get(f"/documents/{id_}/content")

        location = answer.headers["location"]
        assert answer.status == 307
        assert "X-Amz-Signature=" in location
        assert "X-Amz-Expires=300" in location
        assert "r%25C3%25A9sum%25C3%25A9.txt" in location
        assert answer.headers["cache-control"] == "no-store"


class TestChangeDocuments:
    def test_metadata_is_replaced(self, client: Client) -> None:
        id_ = upload(client, "a.txt", TEXT, {"a": 1})["id"]
        answer = client.patch(f"/documents/{id_}", {"metadata": {"b": 2}})

        assert (answer.status, answer.json()["metadata"]) == (200, {"b": 2})
        assert client.get(f"/documents/{id_}").json()["metadata"] == {"b": 2}

    def test_a_document_stays_with_its_application(self, client: Client, app_id: str) -> None:
        id_ = upload(client, "a.txt", TEXT, {"app_id": app_id})["id"]

        assert client.patch(f"/documents/{id_}", {"metadata": {"app_id": app_id, "x": 1}}).status == 200
        assert client.patch(f"/documents/{id_}", {"metadata": {"app_id": "app_" + "0" * 26}}).status == 400
        assert client.patch(f"/documents/{id_}", {"metadata": {}}).json()["app_id"] == app_id

    @pytest.mark.parametrize("metadata", [None, [], "x", 5, {"a": "x" * 70_000}])
    def test_metadata_must_be_a_bounded_object(self, client: Client, metadata: Any) -> None:
        id_ = upload(client, "a.txt", TEXT)["id"]

        assert client.patch(f"/documents/{id_}", {"metadata": metadata}).status == 400

    def test_an_old_version_is_412(self, client: Client) -> None:
        id_ = upload(client, "a.txt", TEXT)["id"]

        assert client.patch(f"/documents/{id_}", {"metadata": {}}, headers={"If-Match": '"99"'}).status == 412
        assert client.delete(f"/documents/{id_}", headers={"If-Match": '"99"'}).status == 412

    def test_a_deleted_document_is_gone_at_once(self, client: Client, app_id: str, workspace: Workspace) -> None:
        id_ = processed(client, "a.txt", TEXT, {"app_id": app_id})["id"]

        assert client.delete(f"/documents/{id_}").status == 204
        assert client.get(f"/documents/{id_}").status == 404
        assert client.delete(f"/documents/{id_}").status == 404
        for query in ({}, {"app_id": app_id}, {"status": "processed"}, {"app_id": app_id, "status": "processed"}):
            assert client.get("/documents", query=query).json()["total"] == 0
        assert client.post("/documents/search", {"query": "ferry", "app_id": app_id}).json() == {"data": []}


class TestUploads:
    def test_a_form_is_signed_for_one_file_of_bounded_size(self, client: Client) -> None:
        answer = client.post("/documents/uploads", {"name": "big.pdf", "metadata": {"a": 1}})

        document = answer.json()
        assert (answer.status, document["status"], document["size_bytes"]) == (201, "uploading", None)
        policy = json.loads(base64.b64decode(document["upload"]["fields"]["policy"]))
        assert ["content-length-range", 1, 50 * 1024**2] in policy["conditions"]
        assert {"key": document["upload"]["fields"]["key"]} in policy["conditions"]
        assert document["upload"]["fields"]["key"].endswith(document["id"])
        assert client.get(f"/documents/{document['id']}/content").status == 409

    def test_the_file_that_arrives_is_told_of_and_processed(self, client: Client, workspace: Workspace) -> None:
        document = client.post("/documents/uploads", {"name": "later.txt"}).json()
        key = document["upload"]["fields"]["key"]
        aws_client("s3").put_object(Bucket=settings.documents_bucket, Key=key, Body=b"The osprey nests on buoy nine.")
        deliver(notification(document, workspace.id))

        ended = client.get(f"/documents/{document['id']}").json()
        assert (ended["status"], ended["size_bytes"], ended["type"], ended["chunks"]) == ("processed", 30, "txt", 1)
        uploaded, done = sorted(events_of(workspace), key=lambda event: str(event.event), reverse=True)
        assert [uploaded.event, uploaded.data["status"]] == ["document.uploaded", "uploaded"]
        assert [done.event, done.data] == ["document.processed", ended]

    def test_a_file_over_50_mb_is_413(self, client: Client) -> None:
        answer = client.post("/documents/uploads", {"name": "big.pdf", "size_bytes": 50 * 1024**2 + 1})

        assert (answer.status, answer.error) == (413, "payload_too_large")

    @pytest.mark.parametrize(
        "body", [{}, {"name": ""}, {"name": "/"}, {"name": "x" * 256}, {"name": "a", "metadata": 1}]
    )
    def test_bad_fields_are_400(self, client: Client, body: dict[str, Any]) -> None:
        assert client.post("/documents/uploads", body).status == 400


class TestSearch:
    def test_finds_the_page_that_answers(self, client: Client, app_id: str) -> None:
        document = processed(client, "h.pdf", (files.FIXTURES / "chromium.pdf").read_bytes(), {"app_id": app_id})
        processed(client, "other.txt", b"Nothing of the kind is in here.", {"app_id": app_id})

        found = client.post(
            "/documents/search", {"query": "How long do the batteries last?", "app_id": app_id, "top_k": 1}
        ).json()["data"]

        assert [(match["document_id"], match["page"]) for match in found] == [(document["id"], 2)]
        assert "nine crossings" in found[0]["text"]
        assert found[0]["chunk_id"].startswith("chk_")

    def test_finds_chinese(self, client: Client) -> None:
        processed(client, "h.pdf", (files.FIXTURES / "chromium-chinese.pdf").read_bytes())

        [best, *_] = client.post("/documents/search", {"query": "充电需要多少分钟"}).json()["data"]

        assert (best["page"], "四十分钟" in best["text"]) == (2, True)

    def test_metadata_filters(self, client: Client) -> None:
        for year in (2024, 2025, 2025):
            processed(client, f"{year}.txt", TEXT, {"year": year, "tags": ["a"]})

        def found(**filters: Any) -> list[Any]:
            matches = client.post("/documents/search", {"query": "ferry", "filter": filters}).json()["data"]
            return [match["metadata"]["year"] for match in matches]

        assert found(year=2025) == [2025, 2025]
        assert found(year=2024, tags=["a"]) == [2024]
        assert found(year=2026) == found(tags=["b"]) == []

    @pytest.mark.parametrize(
        "body",
        [{}, {"query": ""}, {"query": "x", "top_k": 0}, {"query": "x", "top_k": 21}, {"query": "x", "filter": 1}],
    )
    def test_bad_fields_are_400(self, client: Client, body: dict[str, Any]) -> None:
        assert client.post("/documents/search", body).status == 400

    @pytest.mark.parametrize("query", ["?!…", "qqqq", "the", "a" * 20_000, " ".join(map(str, range(4000)))])
    def test_any_query_is_answered(self, client: Client, query: str) -> None:
        processed(client, "a.txt", TEXT)

        assert client.post("/documents/search", {"query": query}).status == 200

    def test_costs_one_read_of_the_table_and_one_of_the_index(self, client: Client) -> None:
        processed(client, "a.txt", TEXT)
        client.post("/documents/search", {"query": "ferry"})

        with counted_calls() as table, counted_calls("s3") as index:
            client.post("/documents/search", {"query": "ferry"})

        assert (table.names, index.names) == (["BatchGetItem"], ["GetObject"])


def test_a_processed_files_version_is_the_only_one(client: Client) -> None:
    document = processed(client, "a.txt", TEXT)

    assert len(versions_of(document)) == 1
