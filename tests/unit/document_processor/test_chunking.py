"""Chunks are whole sentences, not too long, in one place, and leave nothing out."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_processor.extraction.chunking import CHUNK_TOKENS_MAX, chunks_of
from document_processor.extraction.normalising import normalised
from document_processor.extraction.parts import Part
from lambdify.models.tokens import count_tokens, tokens_of

SENTENCES = [f"Sentence number {number} says something about the {number}th lighthouse." for number in range(200)]


def test_sentences_stay_whole_and_the_last_ones_are_repeated() -> None:
    chunks = chunks_of([Part(" ".join(SENTENCES), page=4)])

    assert len(chunks) > 5
    for before, after in pairwise(chunks):
        assert before.text.endswith("lighthouse.")
        assert after.text.startswith("Sentence number")
        first = after.text.partition(".")[0]
        assert first in before.text
    assert {chunk.page for chunk in chunks} == {4}


def test_no_chunk_reaches_over_a_page() -> None:
    chunks = chunks_of([Part("One two.", page=1), Part("Three four.", page=2), Part("", page=3), Part("Five.", page=4)])

    assert [(chunk.text, chunk.page) for chunk in chunks] == [("One two.", 1), ("Three four.", 2), ("Five.", 4)]


def test_a_closing_quotation_mark_stays_with_its_sentence() -> None:
    long = " ".join(["word"] * (CHUNK_TOKENS_MAX - 8))
    chunks = chunks_of([Part(f"{long}. “She said so.” Then they left the harbour together at last.")])

    assert chunks[1].text.startswith("“She said so.” Then")


@given(st.lists(st.text(max_size=800), max_size=4))
def test_every_word_is_in_a_chunk_of_bounded_size(texts: list[str]) -> None:
    parts = [Part(normalised(text, is_wrapped=False), page) for page, text in enumerate(texts, 1)]
    chunks = chunks_of(parts)
    whole = "\n".join(part.text for part in parts)

    for page, part in enumerate(parts, 1):
        words = set(tokens_of(part.text))
        assert words <= {word for chunk in chunks if chunk.page == page for word in tokens_of(chunk.text)}
    assert all(count_tokens(chunk.text) <= CHUNK_TOKENS_MAX for chunk in chunks)
    assert all(whole[chunk.offset :].startswith(chunk.text) for chunk in chunks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The retrie-\nval of words", "The retrieval of words"),
        ("the Franco-\nPrussian war", "the Franco-Prussian war"),
        ("soft\u00adhyphen\u200b and\u00a0space\t tab", "softhyphen and space tab"),
        ("cafe\u0301", "café"),
        ("ﬁnd ⼋⻋", "find 八车"),
        ("Short line\nAnother", "Short line\nAnother"),
        (
            "This line is long enough to have been wrapped by\na printer somewhere.",
            "This line is long enough to have been wrapped by a printer somewhere.",
        ),
        (
            "这一行文字很长所以它大概是被排版软件折断了的对吧\n后面继续",
            "这一行文字很长所以它大概是被排版软件折断了的对吧后面继续",
        ),
        (
            "A line that is long enough to be a paragraph:\n- a point",
            "A line that is long enough to be a paragraph:\n- a point",
        ),
        ("a\n\n\n\nb", "a\n\nb"),
    ],
)
def test_text_is_written_down_in_one_way(text: str, expected: str) -> None:
    assert normalised(text, is_wrapped=True) == expected


@given(st.text(max_size=500), st.booleans())
def test_normalising_twice_changes_nothing_more(text: str, is_wrapped: bool) -> None:
    once = normalised(text, is_wrapped=False)

    assert normalised(once, is_wrapped=False) == once
    assert "\x00" not in normalised(text, is_wrapped=is_wrapped)
