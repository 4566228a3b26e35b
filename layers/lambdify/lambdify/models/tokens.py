"""The sandbox's tokens: words of up to 16 characters, single CJK characters, and punctuation marks."""

import re

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_TOKEN = re.compile(rf"[{_CJK}]|[^\W{_CJK}]{{1,16}}|[^\w\s]")


def tokens_of(text: str) -> list[str]:
    """The tokens of `text`, in their order."""
    return _TOKEN.findall(text)


def count_tokens(text: str) -> int:
    """How many tokens `text` has."""
    return sum(1 for _ in _TOKEN.finditer(text))


def first_tokens(text: str, count: int) -> str:
    """`text` up to the end of its `count`-th token."""
    end = 0
    for number, found in enumerate(_TOKEN.finditer(text)):
        if number == count:
            return text[:end]
        end = found.end()
    return text
