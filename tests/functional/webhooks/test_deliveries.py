"""From an event in the outbox to the endpoint, on the test's clock."""

from typing import Any

import pytest

from lambdify import clock
from lambdify.aws.clients import client as aws_client
from lambdify.webhooks.catalogue import envelope_of
from tests.functional.webhooks.conftest import Now, create_application
from tests.gateway import Client, Workspace
from tests.receiving import Crash, Endpoint, Relay, VirtualQueues, Waiting, do, killing

HOUR = 3600.0


@pytest.fixture
def relay(workspace: Workspace) -> Relay:
    return Relay(workspace.id)


def deliveries(client: Client, webhook: dict[str, Any]) -> list[dict[str, Any]]:
    """Oldest first."""
    listed: list[dict[str, Any]] = client.get(f"/webhooks/{webhook['id']}/deliveries").json()["data"]
    return listed[::-1]


def run_out(queues: VirtualQueues, now: Now, hours: float = 100) -> None:
    """Let the clock go from task to task."""
    end = now.seconds + hours * HOUR
    queues.run_due()
    while queues.waiting and min(each.due_at for each in queues.waiting) <= end:
        now.seconds = max(now.seconds, min(each.due_at for each in queues.waiting))
        queues.run_due()
    now.seconds = end


class TestDelivery:
    def test_carries_the_event_signed(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        application = create_application(client)
        (event,) = relay.run()
        queues.run_due()

        (received,) = listener.received
        assert received.json() == {
            "event": "application.created",
            "created_at": clock.timestamp(now.seconds),
            "data": application,
            "id": event.sk,
        }
        assert received.is_signed_with(webhook["secret"])
        assert received.event_id == event.sk
        assert received.headers["content-type"] == "application/json"

    def test_is_recorded_with_its_attempt_and_response(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay
    ) -> None:
        listener.body = "Grüße".encode()
        create_application(client)
        relay.run()
        queues.run_due()

        (listed,) = deliveries(client, webhook)
        read = client.get(f"/webhooks/{webhook['id']}/deliveries/{listed['id']}").json()
        (attempt,) = read["attempts"]
        assert (listed["status"], listed["event"], listed["next_attempt_at"]) == (
            "delivered",
            "application.created",
            None,
        )
        assert (attempt["number"], attempt["trigger"], attempt["status"], attempt["error"]) == (
            1,
            "schedule",
            200,
            None,
        )
        assert attempt["response"] == {"body": "Grüße", "is_truncated": False}

    def test_response_is_kept_up_to_16_kilobytes(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay
    ) -> None:
        listener.body = b"a" * 20_000
        create_application(client)
        relay.run()
        queues.run_due()

        read = client.get(f"/webhooks/{webhook['id']}/deliveries/{deliveries(client, webhook)[0]['id']}").json()
        assert read["attempts"][0]["response"] == {"body": "a" * 16_384, "is_truncated": True}

    def test_goes_only_to_webhooks_that_want_it(
        self, client: Client, workspace: Workspace, listener: Endpoint, queues: VirtualQueues, relay: Relay
    ) -> None:
        application = create_application(client)
        paths = {
            "wanted": {"events": ["application.updated"]},
            "everything": {},
            "its": {"app_id": application["id"]},
            "other-event": {"events": ["message.created"]},
            "other-app": {"app_id": create_application(client)["id"]},
            "disabled": {"enabled": False},
        }
        relay.run()
        for path, body in paths.items():
            assert client.post("/webhooks", {"url": f"{listener.url}/{path}", **body}).status == 201
        assert workspace.client(mode="live").post("/webhooks", {"url": f"{listener.url}/live"}).status == 201
        assert client.patch(f"/applications/{application['id']}", {"name": "New"}).status == 200
        relay.run()
        queues.run_due()

        assert {received.path for received in listener.received} == {"/hook/wanted", "/hook/everything", "/hook/its"}

    def test_event_that_is_relayed_twice_is_delivered_once(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay
    ) -> None:
        create_application(client)
        relay.run()
        relay.relayed.clear()
        relay.run()
        queues.run_due()

        assert len(listener.received) == 1
        assert client.get(f"/webhooks/{webhook['id']}/deliveries").json()["total"] == 1

    def test_task_that_comes_twice_attempts_once(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        listener.status = 500
        create_application(client)
        relay.run()
        queues.waiting *= 2
        queues.run_due()
        now.pass_(6)
        queues.waiting *= 2
        queues.run_due()

        assert len(listener.received) == 2


class TestRetries:
    def test_whole_schedule_ends_exhausted(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        listener.status = 503
        create_application(client)
        relay.run()
        began = now.seconds
        run_out(queues, now)

        (listed,) = deliveries(client, webhook)
        assert (listed["status"], len(listed["attempts"]), len(listener.received)) == ("exhausted", 10, 10)
        assert len({received.event_id for received in listener.received}) == 1
        waits = [5, 300, 1800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]
        times = [clock.seconds_of(attempt["started_at"]) for attempt in listed["attempts"]]
        for wait, earlier, later in zip(waits, times, times[1:], strict=False):
            assert 0.8 * wait <= later - earlier <= 1.2 * wait + 1.1
        assert 60 * HOUR < times[-1] - began < 92 * HOUR

    def test_minutes_wait_in_the_queue_and_hours_in_the_state_machine(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        listener.status = 500
        create_application(client)
        relay.run()
        through = []
        for _ in range(9):
            queues.run_due()
            through += [each.through for each in queues.waiting]
            now.seconds = queues.waiting[0].due_at

        assert through == ["sqs"] * 2 + ["sfn"] * 7

    def test_success_ends_the_schedule(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        listener.answer = lambda _received: 500 if len(listener.received) < 3 else 204
        create_application(client)
        relay.run()
        run_out(queues, now)

        assert len(listener.received) == 3
        assert [attempt["status"] for attempt in deliveries(client, webhook)[0]["attempts"]] == [500, 500, 204]

    def test_silence_and_429_wait_a_minute(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        for status in (429, 0):
            listener.status = status
            create_application(client)
            relay.run()
            queues.run_due()
            assert queues.waiting[-1].due_at - now.seconds >= 60

        assert [each["attempts"][0]["error"] for each in deliveries(client, webhook)] == [None, "timeout"]

    def test_redirect_is_a_failure(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay
    ) -> None:
        listener.status, listener.headers = 302, {"Location": f"{listener.url}/elsewhere"}
        create_application(client)
        relay.run()
        queues.run_due()

        assert [received.path for received in listener.received] == ["/hook"]
        assert deliveries(client, webhook)[0]["status"] == "pending"

    def test_task_that_comes_too_early_waits(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        listener.status = 500
        create_application(client)
        relay.run()
        queues.run_due()
        assert do(queues.waiting[0].text)

        assert len(listener.received) == 1


class TestDisabling:
    def test_gone_disables_at_once_and_tells_the_others(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        other = client.post("/webhooks", {"url": f"{listener.url}/other"}).json()
        listener.answer = lambda received: 410 if received.path == "/hook" else 200
        create_application(client)
        relay.run()
        queues.run_due()
        relay.run()
        run_out(queues, now)

        shown = client.get(f"/webhooks/{webhook['id']}").json()
        assert (shown["enabled"], shown["disabled_reason"]) == (False, "gone")
        assert deliveries(client, webhook)[0]["status"] == "cancelled"
        assert [each["event"] for each in deliveries(client, other)] == ["application.created", "endpoint.disabled"]
        told = [received.json() for received in listener.received if received.path == "/hook/other"]
        assert told[-1]["data"] == shown
        assert "whsec_" not in str(told)

    def test_five_days_of_failures_only_disable(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        listener.status = 500
        create_application(client)
        relay.run()
        run_out(queues, now, hours=5 * 24 - 1)
        create_application(client)
        relay.run()
        queues.run_due()
        assert client.get(f"/webhooks/{webhook['id']}").json()["enabled"]

        run_out(queues, now, hours=4)
        shown = client.get(f"/webhooks/{webhook['id']}").json()
        assert (shown["enabled"], shown["disabled_reason"]) == (False, "failing")

    def test_one_success_forgives(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        for status, days in ((500, 4.0), (200, 0.5), (500, 4.0)):
            listener.status = status
            create_application(client)
            relay.run()
            run_out(queues, now, hours=24 * days)

        assert client.get(f"/webhooks/{webhook['id']}").json()["enabled"]

    def test_nothing_is_sent_after_disabling(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        listener.status = 500
        create_application(client)
        relay.run()
        queues.run_due()
        client.patch(f"/webhooks/{webhook['id']}", {"enabled": False})
        create_application(client)
        relay.run()
        run_out(queues, now)

        assert len(listener.received) == 1
        assert [each["status"] for each in deliveries(client, webhook)] == ["cancelled"]

    def test_enabling_forgives(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        listener.status = 410
        create_application(client)
        relay.run()
        queues.run_due()
        listener.status = 200
        enabled = client.patch(f"/webhooks/{webhook['id']}", {"enabled": True}).json()
        create_application(client)
        relay.run()
        queues.run_due()

        assert (enabled["enabled"], enabled["disabled_reason"]) == (True, None)
        assert deliveries(client, webhook)[-1]["status"] == "delivered"


class TestResend:
    def test_exhausted_delivery_is_sent_again_with_its_id(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        listener.status = 500
        create_application(client)
        relay.run()
        run_out(queues, now)
        listener.status = 200
        (exhausted,) = deliveries(client, webhook)
        assert client.post(f"/webhooks/{webhook['id']}/deliveries/{exhausted['id']}/resend").status == 202
        queues.waiting *= 2
        queues.run_due()

        (delivered,) = deliveries(client, webhook)
        assert (delivered["status"], len(delivered["attempts"])) == ("delivered", 11)
        assert delivered["attempts"][-1]["trigger"] == "resend"
        assert len({received.body for received in listener.received}) == 1

    def test_failed_resend_leaves_the_schedule_as_it_was(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        listener.status = 500
        create_application(client)
        relay.run()
        queues.run_due()
        (before,) = deliveries(client, webhook)
        client.post(f"/webhooks/{webhook['id']}/deliveries/{before['id']}/resend")
        queues.run_due()
        (after,) = deliveries(client, webhook)

        assert after["next_attempt_at"] == before["next_attempt_at"]
        assert len(after["attempts"]) == 2
        run_out(queues, now)
        assert len(listener.received) == 11

    def test_unknown_delivery_is_404(self, client: Client, webhook: dict[str, Any]) -> None:
        assert client.post(f"/webhooks/{webhook['id']}/deliveries/dlv_1/resend").status == 404
        assert client.get(f"/webhooks/{webhook['id']}/deliveries/dlv_1").status == 404


class TestRecover:
    def test_resends_what_has_failed_since(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        for status in (500, 200, 500, 200):
            listener.status = status
            create_application(client)
            relay.run()
            run_out(queues, now, hours=90)
        listener.status, listener.received = 200, []
        since = clock.timestamp(now.seconds - 280 * HOUR)
        answer = client.post(f"/webhooks/{webhook['id']}/recover", {"since": since})
        queues.run_due()

        assert (answer.status, answer.json()) == (202, {"webhook_id": webhook["id"], "since": since})
        assert [each["status"] for each in deliveries(client, webhook)] == ["exhausted", *["delivered"] * 3]
        assert len(listener.received) == 1

    def test_goes_through_all_pages(
        self, client: Client, webhook: dict[str, Any], queues: VirtualQueues, listener: Endpoint, relay: Relay, now: Now
    ) -> None:
        listener.status = 410
        for _ in range(105):
            create_application(client)
        relay.run()
        queues.run_due()
        client.patch(f"/webhooks/{webhook['id']}", {"enabled": True})
        listener.status, listener.received = 200, []
        client.post(f"/webhooks/{webhook['id']}/recover", {"since": clock.timestamp(now.seconds - 1)})
        queues.run_due()

        assert len({received.event_id for received in listener.received}) == 105

    @pytest.mark.parametrize("days", [-1, 15])
    def test_other_times_are_400(self, client: Client, webhook: dict[str, Any], now: Now, days: int) -> None:
        since = clock.timestamp(now.seconds - days * 86400)

        assert client.post(f"/webhooks/{webhook['id']}/recover", {"since": since}).status == 400

    @pytest.mark.parametrize("since", ["yesterday", "2027-01-01T00:00:00", None])
    def test_what_is_no_instant_is_400(self, client: Client, webhook: dict[str, Any], since: Any) -> None:
        assert client.post(f"/webhooks/{webhook['id']}/recover", {"since": since}).status == 400


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("calls", range(12))
def test_worker_that_dies_at_any_call_loses_nothing(
    client: Client,
    webhook: dict[str, Any],
    queues: VirtualQueues,
    listener: Endpoint,
    relay: Relay,
    now: Now,
    calls: int,
    is_after: bool,
) -> None:
    """It dies at its call number `calls` to AWS, before or after AWS has done what was asked."""
    listener.answer = lambda _received: 500 if len(listener.received) < 4 else 200
    create_application(client)
    relay.run()
    for _ in range(2):
        now.seconds = max(now.seconds, queues.waiting[0].due_at)
        task = queues.take_due()
        assert task is not None
        with killing() as killer:
            killer.arm(calls, is_after=is_after)
            try:
                do(task.text)
            except Crash:
                queues.waiting.append(Waiting(now.seconds + 180, task.text, "sqs"))
    run_out(queues, now)

    (delivery,) = deliveries(client, webhook)
    assert delivery["status"] == "delivered"
    assert len({received.event_id for received in listener.received}) == 1


def test_no_secret_is_logged(
    client: Client,
    webhook: dict[str, Any],
    queues: VirtualQueues,
    listener: Endpoint,
    relay: Relay,
    capsys: pytest.CaptureFixture[str],
) -> None:
    create_application(client)
    relay.run()
    queues.run_due()
    client.post(f"/webhooks/{webhook['id']}/rotate-secret")

    printed = capsys.readouterr()
    master = aws_client("ssm").get_parameter(Name="/lambdify/test/webhook-master-key", WithDecryption=True)
    assert "whsec_" not in printed.out + printed.err
    assert master["Parameter"]["Value"] not in printed.out + printed.err


def test_sent_events_are_as_the_catalogue_says(
    client: Client,
    workspace: Workspace,
    webhook: dict[str, Any],
    queues: VirtualQueues,
    listener: Endpoint,
    relay: Relay,
) -> None:
    application = create_application(client)
    assert client.patch(f"/applications/{application['id']}", {"name": "New"}).status == 200
    conversation = client.post("/conversations", {"app_id": application["id"], "user": "u", "inputs": {"query": "Hi"}})
    assert client.post(f"/conversations/{conversation.json()['id']}/complete").status == 200
    assert client.delete(f"/applications/{application['id']}").status == 204
    doomed = client.post("/webhooks", {"url": f"{listener.url}/doomed"}).json()
    listener.answer = lambda received: 410 if received.path == "/hook/doomed" else 200
    client.post(f"/webhooks/{doomed['id']}/test", {})
    queues.run_due()
    listener.received.clear()
    relay.run()
    queues.run_due()

    seen = {}
    for received in listener.received:
        envelope_of(received.json()["event"]).model_validate_json(received.body)
        seen[received.json()["event"]] = received.json()
    assert sorted(seen) == [
        "application.created",
        "application.deleted",
        "application.updated",
        "conversation.completed",
        "conversation.created",
        "endpoint.disabled",
        "message.created",
    ]
