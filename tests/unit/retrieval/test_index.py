"""An index finds what was added, whoever else changes it, and reads little."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import bm25s
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdify.retrieval import compaction
from lambdify.retrieval.bm25 import BM25
from lambdify.retrieval.index import Index
from lambdify.retrieval.objects import Stored
from lambdify.retrieval.postings import decode, encode, postings_of
from tests.objects import MemoryObjects

WORDS = [f"word{number}" for number in range(300)]


@pytest.fixture
def objects() -> MemoryObjects:
    return MemoryObjects()


@pytest.fixture
def index(objects: MemoryObjects) -> Index:
    return _fresh(objects)


@pytest.fixture
def small_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments are made after a few documents, so that short tests have several levels."""
    monkeypatch.setattr(compaction, "RECENT_BYTES_MAX", 2_000)
    monkeypatch.setattr(compaction, "LEVEL_FACTOR", 2)


class _Merging(MemoryObjects):
    """Others change the index just after its manifest was read."""

    def __init__(self) -> None:
        super().__init__()
        self.others: list[Callable[[], None]] = []

    def read(self, key: str, known_tag: str | None) -> Stored | None:
        stored = super().read(key, known_tag)
        others, self.others = self.others, []
        for change in others:
            change()
        return stored


def _fresh(objects: MemoryObjects) -> Index:
    """An index of its own: what one environment remembers is kept by prefix."""
    return Index(objects, f"index/{random.getrandbits(64)}")


def _document(seed: int) -> list[list[str]]:
    source = random.Random(seed)
    return [source.choices(WORDS, k=source.randint(5, 40)) for _ in range(source.randint(1, 4))]


def _found(index: Index, query: str, limit: int = 1000) -> set[int]:
    return {hit.document for hit in BM25(index).search(query, limit)}


def test_an_empty_index_finds_nothing(index: Index) -> None:
    assert BM25(index).search("anything", 5) == []


def test_a_chunk_is_found_by_its_words(index: Index) -> None:
    index.add(7, [["apple", "tree"], ["pear"]])

    assert [(hit.document, hit.chunk) for hit in BM25(index).search("pears", 5)] == [(7, 1)]


def test_a_document_that_was_removed_is_not_found(index: Index) -> None:
    index.add(1, [["apple"]])
    index.add(2, [["apple"]])
    index.remove(1)
    index.remove(1)

    assert _found(index, "apple") == {2}


def test_adding_twice_changes_nothing(index: Index) -> None:
    index.add(1, [["apple"]])
    once = BM25(index).search("apple", 5)
    index.add(1, [["apple"]])

    assert BM25(index).search("apple", 5) == once


def test_of_a_long_question_the_long_words_count(index: Index, objects: MemoryObjects) -> None:
    index.add(1, [["hippopotamus"]])

    assert _found(index, " ".join(f"w{number}" for number in range(500)) + " hippopotamus") == {1}


def test_only_the_given_documents_are_searched(index: Index) -> None:
    for document in range(5):
        index.add(document, [["apple"]])

    assert [hit.document for hit in BM25(index).search("apple", 5, documents={3, 4, 99})] == [3, 4]


@pytest.mark.usefixtures("small_levels")
def test_scores_are_those_of_an_independent_bm25(index: Index) -> None:
    """Also over several levels, and with documents that were removed."""
    documents = {ordinal: _document(ordinal) for ordinal in range(120)}
    for ordinal, chunks in documents.items():
        index.add(ordinal, chunks)
    for ordinal in range(0, 120, 7):
        index.remove(ordinal)
        del documents[ordinal]
    corpus = [chunk for chunks in documents.values() for chunk in chunks]
    names = [(ordinal, number) for ordinal, chunks in documents.items() for number in range(len(chunks))]
    other = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
    other.index(corpus, show_progress=False)

    for seed in range(20):
        query = random.Random(seed).sample(WORDS, 4)
        scores = dict(zip(names, other.get_scores(query), strict=True))
        hits = BM25(index).search(" ".join(query), 1000)
        # bm25s leaves the constant factor k1 + 1 out, which changes no order.
        assert {(hit.document, hit.chunk): pytest.approx(hit.score / 2.5, rel=1e-4) for hit in hits} == {
            name: score for name, score in scores.items() if score > 0
        }


@pytest.mark.usefixtures("small_levels")
def test_there_is_one_segment_per_level_and_no_other_object(index: Index, objects: MemoryObjects) -> None:
    for ordinal in range(100):
        index.add(ordinal, _document(ordinal))

    manifest = index.manifest()
    levels = [segment.level for segment in manifest.segments]
    assert len(levels) == len(set(levels)) >= 2
    assert len(objects.contents) == 1 + len(levels)


@pytest.mark.usefixtures("small_levels")
def test_merging_drops_what_was_removed(index: Index, objects: MemoryObjects) -> None:
    for ordinal in range(60):
        index.add(ordinal, [[f"only{ordinal}", *WORDS[:30]]])
        index.remove(ordinal)

    manifest = index.manifest()
    assert _found(index, "word1") == set()
    assert len(manifest.removed) < 30
    assert sum(map(len, objects.contents.values())) < 10_000


@pytest.mark.usefixtures("small_levels")
def test_documents_that_are_added_at_once_are_all_found(objects: MemoryObjects) -> None:
    """Compare and swap: whoever loses reads the manifest again, and leaves no segment behind."""
    prefix = "index/at-once"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda ordinal: Index(objects, prefix).add(ordinal, [["apple", *WORDS[:20]]]), range(60)))

    index = Index(objects, prefix)
    assert _found(index, "apple") == set(range(60))
    assert len(objects.contents) == 1 + len(index.manifest().segments)


@pytest.mark.usefixtures("small_levels")
def test_a_search_survives_a_merge_between_its_reads(objects: MemoryObjects) -> None:
    index = _fresh(merging := _Merging())
    for ordinal in range(30):
        index.add(ordinal, [["apple", *WORDS[:20]]])
    merging.others = [partial(index.add, ordinal, _document(ordinal)) for ordinal in range(100, 140)]

    assert _found(index, "apple") == set(range(30))
    assert merging.others == []


def test_a_search_reads_the_manifest_once_while_nothing_changes(index: Index, objects: MemoryObjects) -> None:
    index.add(1, [["apple"]])
    BM25(index).search("apple", 5)
    objects.calls.clear()
    objects.bytes_read = 0
    BM25(index).search("apple", 5)

    assert (dict(objects.calls), objects.bytes_read) == ({"read": 1}, 0)


@settings(max_examples=50)
@given(st.lists(st.lists(st.text(min_size=1, max_size=48), max_size=30), max_size=5))
def test_postings_come_back_as_they_were(chunks: list[list[str]]) -> None:
    encodable = [[term.encode(errors="replace").decode() for term in terms] for terms in chunks]
    postings = postings_of(2**32 - 1, encodable)

    assert decode(*encode(postings)) == postings
