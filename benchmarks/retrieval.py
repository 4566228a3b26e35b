"""`python -m benchmarks.retrieval`: does search find what was asked for, and what does a question cost?

Recall: the Python language reference, as the standard library carries it (`pydoc_data`), is divided into chunks by our
own chunker. Each of benchmarks/questions.tsv names words that only an answering passage has. Our index and bm25s, an
implementation by others, rank the same terms of the same chunks.

Cost: made-up documents of 20 chunks, whose words are as unevenly frequent as a language's (Zipf). Calls are counted at
the store of objects, which is S3's place; each question also takes one BatchGetItem for the passages' text. An
environment that was asked before knows the manifest; one that was just started reads it.
"""

import json
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from pydoc_data.topics import topics

import bm25s

from document_processor.extraction.chunking import Chunk, chunks_of
from document_processor.extraction.normalising import normalised
from document_processor.extraction.parts import Part
from lambdify.retrieval import index as index_module
from lambdify.retrieval.bm25 import BM25
from lambdify.retrieval.index import Index
from lambdify.retrieval.recently import Recently
from lambdify.retrieval.words import terms_of
from tests.objects import MemoryObjects

QUESTIONS = Path(__file__).parent / "questions.tsv"
RESULTS = Path(__file__).parent / "results/retrieval.json"

Search = Callable[[str], list[int]]
"""From a question to the numbers of its best chunks in the whole."""

_TOP = 5
_DOCUMENT_COUNTS = (10, 100, 1_000)
_CHUNKS_PER_DOCUMENT = 20
_WORDS_PER_CHUNK = 150
_VOCABULARY = 50_000
_QUERIES = 50


@dataclass(frozen=True)
class Question:
    """What is asked, and the chunks (numbers in the whole) that answer it."""

    text: str
    answers: frozenset[int]


def main() -> None:
    """Measure, print, and keep the results."""
    chunks = _corpus()
    questions = _questions([chunk for document in chunks for chunk in document])
    results = {
        "questions": len(questions),
        "chunks": sum(map(len, chunks)),
        "recall": {"ours": _recall(questions, _ours(chunks)), "bm25s": _recall(questions, _theirs(chunks))},
        "cost": {str(count): _cost(count) for count in _DOCUMENT_COUNTS},
    }
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))


def _corpus() -> list[list[Chunk]]:
    """The reference: a document per topic, by name."""
    return [chunks_of([Part(normalised(topics[name], is_wrapped=True), section=name)]) for name in sorted(topics)]


def _questions(chunks: Sequence[Chunk]) -> list[Question]:
    texts = [_plain(chunk.text) for chunk in chunks]
    found = []
    for line in QUESTIONS.read_text().splitlines():
        text, words = line.split("\t")
        answers = frozenset(number for number, each in enumerate(texts) if _plain(words) in each)
        # A chunk's border may lie within the words, and another version's reference may say it otherwise.
        if answers:
            found.append(Question(text, answers))
    return found


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _recall(questions: Sequence[Question], search: Search) -> float:
    """The share of the questions for which an answering chunk is among the best five."""
    hits = sum(1 for question in questions if question.answers & set(search(question.text)))
    return round(hits / len(questions), 3)


def _ours(documents: Sequence[Sequence[Chunk]]) -> Search:
    index = Index(MemoryObjects(), "recall")
    firsts = []
    count = 0
    for ordinal, chunks in enumerate(documents):
        index.add(ordinal, [_terms(chunk) for chunk in chunks])
        firsts.append(count)
        count += len(chunks)
    return lambda question: [firsts[hit.document] + hit.chunk for hit in BM25(index).search(question, _TOP)]


def _theirs(documents: Sequence[Sequence[Chunk]]) -> Search:
    retriever = bm25s.BM25(method="lucene")
    retriever.index([_terms(chunk) for chunks in documents for chunk in chunks], show_progress=False)

    def search(question: str) -> list[int]:
        numbers, _ = retriever.retrieve([terms_of(question)], k=_TOP, show_progress=False)
        return [int(number) for number in numbers[0]]

    return search


def _terms(chunk: Chunk) -> list[str]:
    """As the document processor has it."""
    return terms_of(f"{chunk.section or ''} {chunk.text}")


def _cost(document_count: int) -> dict[str, float]:
    """Of a question to an index of so many documents."""
    rng = random.Random(document_count)
    objects = MemoryObjects()
    index = Index(objects, f"cost{document_count}")
    frequencies = list(accumulate(1 / rank for rank in range(1, _VOCABULARY + 1)))
    words = [f"w{number}" for number in range(_VOCABULARY)]
    adding = 0.0
    for ordinal in range(document_count):
        text = rng.choices(words, cum_weights=frequencies, k=_WORDS_PER_CHUNK * _CHUNKS_PER_DOCUMENT)
        started = time.process_time()
        index.add(ordinal, [text[first::_CHUNKS_PER_DOCUMENT] for first in range(_CHUNKS_PER_DOCUMENT)])
        adding += time.process_time() - started
    queries = [" ".join(rng.choices(words, cum_weights=frequencies, k=8)) for _ in range(_QUERIES)]
    cold = _asked(objects, index, queries, is_cold=True)
    warm = _asked(objects, index, queries, is_cold=False)
    return {
        "chunks": document_count * _CHUNKS_PER_DOCUMENT,
        "cpu_ms_per_added_document": round(adding * 1000 / document_count, 1),
        **{f"cold_{name}": value for name, value in cold.items()},
        **{f"warm_{name}": value for name, value in warm.items()},
    }


def _asked(objects: MemoryObjects, index: Index, queries: Sequence[str], *, is_cold: bool) -> dict[str, float]:
    calls, read = objects.calls.total(), objects.bytes_read
    started = time.process_time()
    for query in queries:
        if is_cold:
            index_module._manifests, index_module._blocks = Recently(16), Recently(128)
        BM25(index).search(query, 500)
    return {
        "cpu_ms": round((time.process_time() - started) * 1000 / len(queries), 2),
        "object_reads": round((objects.calls.total() - calls) / len(queries), 2),
        "kilobytes_read": round((objects.bytes_read - read) / 1000 / len(queries), 1),
    }


if __name__ == "__main__":
    main()
