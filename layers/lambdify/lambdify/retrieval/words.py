"""Text into search terms: one tokenizer for what is indexed and for what is asked, in any language.

Words are folded (case, compatibility forms, accents); scripts that are written without spaces become bigrams.
"""

import re
import unicodedata
from collections.abc import Iterator

TERM_LENGTH_MAX = 48
"""Longer runs are no words; their beginning stands for them."""

# Han, kana, Hangul, Thai, Lao, Myanmar and Khmer: without spaces, or with long compounds.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\U00020000-\U0003134f"
)
# Vowel signs and the like: they belong to the word, but `\w` does not know them.
_MARKS = "\u0900-\u0963\u0966-\u0dff\u0f00-\u0fbc"
# Accents, Hebrew points, Arabic vowels: written or left out as it pleases.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]")
_RUN = re.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|(?:[^\W_{_UNSPACED}]|[{_MARKS}])+")
_POSSESSIVE = re.compile(r"['\u2019]s\b")
# Harman's S-stemmer (1991): plurals of English, and harmless to others, whose real stemming would need the language.
_PLURALS = (
    (re.compile(r"[a-z]+[^ae]ies"), 3, "y"),
    (re.compile(r"[a-z]+[^aeo]es"), 1, ""),
    (re.compile(r"[a-z]+[^us]s"), 1, ""),
)


def terms_of(text: str) -> list[str]:
    """The search terms of `text`, in their order, with repetitions."""
    return list(_terms(_folded(text)))


def _folded(text: str) -> str:
    if text.isascii():
        return _POSSESSIVE.sub("", text.lower())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", _POSSESSIVE.sub("", decomposed)))


def _terms(text: str) -> Iterator[str]:
    for found in _RUN.finditer(text):
        run = found[0]
        if not found["unspaced"]:
            yield _singular(run[:TERM_LENGTH_MAX])
        elif len(run) == 1:
            yield run
        else:
            yield from (run[start : start + 2] for start in range(len(run) - 1))


def _singular(word: str) -> str:
    if word.endswith("s") and len(word) > 3:
        for plural, dropped, added in _PLURALS:
            if plural.fullmatch(word):
                return word[:-dropped] + added
    return word
