"""The mended moto keeps DynamoDB's promises, on which all our own tests stand."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session
from moto import mock_aws

from local import moto_dynamodb

BIG = 2**100
KEY = {"pk": {"S": "tenant"}, "sk": {"S": "counter"}}


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    moto_dynamodb.install()
    with mock_aws():
        client = Session().create_client("dynamodb", "us-east-1")
        client.create_table(
            TableName="things",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "other")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-other",
                    "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        yield client
        client.delete_table(TableName="things")  # The session's AWS may be around this one.


def item(sort: str, partition: str = "tenant", **attributes: Any) -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": sort}, **attributes}


def add(client: Any, amount: int = 1, **options: Any) -> Any:
    values = {":amount": {"N": str(amount)}, **options.pop("values", {})}
    return client.update_item(
        TableName="things",
        Key=KEY,
        UpdateExpression="ADD n :amount",
        ExpressionAttributeValues=values,
        **options,
    )


def put_op(sort: str, **attributes: Any) -> dict[str, Any]:
    return {"Put": {"TableName": "things", "Item": item(sort, **attributes)}}


def failing_check() -> dict[str, Any]:
    return {
        "ConditionCheck": {
            "TableName": "things",
            "Key": KEY,
            "ConditionExpression": "n < :least",
            "ExpressionAttributeValues": {":least": {"N": "0"}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def stream_events(client: Any) -> list[tuple[str, str]]:
    stream = client.describe_table(TableName="things")["Table"]["LatestStreamArn"]
    # moto does not know the newer endpoints, which have the account in their names.
    config = Config(account_id_endpoint_mode="disabled")
    streams = Session().create_client("dynamodbstreams", "us-east-1", config=config)
    [shard] = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    records = streams.get_records(ShardIterator=iterator)["Records"]
    return [(record["eventName"], record["dynamodb"]["Keys"]["sk"]["S"]) for record in records]


def test_a_condition_admits_exactly_as_many_as_it_says_at_once(dynamodb: Any) -> None:
    def attempt(_: int) -> bool:
        try:
            add(
                dynamodb,
                ConditionExpression="attribute_not_exists(n) OR n < :limit",
                values={":limit": {"N": "60"}},
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        admitted = sum(pool.map(attempt, range(200)))

    assert admitted == 60


def test_big_integers_are_exact(dynamodb: Any) -> None:
    add(dynamodb, BIG)
    answer = add(
        dynamodb,
        3,
        ReturnValues="UPDATED_NEW",
        ConditionExpression="n = :before",
        values={":before": {"N": str(BIG)}},
    )

    assert answer["Attributes"]["n"] == {"N": str(BIG + 3)}
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        add(dynamodb, ConditionExpression="n < :limit", values={":limit": {"N": str(BIG + 3)}})


def test_a_failed_condition_returns_the_old_item_when_asked(dynamodb: Any) -> None:
    add(dynamodb, 5)

    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as failure:
        add(
            dynamodb,
            ConditionExpression="n < :limit",
            values={":limit": {"N": "5"}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    assert failure.value.response["Item"] == {**KEY, "n": {"N": "5"}}


def test_a_cancelled_transaction_gives_reasons_with_the_old_item(dynamodb: Any) -> None:
    add(dynamodb, 5)

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as failure:
        dynamodb.transact_write_items(TransactItems=[put_op("new"), failing_check()])

    fine, refused = failure.value.response["CancellationReasons"]
    assert fine["Code"] == "None"
    assert refused["Code"] == "ConditionalCheckFailed"
    assert refused["Item"] == {**KEY, "n": {"N": "5"}}


def test_a_cancelled_transaction_leaves_nothing_behind(dynamodb: Any) -> None:
    add(dynamodb, 5)
    dynamodb.put_item(TableName="things", Item=item("kept", note={"S": "before"}))
    update = {
        "TableName": "things",
        "Key": item("kept"),
        "UpdateExpression": "SET note = :note",
        "ExpressionAttributeValues": {":note": {"S": "after"}},
    }
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(TransactItems=[{"Update": update}, put_op("new"), failing_check()])

    kept = dynamodb.get_item(TableName="things", Key=item("kept"))["Item"]
    assert kept["note"] == {"S": "before"}
    assert "Item" not in dynamodb.get_item(TableName="things", Key=item("new"))
    assert stream_events(dynamodb) == [("INSERT", "counter"), ("INSERT", "kept")]


def test_cancelled_transactions_do_not_undo_what_others_write_meanwhile(dynamodb: Any) -> None:
    add(dynamodb, 1)

    def cancel(number: int) -> None:
        with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
            dynamodb.transact_write_items(TransactItems=[put_op(f"never-{number}"), failing_check()])

    def write(number: int) -> None:
        dynamodb.transact_write_items(TransactItems=[put_op(f"kept-{number}")])

    with ThreadPoolExecutor(8) as pool:
        for each in [pool.submit(task, number) for number in range(50) for task in (cancel, write)]:
            each.result()

    found = dynamodb.query(
        TableName="things",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "tenant"}},
    )["Items"]
    assert {entry["sk"]["S"] for entry in found} == {"counter", *(f"kept-{number}" for number in range(50))}


def test_an_update_of_a_new_item_is_one_stream_record_with_the_whole_item(dynamodb: Any) -> None:
    add(dynamodb)
    add(dynamodb)

    assert stream_events(dynamodb) == [("INSERT", "counter"), ("MODIFY", "counter")]


def test_an_invalid_update_of_a_new_item_does_not_create_it(dynamodb: Any) -> None:
    with pytest.raises(dynamodb.exceptions.ClientError):
        dynamodb.update_item(TableName="things", Key=KEY, UpdateExpression="SET a = b")

    assert "Item" not in dynamodb.get_item(TableName="things", Key=KEY)
    assert stream_events(dynamodb) == []


@pytest.mark.parametrize("forward", [True, False])
def test_a_query_pages_through_its_partition_only_and_counts_what_it_reads(dynamodb: Any, forward: bool) -> None:
    for number in range(7):
        dynamodb.put_item(TableName="things", Item=item(f"a{number}", even={"BOOL": number % 2 == 0}))
        dynamodb.put_item(TableName="things", Item=item(f"a{number}", partition="another"))
    request = {
        "TableName": "things",
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :from AND :to",
        "FilterExpression": "even = :even",
        "ExpressionAttributeValues": {
            ":pk": {"S": "tenant"},
            ":from": {"S": "a1"},
            ":to": {"S": "a5"},
            ":even": {"BOOL": True},
        },
        "ScanIndexForward": forward,
        "Limit": 2,
    }
    pages = [dynamodb.query(**request)]
    while "LastEvaluatedKey" in pages[-1]:
        pages.append(dynamodb.query(**request, ExclusiveStartKey=pages[-1]["LastEvaluatedKey"]))

    found = [entry["sk"]["S"] for page in pages for entry in page["Items"]]
    assert found == (["a2", "a4"] if forward else ["a4", "a2"])
    assert sum(page["ScannedCount"] for page in pages) == 5
    assert all(page["Count"] == len(page["Items"]) for page in pages)
    assert all(page["ScannedCount"] <= 2 for page in pages)


def test_an_index_is_still_queried_over_all_partitions(dynamodb: Any) -> None:
    for partition in ("one", "two"):
        dynamodb.put_item(TableName="things", Item=item("a", partition=partition, other={"S": "same"}))

    answer = dynamodb.query(
        TableName="things",
        IndexName="by-other",
        KeyConditionExpression="other = :other",
        ExpressionAttributeValues={":other": {"S": "same"}},
    )
    assert {entry["pk"]["S"] for entry in answer["Items"]} == {"one", "two"}
    assert dynamodb.scan(TableName="things")["Count"] == 2


def test_a_page_that_its_limit_filled_says_that_more_may_follow(dynamodb: Any) -> None:
    """As DynamoDB does even after the last item: a loop must bear an empty page."""
    for number in range(4):
        dynamodb.put_item(TableName="things", Item=item(f"a{number}"))
    request = {
        "TableName": "things",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "tenant"}},
        "Limit": 4,
    }
    full = dynamodb.query(**request)
    empty = dynamodb.query(**request, ExclusiveStartKey=full["LastEvaluatedKey"])

    assert full["LastEvaluatedKey"] == item("a3")
    assert (empty["Count"], empty["Items"], "LastEvaluatedKey" in empty) == (0, [], False)
    assert "LastEvaluatedKey" not in dynamodb.query(**request | {"Limit": 5})
