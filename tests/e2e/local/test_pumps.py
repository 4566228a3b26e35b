"""Events reach functions from queues, streams and buckets, at least once."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.stack import Stack


def until(found: Callable[[], Any], seconds: float = 20) -> Any:
    """What `found` gives once it gives something; the test fails when it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.05)
    pytest.fail("it never came")


def batches(notes: Path, word: str) -> list[list[str]]:
    """The batches with that word that the worker was given."""
    if not notes.exists():
        return []
    lines = [json.loads(line) for line in notes.read_text().splitlines()]
    return [batch for batch in lines if any(word in body for body in batch)]


def receive(client: Any, queue: str) -> Any:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    return sqs.receive_message(QueueUrl=url).get("Messages")


def test_messages_are_handled_and_the_poisoned_one_ends_in_the_dead_letter_queue(client: Any, notes: Path) -> None:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName="WorkQueue")["QueueUrl"]
    for body in ("first-good", "first-poison", "second-good"):
        sqs.send_message(QueueUrl=url, MessageBody=body)

    [dead] = until(lambda: receive(client, "DeadQueue"))
    assert dead["Body"] == "first-poison"
    assert len(batches(notes, "first-poison")) == 2
    assert len(batches(notes, "first-good")) == 1
    assert len(batches(notes, "second-good")) == 1


def test_a_new_object_reaches_the_queue_of_its_bucket(client: Any, notes: Path, sample: Stack) -> None:
    client("s3").put_object(Bucket="lambdify-local-files", Key="folder/a file.txt", Body=b"text")

    [[body]] = until(lambda: batches(notes, "ObjectCreated"))
    record = json.loads(body)["Records"][0]
    assert record["s3"]["bucket"]["name"] == "lambdify-local-files"
    assert record["s3"]["object"]["size"] == 4


def test_a_stream_delivers_what_its_filter_wants_in_order(client: Any, notes: Path) -> None:
    dynamodb = client("dynamodb")
    for number in range(5):
        kind = "wanted" if number % 2 == 0 else "other"
        dynamodb.put_item(TableName="things-local", Item={"pk": {"S": f"ordered-{number}"}, "kind": {"S": kind}})
    # A change of what is there already is no INSERT, which the filter wants.
    dynamodb.put_item(TableName="things-local", Item={"pk": {"S": "ordered-0"}, "kind": {"S": "wanted"}})

    until(lambda: batches(notes, "ordered-4"))
    keys = [json.loads(body)["pk"]["S"] for batch in batches(notes, "ordered-") for body in batch]
    assert keys == ["ordered-0", "ordered-2", "ordered-4"]


def test_a_poisoned_record_is_bisected_out_noted_and_does_not_hold_the_others_up(client: Any, notes: Path) -> None:
    requests = [
        {"PutRequest": {"Item": {"pk": {"S": f"{name}-record"}, "kind": {"S": "wanted"}}}}
        for name in ("before", "poison", "after")
    ]
    client("dynamodb").batch_write_item(RequestItems={"things-local": requests})

    [note] = until(lambda: receive(client, "LostQueue"))
    lost = json.loads(note["Body"])
    assert lost["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert lost["DDBStreamBatchInfo"]["batchSize"] == 1
    until(lambda: batches(notes, "after-record"))
    assert [json.dumps({"pk": {"S": "after-record"}})] in batches(notes, "after-record") or batches(notes, "before-")


def test_a_cancelled_transaction_leaves_no_stream_record(client: Any, notes: Path) -> None:
    dynamodb = client("dynamodb")
    put = {"TableName": "things-local", "Item": {"pk": {"S": "cancelled"}, "kind": {"S": "wanted"}}}
    check = {
        "TableName": "things-local",
        "Key": {"pk": {"S": "absent"}},
        "ConditionExpression": "attribute_exists(pk)",
    }
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(TransactItems=[{"Put": put}, {"ConditionCheck": check}])
    dynamodb.put_item(TableName="things-local", Item={"pk": {"S": "committed"}, "kind": {"S": "wanted"}})

    until(lambda: batches(notes, "committed"))
    assert batches(notes, "cancelled") == []


def test_state_machines_run_the_projects_own_functions(client: Any) -> None:
    states = client("stepfunctions")
    [machine] = states.list_state_machines()["stateMachines"]
    arn = states.start_execution(stateMachineArn=machine["stateMachineArn"], input='{"wish": "plain"}')["executionArn"]

    def finished() -> Any:
        execution = states.describe_execution(executionArn=arn)
        return execution if execution["status"] != "RUNNING" else None

    execution = until(finished)
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"]) == {"plain": "plain"}
