"""Texts as vectors, by the provider that the stack is configured with, if any. Only live keys use it: it is billed."""

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from lambdify.settings import settings

Vector = list[float]

MODE = "live"
_BATCH = 64
_SECONDS = 20.0


class Embedder(Protocol):
    """A provider of embeddings."""

    def embed(self, model_id: str, texts: Sequence[str], seconds: float) -> list[Vector]:
        """A vector for each text, all of one length. Raises ModelError."""


def is_on(mode: str) -> bool:
    """Whether keys of `mode` search by meaning as well."""
    return mode == MODE and bool(settings.embedding_model)


def embed(texts: Sequence[str]) -> list[Vector]:
    """A vector for each text. Raises ModelError."""
    vectors: list[Vector] = []
    for start in range(0, len(texts), _BATCH):
        vectors += _embedder().embed(settings.embedding_model, texts[start : start + _BATCH], _SECONDS)
    return vectors


@cache
def _embedder() -> Embedder:
    from . import registry

    return registry.embedder(settings)
