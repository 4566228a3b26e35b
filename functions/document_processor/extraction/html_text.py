"""HTML: what a reader sees of a page, under its headings."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from .parts import Part
from .plain_text import decoded

_UNSEEN = frozenset({"head", "noscript", "script", "style", "svg", "template"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCK_NAMES = """
    address article aside blockquote br caption dd details div dl dt fieldset figcaption figure footer form header hr
    legend li main nav ol option p pre section summary table tbody tfoot thead title tr ul
"""
_BLOCKS = _HEADINGS | frozenset(_BLOCK_NAMES.split())
_CELLS = frozenset({"td", "th"})
_FIRST_CELL = re.compile(r"(?m)^[ |]*\| ")
_SPACE = re.compile(r"[ \t\n\r\f]+")


def read_html(path: str) -> Iterator[Part]:
    """The text under each heading, with the heading."""
    reader = _Reader()
    reader.feed(decoded(path))
    reader.close()
    yield from reader.parts()


class _Reader(HTMLParser):
    """Collects sections. Tags need not be closed, and may be closed without having been opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._sections: list[tuple[str | None, list[str]]] = [(None, [])]
        self._heading: list[str] | None = None
        self._unseen: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - inherited.
        if self._unseen:
            return
        if tag in _UNSEEN:
            self._unseen = tag
        if tag in _HEADINGS:
            self._end_heading()
            self._heading = []
        elif tag in _BLOCKS:
            self._write("\n")
        elif tag in _CELLS:
            self._write(" | ")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = None
        elif self._unseen:
            return
        elif tag in _HEADINGS:
            self._end_heading()
        elif tag in _BLOCKS:
            self._write("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Only in SVG does the slash close anything.
        if tag not in _UNSEEN:
            self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        # A page without a body's tag has text all the same; a page whose head is never closed still has a body.
        if self._unseen is None:
            self._write(_SPACE.sub(" ", data))

    def parts(self) -> Iterator[Part]:
        """The sections, in their order."""
        self._end_heading()
        for section, texts in self._sections:
            yield Part(_FIRST_CELL.sub("", "".join(texts)), section=section)

    def _write(self, text: str) -> None:
        (self._sections[-1][1] if self._heading is None else self._heading).append(text)

    def _end_heading(self) -> None:
        if self._heading is None:
            return
        heading = " ".join("".join(self._heading).split())
        self._heading = None
        if heading:
            self._sections.append((heading, [heading, "\n\n"]))
