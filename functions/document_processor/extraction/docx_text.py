"""Word documents, by python-docx: paragraphs and tables, in their order, under their headings."""

from collections.abc import Iterable, Iterator
from zipfile import ZipFile

from docx import Document
from docx.table import Table
from docx.text.paragraph import Paragraph

from .parts import Part, Unreadable

_ENTRIES_MAX = 5_000
_UNPACKED_BYTES_MAX = 100_000_000
_XML_BYTES_MAX = 40_000_000
_TABLE_DEPTH_MAX = 5


def read_docx(path: str) -> Iterator[Part]:
    """One part per section; a heading begins one."""
    _demand_small(path)
    section: str | None = None
    lines: list[str] = []
    for block in Document(path).iter_inner_content():
        if isinstance(block, Paragraph) and _is_heading(block) and block.text.strip():
            yield Part("\n\n".join(lines), section=section)
            section, lines = block.text.strip(), []
        lines += _lines([block], 1)
    yield Part("\n\n".join(lines), section=section)


def _lines(blocks: Iterable[Paragraph | Table], depth: int) -> Iterator[str]:
    if depth > _TABLE_DEPTH_MAX:
        return
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.text
            continue
        for row in block.rows:
            cells = {id(cell._tc): cell for cell in row.cells}  # A merged cell is there several times.
            texts = (" ".join(_lines(cell.iter_inner_content(), depth + 1)) for cell in cells.values())
            yield " | ".join(" ".join(text.split()) for text in texts)


def _is_heading(paragraph: Paragraph) -> bool:
    style = paragraph.style
    return style is not None and (style.name or "").startswith(("Heading", "Title"))


def _demand_small(path: str) -> None:
    """Zip bombs: what the entries say they unpack to is what zipfile will unpack at most."""
    with ZipFile(path) as archive:
        entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("encrypted", "The file is encrypted. Remove its password and upload it again.")
    unpacked = sum(entry.file_size for entry in entries)
    xml = sum(entry.file_size for entry in entries if entry.filename.endswith((".xml", ".rels")))
    if len(entries) > _ENTRIES_MAX or unpacked > _UNPACKED_BYTES_MAX or xml > _XML_BYTES_MAX:
        raise Unreadable("too_complex", "The file unpacks to more than can be read. Split it into several.")
