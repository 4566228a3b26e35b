"""Any language can be searched, whichever of its spellings is asked for."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdify.retrieval.words import TERM_LENGTH_MAX, terms_of


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("The Kestrel's BATTERIES", "the kestrel battery"),
        ("Straße", "STRASSE"),
        ("ﬁle", "file"),
        ("café", "cafe\u0301"),
        ("naïve", "naive"),
        ("İstanbul", "istanbul"),
        ("Σίσυφος", "ΣΙΣΥΦΟΣ"),
        ("ёлка", "елка"),
        ("مُحَمَّد", "محمد"),
        ("ﾃｽﾄ", "テスト"),
        ("max_tokens=2", "max tokens 2"),
        ("\u00bd price", "1\u20442 prices"),
    ],
)
def test_spellings_of_one_word_are_one_term(written: str, asked: str) -> None:
    assert terms_of(written) == terms_of(asked) != []


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("北京大学", ["北京", "京大", "大学"]),
        ("茶", ["茶"]),
        ("東京タワー 333m", ["東京", "京タ", "タワ", "ワー", "333m"]),
        ("한국어", ["한국", "국어"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("bus class this always series", ["bus", "class", "thi", "alway", "sery"]),
        ("", []),
        ("—…!? \u200b", []),
    ],
)
def test_text_becomes_these_terms(text: str, terms: list[str]) -> None:
    assert terms_of(text) == terms


@given(st.text(max_size=300))
def test_terms_are_bounded_and_spelling_does_not_matter(text: str) -> None:
    terms = terms_of(text)

    assert all(0 < len(term) <= TERM_LENGTH_MAX for term in terms)
    assert terms_of(unicodedata.normalize("NFD", text)) == terms_of(unicodedata.normalize("NFC", text))
