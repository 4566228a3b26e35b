"""One way to write a text down: NFC, plain spaces, words that line ends had cut in two, paragraphs in one line."""

import re
import unicodedata

_UNSEEN = re.compile("[\u00ad\u200b\u200c\u2060\ufeff\ufffe\x00-\x08\x0e-\x1f\x7f]")
# PDFs often have ligatures and radicals where the author wrote letters and characters: the same glyph to the eye.
_LOOKALIKES = re.compile("[\u2f00-\u2fd5\ufb00-\ufb06]")
# Those radicals that Unicode's compatibility forms leave out: from its EquivalentUnifiedIdeograph.txt.
_RADICALS = str.maketrans(
    "⺁⺊⺎⺠⻁⻄⻅⻆⻉⻋⻑⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻫⻬⻮⻯⻰⻲⻳",
    "厂卜兀民虎西见角贝车長长门青韦页风飞食马骨鬼鱼鸟麦黄斉齐齿竜龙亀龟",
)
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u2010]\n(?=[^\W\d_])")
_SENTENCE_ENDS = (".", "!", "?", ":", ";", "。", "！", "？", "：", "；", "|")  # noqa: RUF001 - Chinese marks are meant.
_LIST_OR_HEADING = re.compile(r"(?:[-*+•‣▪#>|]|\d{1,3}[.)]\s|[a-z][.)]\s)")
# Shorter lines end because the author wanted it: headings, addresses, verse.
_WRAPPED_WIDTH = 40
_UNSPACED = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")


def normalised(text: str, *, is_wrapped: bool) -> str:
    """The text, normalised. `is_wrapped`: lines may end where the page did, so paragraphs are put together again."""
    plain = _UNSEEN.sub("", unicodedata.normalize("NFC", text)).translate(_RADICALS)
    plain = _LOOKALIKES.sub(lambda found: unicodedata.normalize("NFKC", found[0]), plain)
    plain = "\n".join(_SPACES.sub(" ", line).strip() for line in plain.split("\n"))
    if is_wrapped:
        plain = _unwrapped(_HYPHENATED.sub(_joined_word, plain))
    return _BLANK_LINES.sub("\n\n", plain).strip()


def _joined_word(found: re.Match[str]) -> str:
    """`retrie-\\nval` is one word; before a capital, as in `Franco-\\nPrussian`, the hyphen is meant."""
    return "" if found.string[found.end()].islower() else "-"


def _unwrapped(text: str) -> str:
    lines: list[str] = []
    for line in text.split("\n"):
        if lines and _goes_on(lines[-1], line):
            lines[-1] += line if _is_unspaced(lines[-1], line) else f" {line}"
        else:
            lines.append(line)
    return "\n".join(lines)


def _goes_on(before: str, line: str) -> bool:
    if not line or _width(before) < _WRAPPED_WIDTH or before.endswith(_SENTENCE_ENDS):
        return False
    return _LIST_OR_HEADING.match(line) is None


def _width(line: str) -> int:
    tail = line[-_WRAPPED_WIDTH:]
    return len(tail) + len(_UNSPACED.findall(tail))


def _is_unspaced(before: str, line: str) -> bool:
    return bool(_UNSPACED.match(before[-1]) and _UNSPACED.match(line[0]))
