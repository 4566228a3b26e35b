"""The text of a key."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdify import keys

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize("kind", keys.KINDS)
@pytest.mark.parametrize("mode", keys.MODES)
def test_a_made_key_parses_to_its_parts(kind: str, mode: str) -> None:
    text = keys.make(kind, mode)

    assert keys.parse(text) == keys.KeyText(kind, mode, keys.digest(text))
    assert re.fullmatch(rf"dify_{kind}_{mode}_[0-9A-Za-z]{{38}}", text)


def test_keys_do_not_repeat() -> None:
    assert len({keys.make("pat", "test") for _ in range(1000)}) == 1000


def test_the_checksum_is_crc_32_in_base_62() -> None:
    """Secret scanners elsewhere know this form, so it must never change."""
    assert keys.parse("dify_svc_live_" + "A" * 32 + "0pr4aG") is not None


@given(st.integers(min_value=0, max_value=51), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(place: int, character: str) -> None:
    text = keys.make("pat", "live")
    wrong = text[:place] + character + text[place + 1 :]

    assert wrong == text or keys.parse(wrong) is None


@given(st.text(max_size=100))
def test_any_other_text_is_no_key(text: str) -> None:
    assert keys.parse(text) is None
    assert keys.parse(f"dify_pat_test_{text}") is None


@pytest.mark.parametrize("tail", ["\n", " ", "\u0660" * 38, ""])
def test_near_misses_are_no_keys(tail: str) -> None:
    assert keys.parse(keys.make("app", "test")[: None if len(tail) == 1 else 14] + tail) is None
