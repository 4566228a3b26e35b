"""Notes what came from the queue and the stream, in the order in which it came."""

import json
import os
from pathlib import Path
from typing import Any


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    records = event["Records"]
    bodies = [record.get("body") or json.dumps(record["dynamodb"]["Keys"]) for record in records]
    with Path(os.environ["NOTES"]).open("a") as notes:
        notes.write(json.dumps(bodies) + "\n")
    if any("poison" in body for body in bodies) and "dynamodb" in records[0]:
        raise ValueError("poison")
    failed = [record["messageId"] for record in records if "poison" in record.get("body", "")]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
