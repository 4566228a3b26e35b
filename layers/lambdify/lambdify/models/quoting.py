"""Finds the sentence that says most about a question, by the words that they share. Pure and deterministic."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .tokens import tokens_of

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*|\s*\n+\s*")  # noqa: RUF001 - Chinese marks are meant.
_QUESTION_END = ("?", "？")  # noqa: RUF001 - Chinese marks are meant.
# Words that questions are made of, and that say nothing about what is asked.
_COMMON_WORDS = """
    a about an and any are as at be been but by can could did do does for from had has have he her his how i if in is it
    its me mine my of on or our please shall she should so tell than that the their them then there these they this
    those to us was we were what when where which who whom whose why will with would you your
"""
_ASKING_WORDS = """
    are can could define describe did do does explain find give has have how is list name quote remind say show
    summarise summarize tell was were what whats when where which who whom whose why will would
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_ASKING = frozenset(_ASKING_WORDS.split())


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence, and the index of the text that it stands in."""

    source: int
    sentence: str


def best_quote(question: str, texts: Sequence[str]) -> Quote | None:
    """The sentence of `texts` that shares most with `question`; rare words weigh more, earlier texts win ties.

    None when nothing is shared.
    """
    asked = _terms(question)
    quotes = [Quote(source, sentence) for source, text in enumerate(texts) for sentence in sentences_of(text)]
    shared = [_terms(quote.sentence) & asked for quote in quotes]
    frequency = Counter(term for terms in shared for term in terms)
    scores = [sum(math.log(1 + len(quotes) / frequency[term]) for term in sorted(terms)) for terms in shared]
    best = max(range(len(quotes)), key=lambda index: (scores[index], -index), default=None)
    return quotes[best] if best is not None and shared[best] else None


def sentences_of(text: str) -> Iterable[str]:
    """The sentences and lines of `text`."""
    return (part.strip() for part in _SENTENCE_END.split(text) if part.strip())


def is_question(text: str) -> bool:
    """Whether `text` asks for something, by its last mark or its first word."""
    words = tokens_of(text.casefold())
    return text.rstrip().endswith(_QUESTION_END) or (bool(words) and words[0] in _ASKING)


def _terms(text: str) -> frozenset[str]:
    words = (word for word in tokens_of(text.casefold()) if word.isalnum() and word not in _COMMON)
    # A plural and its singular are one word here.
    return frozenset(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words)
