"""Search by meaning: embeddings in S3 Vectors, one index per application (docs/decisions/0023)."""

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

from botocore.exceptions import ClientError

from lambdify.aws.clients import client
from lambdify.errors import ModelError
from lambdify.models.embeddings import Vector, embed
from lambdify.observability import logger
from lambdify.settings import settings

from .retriever import Hit

_HITS_MAX = 100
_KEYS_MAX = 500
_VECTORS_MAX = 200
"""4,096 numbers each, as JSON, stay below a request's 20 MB."""


class Vectors:
    """An application's vectors. See Retriever."""

    def __init__(self, prefix: str) -> None:
        # Index names are short and lower-case; a hash is, and no two prefixes share one.
        self._name = hashlib.sha256(prefix.encode()).hexdigest()[:48]

    def add(self, document: int, texts: Sequence[str]) -> None:
        """Let a document's chunks be found. Adding them again changes nothing. Raises ModelError."""
        vectors = embed(texts)
        entries = [
            {"key": _key(document, number), "data": {"float32": vector}, "metadata": {"document": document}}
            for number, vector in enumerate(vectors)
        ]
        for start in range(0, len(entries), _VECTORS_MAX):
            self._put(entries[start : start + _VECTORS_MAX], len(vectors[0]))

    def remove(self, document: int, chunk_count: int) -> None:
        """Let them be found no more."""
        keys = [_key(document, number) for number in range(chunk_count)]
        for start in range(0, len(keys), _KEYS_MAX):
            self._call("delete_vectors", keys=keys[start : start + _KEYS_MAX])

    def remove_all(self) -> None:
        """Remove the index."""
        self._call("delete_index")

    def search(self, query: str, limit: int, documents: Collection[int] | None = None) -> list[Hit]:
        """See Retriever. While the model fails, nothing is found: words still are."""
        try:
            [vector] = embed([query])
        except ModelError as error:
            logger.warning("Searching by words only.", reason=error.details.get("reason"))
            return []
        return self._nearest(vector, limit, documents)

    def _nearest(self, vector: Vector, limit: int, documents: Collection[int] | None) -> list[Hit]:
        only = {} if documents is None else {"filter": {"document": {"$in": sorted(documents)}}}
        answer = self._call(
            "query_vectors",
            topK=min(limit, _HITS_MAX),
            queryVector={"float32": vector},
            returnDistance=True,
            returnMetadata=False,
            **only,
        )
        found = (answer or {}).get("vectors", [])
        return [Hit(*_parsed(entry["key"]), 1.0 - entry["distance"]) for entry in found]

    def _put(self, entries: list[dict[str, Any]], dimension: int) -> None:
        if self._call("put_vectors", vectors=entries) is None:
            self._create(dimension)
            self._demand("put_vectors", vectors=entries)

    def _create(self, dimension: int) -> None:
        try:
            self._demand("create_index", dataType="float32", dimension=dimension, distanceMetric="cosine")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConflictException":  # Another processor was faster.
                raise

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any] | None:
        """The answer, or None when there is no index yet."""
        try:
            return self._demand(operation, **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NotFoundException":
                return None
            raise

    def _demand(self, operation: str, **parameters: Any) -> dict[str, Any]:
        method = getattr(client("s3vectors"), operation)
        answer: dict[str, Any] = method(vectorBucketName=settings.vector_bucket, indexName=self._name, **parameters)
        return answer


def _key(document: int, number: int) -> str:
    return f"{document}-{number}"


def _parsed(key: str) -> tuple[int, int]:
    document, _, number = key.partition("-")
    return int(document), int(number)
