"""Moves postings out of a full manifest into segments, so that there is at most one segment per level."""

import secrets
from dataclasses import replace

from .manifest import Manifest, Segment
from .objects import Objects
from .postings import Postings, decode, encode, merged

RECENT_BYTES_MAX = 262_144
"""Of the manifest's own postings; compressed, they take about a third of it."""
LEVEL_FACTOR = 8


def segment_key(prefix: str, segment: Segment) -> str:
    """Where a segment's object is."""
    return f"{prefix}/segments/{segment.id}"


def compacted(manifest: Manifest, objects: Objects, prefix: str) -> Manifest:
    """The manifest, with room for more documents. May write one segment. Raises Missing when others were faster."""
    if _size(manifest.recent_postings) <= RECENT_BYTES_MAX:
        return manifest
    level, absorbed = _target(manifest)
    parts = [manifest.recent_postings]
    for segment in absorbed:
        content = objects.read_span(segment_key(prefix, segment), 0, segment.size_bytes)
        parts.append(decode(content, segment.directory))
    sizes = dict(manifest.recent_sizes)
    for segment in absorbed:
        sizes |= segment.sizes
    purged = manifest.removed & sizes.keys()
    kept_sizes = {document: size for document, size in sizes.items() if document not in purged}
    content, directory = encode(merged(parts, purged))
    made = Segment(secrets.token_hex(8), level, kept_sizes, directory)
    objects.write(segment_key(prefix, made), content)
    others = tuple(segment for segment in manifest.segments if segment not in absorbed)
    return replace(
        manifest,
        segments=(*others, made),
        removed=manifest.removed - purged,
        recent_sizes={},
        recent_postings={},
    )


def _target(manifest: Manifest) -> tuple[int, list[Segment]]:
    """The level for the recent postings, and the segments, up to that level, which they are merged with."""
    by_level = {segment.level: segment for segment in manifest.segments}
    size = _size(manifest.recent_postings)
    level, absorbed = 1, []
    while True:
        if level in by_level:
            absorbed.append(by_level[level])
            size += by_level[level].size_bytes
        if size <= RECENT_BYTES_MAX * LEVEL_FACTOR**level:
            return level, absorbed
        level += 1


def _size(postings: Postings) -> int:
    return sum(map(len, postings.values()))
