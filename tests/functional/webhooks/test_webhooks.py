"""Webhooks, through their handler."""

import json
from pathlib import Path
from typing import Any

import pytest

from lambdify.aws.clients import client as aws_client
from lambdify.settings import settings
from tests.functional.webhooks.conftest import Now, create_application
from tests.gateway import Client, LambdaContext, Workspace
from tests.receiving import Endpoint, Relay, VirtualQueues, events_of
from webhooks.app import handler

URL = "https://1.1.1.1/hook"


class TestCreateWebhook:
    def test_answers_the_webhook_with_its_secret(self, client: Client) -> None:
        answer = client.post("/webhooks", {"url": URL, "events": ["message.created"], "description": "Ours"})

        created = answer.json()
        assert answer.status == 201
        assert created["secret"].startswith("whsec_")
        assert created["id"].startswith("whk_")
        assert (created["url"], created["events"], created["description"]) == (URL, ["message.created"], "Ours")
        assert (created["enabled"], created["app_id"], created["disabled_reason"]) == (True, None, None)
        assert answer.headers["cache-control"] == "no-store"

    def test_subscribes_to_all_events_by_default(self, client: Client) -> None:
        assert client.post("/webhooks", {"url": URL}).json()["events"] == ["*"]

    def test_secret_is_shown_once(self, client: Client) -> None:
        webhook_id = client.post("/webhooks", {"url": URL}).json()["id"]

        assert "secret" not in client.get(f"/webhooks/{webhook_id}").json()
        assert all("secret" not in each for each in client.get("/webhooks").json()["data"])

    def test_replay_does_not_show_the_secret_again(self, client: Client) -> None:
        """What is kept for a replay would otherwise be the secret, in the clear, for a day."""
        headers = {"Idempotency-Key": "once"}
        first = client.post("/webhooks", {"url": URL}, headers=headers).json()
        again = client.post("/webhooks", {"url": URL}, headers=headers)

        assert again.headers["idempotent-replayed"] == "true"
        assert again.json() == {**first, "secret": None}

    def test_secret_is_stored_nowhere(self, client: Client) -> None:
        created = client.post("/webhooks", {"url": URL}, headers={"Idempotency-Key": "stored"}).json()
        key = created["secret"].removeprefix("whsec_")

        for table in (settings.webhooks_table, settings.outbox_table, settings.idempotency_table):
            everything = str(aws_client("dynamodb").scan(TableName=table)["Items"])
            assert created["secret"] not in everything
            assert key not in everything

    @pytest.mark.parametrize(
        "url",
        [
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "ftp://example.com/",
            "https://u:p@example.com/",
        ],
    )
    def test_inner_address_is_400(self, client: Client, url: str) -> None:
        answer = client.post("/webhooks", {"url": url})

        assert (answer.status, answer.error) == (400, "invalid_request")
        assert answer.json()["error"]["details"]["errors"][0]["location"] == "body.url"

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"url": 1},
            {"url": ""},
            {"url": URL, "events": []},
            {"url": URL, "events": ["message.unknown"]},
            {"url": URL, "events": "*"},
            {"url": URL, "app_id": "app_unknown"},
            {"url": URL, "description": "x" * 2001},
        ],
    )
    def test_bad_body_is_400(self, client: Client, body: Any) -> None:
        assert client.post("/webhooks", body).status == 400

    @pytest.mark.parametrize("role", ["member", "viewer"])
    def test_only_owners_may(self, workspace: Workspace, role: str) -> None:
        assert workspace.client(role=role).post("/webhooks", {"url": URL}).status == 403

    def test_app_key_is_403(self, workspace: Workspace) -> None:
        assert workspace.client(kind="app", app_id="app_1").get("/webhooks").status == 403

    def test_fifty_are_the_limit(self, client: Client) -> None:
        for _ in range(50):
            assert client.post("/webhooks", {"url": URL}).status == 201

        assert client.post("/webhooks", {"url": URL}).status == 409


class TestReadWebhooks:
    def test_list_is_newest_first_and_counted(self, client: Client) -> None:
        made = [client.post("/webhooks", {"url": URL}).json()["id"] for _ in range(3)]

        page = client.get("/webhooks", query={"limit": 2}).json()
        assert [each["id"] for each in page["data"]] == made[:0:-1]
        assert (page["total"], page["has_more"]) == (3, True)

    def test_another_workspace_or_mode_sees_nothing(self, workspace: Workspace, client: Client) -> None:
        webhook_id = client.post("/webhooks", {"url": URL}).json()["id"]

        for stranger in (Workspace().client(), workspace.client(mode="live")):
            assert stranger.get(f"/webhooks/{webhook_id}").status == 404
            assert stranger.patch(f"/webhooks/{webhook_id}", {"enabled": False}).status == 404
            assert stranger.delete(f"/webhooks/{webhook_id}").status == 404
            assert stranger.post(f"/webhooks/{webhook_id}/rotate-secret").status == 404
            assert stranger.get(f"/webhooks/{webhook_id}/deliveries").status == 404
            assert stranger.get("/webhooks").json()["total"] == 0


class TestUpdateWebhook:
    def test_changes_the_given_fields(self, client: Client) -> None:
        created = client.post("/webhooks", {"url": URL, "description": "Old"}).json()
        changed = client.patch(f"/webhooks/{created['id']}", {"events": ["message.created"], "enabled": False}).json()

        assert (changed["events"], changed["enabled"], changed["description"]) == (["message.created"], False, "Old")
        assert client.get(f"/webhooks/{created['id']}").json() == changed

    def test_null_lifts_the_restriction_to_an_application(self, client: Client, queues: VirtualQueues) -> None:
        app_id = create_application(client)["id"]
        webhook_id = client.post("/webhooks", {"url": URL, "app_id": app_id}).json()["id"]

        assert client.patch(f"/webhooks/{webhook_id}", {"enabled": True}).json()["app_id"] == app_id
        assert client.patch(f"/webhooks/{webhook_id}", {"app_id": None}).json()["app_id"] is None

    def test_inner_address_is_400(self, client: Client) -> None:
        webhook_id = client.post("/webhooks", {"url": URL}).json()["id"]

        assert client.patch(f"/webhooks/{webhook_id}", {"url": "https://192.168.1.1/"}).status == 400

    def test_stale_if_match_is_412(self, client: Client) -> None:
        webhook_id = client.post("/webhooks", {"url": URL}).json()["id"]
        tag = client.get(f"/webhooks/{webhook_id}").headers["etag"]
        assert client.patch(f"/webhooks/{webhook_id}", {"description": "a"}, headers={"If-Match": tag}).status == 200

        assert client.patch(f"/webhooks/{webhook_id}", {"description": "b"}, headers={"If-Match": tag}).status == 412


class TestDeleteWebhook:
    def test_is_gone_at_once(self, client: Client) -> None:
        webhook_id = client.post("/webhooks", {"url": URL}).json()["id"]

        assert client.delete(f"/webhooks/{webhook_id}").status == 204
        assert client.get(f"/webhooks/{webhook_id}").status == 404
        assert client.get("/webhooks").json()["total"] == 0

    def test_leaves_no_delivery_behind(
        self, client: Client, workspace: Workspace, webhook: dict[str, Any], queues: VirtualQueues
    ) -> None:
        for _ in range(3):
            create_application(client)
        relay = Relay(workspace.id)
        relay.run()
        queues.run_due()
        assert client.delete(f"/webhooks/{webhook['id']}").status == 204
        relay.run()
        queues.run_due()

        key = f"{workspace.id}#test#deliveries#{webhook['id']}"
        left = aws_client("dynamodb").query(
            TableName=settings.webhooks_table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": key}},
        )
        assert left["Count"] == 0

    def test_is_not_an_event_for_other_webhooks(
        self, client: Client, workspace: Workspace, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint
    ) -> None:
        other = client.post("/webhooks", {"url": URL}).json()["id"]
        client.delete(f"/webhooks/{other}")
        Relay(workspace.id).run()
        queues.run_due()

        assert listener.received == []


class TestRotateSecret:
    def test_both_secrets_verify_for_a_day(
        self,
        client: Client,
        workspace: Workspace,
        webhook: dict[str, Any],
        queues: VirtualQueues,
        listener: Endpoint,
        now: Now,
    ) -> None:
        rotated = client.post(f"/webhooks/{webhook['id']}/rotate-secret").json()
        old, new = webhook["secret"], rotated["secret"]
        assert old != new

        now.pass_(24 * 3600 - 2)
        client.post(f"/webhooks/{webhook['id']}/test", {})
        queues.run_due()
        now.pass_(2)
        client.post(f"/webhooks/{webhook['id']}/test", {})
        queues.run_due()

        during, after = listener.received
        assert during.is_signed_with(new)
        assert during.is_signed_with(old)
        assert after.is_signed_with(new)
        assert not after.is_signed_with(old)

    def test_third_secret_ends_the_first(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint
    ) -> None:
        second = client.post(f"/webhooks/{webhook['id']}/rotate-secret").json()["secret"]
        third = client.post(f"/webhooks/{webhook['id']}/rotate-secret").json()["secret"]
        client.post(f"/webhooks/{webhook['id']}/test", {})
        queues.run_due()

        (received,) = listener.received
        assert [received.is_signed_with(each) for each in (third, second, webhook["secret"])] == [True, True, False]


class TestTestWebhook:
    def test_sends_an_example_once(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, now: Now
    ) -> None:
        listener.status = 500
        answer = client.post(f"/webhooks/{webhook['id']}/test", {"event": "document.failed"})
        queues.run_due()
        now.pass_(10**6)
        queues.run_due()

        assert answer.status == 202
        (received,) = listener.received
        assert received.json()["event"] == "document.failed"
        assert received.json()["data"]["status"] == "failed"
        assert client.get(f"/webhooks/{webhook['id']}/deliveries").json()["data"][0]["status"] == "exhausted"

    def test_is_no_event_for_anybody_else(self, client: Client, workspace: Workspace, webhook: dict[str, Any]) -> None:
        client.post(f"/webhooks/{webhook['id']}/test", {"event": "application.deleted"})

        assert events_of(workspace.id) == []

    def test_disabled_webhook_is_409(self, client: Client, webhook: dict[str, Any]) -> None:
        client.patch(f"/webhooks/{webhook['id']}", {"enabled": False})

        assert client.post(f"/webhooks/{webhook['id']}/test", {}).status == 409

    def test_unknown_event_is_400(self, client: Client, webhook: dict[str, Any]) -> None:
        assert client.post(f"/webhooks/{webhook['id']}/test", {"event": "nope"}).status == 400


def test_event_from_a_file_reaches_the_handler(workspace: Workspace) -> None:
    """`sam local invoke` uses the same files."""
    event = json.loads((Path(__file__).parents[3] / "events" / "webhooks" / "create_webhook.json").read_text())

    assert handler(event, LambdaContext())["statusCode"] == 201
