"""An index's objects in memory, counted, for tests and benchmarks."""

import hashlib
from collections import Counter
from threading import Lock

from lambdify.retrieval.objects import Changed, Missing, Stored


class MemoryObjects:
    """Keeps the promises of `Objects`, and counts the calls and the bytes that are read."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.calls: Counter[str] = Counter()
        self.bytes_read = 0
        self._lock = Lock()

    def read(self, key: str, known_tag: str | None) -> Stored | None:
        with self._lock:
            self.calls["read"] += 1
            if key not in self.contents:
                raise Missing
            content = self.contents[key]
            if _tag(content) == known_tag:
                return None
            self.bytes_read += len(content)
            return Stored(content, _tag(content))

    def read_span(self, key: str, first: int, end: int) -> bytes:
        with self._lock:
            self.calls["read_span"] += 1
            if key not in self.contents:
                raise Missing
            self.bytes_read += end - first
            return self.contents[key][first:end]

    def write(self, key: str, content: bytes) -> None:
        with self._lock:
            self.calls["write"] += 1
            self.contents[key] = content

    def replace(self, key: str, content: bytes, known_tag: str | None) -> str:
        with self._lock:
            self.calls["replace"] += 1
            before = self.contents.get(key)
            if (None if before is None else _tag(before)) != known_tag:
                raise Changed
            self.contents[key] = content
            return _tag(content)

    def delete(self, key: str) -> None:
        with self._lock:
            self.calls["delete"] += 1
            self.contents.pop(key, None)


def _tag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
