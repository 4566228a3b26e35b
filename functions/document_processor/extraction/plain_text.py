"""Plain text and Markdown."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from .parts import Part, Unreadable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # Before UTF-16, whose mark is the beginning of this one.
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEADING = re.compile(r"(?m)^#{1,6}[ \t]+(.+?)[ \t#]*$")
_ONLY_TAGS = re.compile(r"(?m)^[ \t]*(?:</?[A-Za-z][^<>\n]*>[ \t]*)+$")
_FENCE = re.compile(r"(?ms)^(```|~~~).*?(^\1|\Z)")


def decoded(path: str) -> str:
    """The file's text. Raises Unreadable unless it is UTF-8, or UTF-16 or UTF-32 with a byte order mark."""
    content = Path(path).read_bytes()
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"The text is not UTF-8 (at byte {error.start:,}). Save it as UTF-8 and upload it again."
        raise Unreadable("not_utf8", message) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_txt(path: str) -> Iterator[Part]:
    """The whole text; form feeds, if any, divide pages."""
    pages = decoded(path).split("\f")
    for number, text in enumerate(pages, 1):
        yield Part(text, page=number if len(pages) > 1 else None)


def read_md(path: str) -> Iterator[Part]:
    """The text under each heading, with the heading. What looks like one inside a fence is none."""
    text = _ONLY_TAGS.sub("", decoded(path))
    fences = [found.span() for found in _FENCE.finditer(text)]
    headings = [
        found for found in _HEADING.finditer(text) if not any(first <= found.start() < end for first, end in fences)
    ]
    starts = [0, *(found.start() for found in headings)]
    ends = [*starts[1:], len(text)]
    sections = [None, *(found[1].strip() for found in headings)]
    for start, end, section in zip(starts, ends, sections, strict=True):
        yield Part(text[start:end], section=section)
