"""What search by meaning asks of others, at their wires: a server of embeddings, and S3 Vectors."""

import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

# Words of one meaning share a dimension, as in a model; other words have none.
MEANINGS = ({"ferry", "boat", "ship", "vessel"}, {"dog", "hound", "puppy"}, {"price", "cost", "fee"}, {"rain", "wet"})


def embedding(text: str) -> list[float]:
    """A vector that says what a text is about."""
    words = re.findall(r"\w+", text.lower())
    return [0.01, *(float(sum(word in meaning for word in words)) for meaning in MEANINGS)]


class Services:
    """OpenAI's `POST /embeddings`, and the operations of S3 Vectors that we call, on one port."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.indexes: dict[str, dict[str, dict[str, Any]]] = {}
        self.requests: list[str] = []
        self.is_failing = False

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body."""
        self.requests.append(path)
        if path.endswith("/embeddings"):
            if self.is_failing:
                return 400, {"error": {"message": "no"}}
            return 200, {"data": [{"index": i, "embedding": embedding(text)} for i, text in enumerate(body["input"])]}
        if path == "/CreateIndex":
            self.indexes[body["indexName"]] = {}
            return 200, {}
        index = self.indexes.get(body["indexName"])
        if index is None:
            return 404, {"message": "no index"}
        return 200, getattr(self, f"_{path.strip('/')}")(body, index)

    def _PutVectors(self, body: dict[str, Any], index: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name.
        index |= {entry["key"]: entry for entry in body["vectors"]}
        return {}

    def _DeleteVectors(self, body: dict[str, Any], index: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name.
        for key in body["keys"]:
            index.pop(key, None)
        return {}

    def _DeleteIndex(self, body: dict[str, Any], _index: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name.
        del self.indexes[body["indexName"]]
        return {}

    def _QueryVectors(self, body: dict[str, Any], index: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name.
        wanted = body.get("filter", {}).get("document", {}).get("$in")
        entries = [entry for entry in index.values() if wanted is None or entry["metadata"]["document"] in wanted]
        distances = [
            (1 - _cosine(entry["data"]["float32"], body["queryVector"]["float32"]), entry) for entry in entries
        ]
        nearest = sorted(distances, key=lambda pair: pair[0])[: body["topK"]]
        return {"vectors": [{"key": entry["key"], "distance": distance} for distance, entry in nearest]}


def _cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True)) / (math.hypot(*one) * math.hypot(*other))


@contextmanager
def serving() -> Iterator[Services]:
    """The services, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        services: ClassVar[Services]

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = self.services.answer(self.path, body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            if status == 404:
                self.send_header("x-amzn-ErrorType", "NotFoundException")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Handler.services = Services(f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, daemon=True).start()
        yield Handler.services
        server.shutdown()
