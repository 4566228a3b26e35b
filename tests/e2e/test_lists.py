"""Totals stay exact while many create and delete at once."""

from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import httpx

from local.stack import Stack

CREATORS, DELETERS, EACH = 8, 4, 500 // 8 + 1


def test_500_applications_by_8_clients_while_others_delete(stack: Stack) -> None:
    with httpx.Client(
        base_url=stack.base_url, headers={"Authorization": f"Bearer {stack.keys['DIFY_API_KEY']}"}, timeout=60
    ) as client:
        before = _all_ids(client)
        created: SimpleQueue[str | None] = SimpleQueue()
        with ThreadPoolExecutor(CREATORS + DELETERS) as pool:
            creators = [pool.submit(_create, client, created, EACH) for _ in range(CREATORS)]
            deleters = [pool.submit(_delete_every_third, client, created) for _ in range(DELETERS)]
            for creator in creators:
                creator.result()
            for _ in deleters:
                created.put(None)
            survivors = {id_ for deleter in deleters for id_ in deleter.result()}

        found = _all_ids(client)

        assert len(found) == len(set(found))
        assert set(found) == survivors | set(before)
        assert _total(client) == len(found)
        assert len(survivors) < CREATORS * EACH


def _create(client: httpx.Client, created: "SimpleQueue[str | None]", count: int) -> None:
    body = {"name": "many", "mode": "chat", "config": {"model": "sandbox-chat"}}
    for _ in range(count):
        answer = client.post("/applications", json=body)
        assert answer.status_code == 201, answer.text
        created.put(answer.json()["id"])


def _delete_every_third(client: httpx.Client, created: "SimpleQueue[str | None]") -> set[str]:
    kept = set()
    number = 0
    while (application_id := created.get()) is not None:
        number += 1
        if number % 3 == 0:
            answer = client.delete(f"/applications/{application_id}")
            assert answer.status_code == 204, answer.text
        else:
            kept.add(application_id)
    return kept


def _total(client: httpx.Client) -> int:
    return int(client.get("/applications", params={"limit": 1}).json()["total"])


def _all_ids(client: httpx.Client) -> list[str]:
    ids: list[str] = []
    page = 1
    while True:
        answer = client.get("/applications", params={"page": page, "limit": 100}).json()
        ids += [application["id"] for application in answer["data"]]
        if not answer["has_more"]:
            return ids
        page += 1
