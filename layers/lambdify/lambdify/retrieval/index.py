"""An application's index: a log-structured merge tree whose query reads a few objects (docs/decisions/0020).

Documents are added to the manifest itself; when that is full, it is merged with the next level's segment, and so on.
Only the manifest ever changes, by compare and swap: whoever loses reads it again.
"""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from lambdify.errors import Unavailable

from .compaction import compacted, segment_key
from .manifest import Manifest, Segment, load
from .objects import Changed, Missing, Objects
from .postings import Postings, decode_block, merged, postings_of
from .recently import Recently

_ATTEMPTS = 40
_PAUSE_SECONDS = 0.02
_PAUSE_SECONDS_MAX = 0.5
_THREADS = 8

# Both are about 8 MB when full.
_manifests: Recently[tuple[str, Manifest]] = Recently(16)
_blocks: Recently[Postings] = Recently(128)


class Index:
    """The index whose objects begin with `prefix`, which no other index's does."""

    def __init__(self, objects: Objects, prefix: str) -> None:
        self._objects = objects
        self._prefix = prefix
        self._manifest_key = f"{prefix}/manifest"

    def add(self, document: int, chunks: Sequence[Sequence[str]]) -> None:
        """Let the document, whose chunks are given as their terms, be found. Adding it again changes nothing."""
        size = len(chunks), sum(map(len, chunks))
        postings = postings_of(document, chunks)

        def added(manifest: Manifest) -> Manifest | None:
            if manifest.holds(document):
                return None
            return manifest.with_document(document, size, merged([manifest.recent_postings, postings]))

        self._change(added)

    def remove(self, document: int) -> None:
        """Let the document be found no more. Removing it again changes nothing."""

        def removed(manifest: Manifest) -> Manifest | None:
            return manifest.without(document) if document in manifest.documents() else None

        self._change(removed)

    def manifest(self) -> Manifest:
        """The index's present state: one call, which carries it only if it has changed since the last one."""
        return self._read()[1]

    def postings(self, manifest: Manifest, terms: Iterable[str]) -> Postings:
        """The postings of those terms that occur. Raises Missing when the manifest has been superseded meanwhile."""
        wanted = sorted(set(terms))
        places = {
            (segment.id, block): segment
            for segment in manifest.segments
            for term in wanted
            if (block := segment.directory.block_of(term)) is not None
        }
        blocks = _threads().map(self._block, places.values(), [block for _, block in places])
        parts = [manifest.recent_postings, *blocks]
        found = ({term: part[term] for term in wanted if term in part} for part in parts)
        return merged(found, manifest.removed)

    def _change(self, change: Callable[[Manifest], Manifest | None]) -> None:
        """Compare and swap. Raises Unavailable when others are always faster."""
        for attempt in range(_ATTEMPTS):
            tag, before = self._read()
            after = change(before)
            if after is None:
                return
            if self._swap(tag, before, after):
                return
            time.sleep(random.uniform(0, min(_PAUSE_SECONDS_MAX, _PAUSE_SECONDS * 2**attempt)))  # noqa: S311
        raise Unavailable("The index is being changed by many at once. Try again in a moment.")

    def _swap(self, tag: str, before: Manifest, after: Manifest) -> bool:
        """Whether nobody was faster. Objects that are no longer needed, of either state, are removed."""
        try:
            after = compacted(after, self._objects, self._prefix)
        except Missing:
            return False
        try:
            new_tag = self._objects.replace(self._manifest_key, after.dump(), tag or None)
        except Changed:
            self._delete_segments(of=after, not_of=before)
            return False
        _manifests.keep(self._manifest_key, (new_tag, after))
        self._delete_segments(of=before, not_of=after)
        return True

    def _read(self) -> tuple[str, Manifest]:
        """The manifest and its tag; an empty one without a tag when there is none yet."""
        known = _manifests.find(self._manifest_key)
        try:
            stored = self._objects.read(self._manifest_key, known[0] if known else None)
        except Missing:
            return "", Manifest()
        if stored is None:
            assert known is not None
            return known
        found = stored.tag, load(stored.content)
        _manifests.keep(self._manifest_key, found)
        return found

    def _block(self, segment: Segment, block: int) -> Postings:
        name = f"{segment.id}/{block}"
        postings = _blocks.find(name)
        if postings is None:
            span = segment.directory.span(block)
            postings = decode_block(self._objects.read_span(segment_key(self._prefix, segment), *span))
            _blocks.keep(name, postings)
        return postings

    def _delete_segments(self, *, of: Manifest, not_of: Manifest) -> None:
        kept = {segment.id for segment in not_of.segments}
        for segment in of.segments:
            if segment.id not in kept:
                self._objects.delete(segment_key(self._prefix, segment))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS)
