"""What a file really is: told by its bytes. Its name decides only between kinds of text, which look alike."""

import json
from pathlib import PurePath
from typing import Literal
from zipfile import BadZipFile, ZipFile

from .parts import Unreadable

Kind = Literal["csv", "docx", "html", "json", "md", "pdf", "txt"]

SUPPORTED = "txt, md, html, csv, json, pdf and docx"

_BY_SUFFIX: dict[str, Kind] = {
    ".csv": "csv",
    ".docx": "docx",
    ".htm": "html",
    ".html": "html",
    ".json": "json",
    ".markdown": "md",
    ".md": "md",
    ".pdf": "pdf",
    ".tsv": "csv",
    ".txt": "txt",
}
_BINARY: frozenset[Kind] = frozenset({"docx", "pdf"})
# What is uploaded by mistake, so that the refusal can name it.
_FOREIGN = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a sound, film or WebP file"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3", "an SQLite database"),
)
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16_OR_32 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_PDF_WITHIN = 1024  # PDF readers take the header anywhere in here.


def kind_of(path: str, name: str) -> Kind:
    """The kind of the file at `path`, which was uploaded as `name`. Raises Unreadable when it is none of ours."""
    with open(path, "rb") as file:  # noqa: PTH123 - a plain open is enough for bytes.
        content = file.read()
    if not content:
        raise Unreadable("empty", "The file is empty.")
    claimed = _BY_SUFFIX.get(PurePath(name).suffix.lower())
    found = _binary_kind(path, content) or _text_kind(content, claimed)
    if claimed is not None and claimed != found and _BINARY & {claimed, found}:
        raise Unreadable("wrong_type", f"The file is named {PurePath(name).suffix} but holds {found}. Name it rightly.")
    return found


def _binary_kind(path: str, content: bytes) -> Kind | None:
    if b"%PDF-" in content[:_PDF_WITHIN]:
        return "pdf"
    if content.startswith((_ZIP, _EMPTY_ZIP)):
        return _zip_kind(path)
    if content.startswith(_OLE):
        _refuse_ole(content)
    for magic, what in _FOREIGN:
        if content.startswith(magic):
            raise _unsupported(what)
    return None


def _zip_kind(path: str) -> Kind:
    try:
        with ZipFile(path) as archive:
            names = set(archive.namelist())
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        raise Unreadable("broken", "The file is a damaged zip archive. Save it anew and upload it again.") from None
    if "word/document.xml" in names:
        return "docx"
    raise _unsupported("a spreadsheet" if "xl/workbook.xml" in names else "a zip archive")


def _refuse_ole(content: bytes) -> None:
    # Office wraps encrypted documents into its old container, under this name.
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Unreadable("encrypted", "The file is encrypted. Remove its password and upload it again.")
    raise _unsupported("an old Office document; save it as docx")


def _text_kind(content: bytes, claimed: Kind | None) -> Kind:
    if b"\0" in content and not content.startswith(_UTF16_OR_32):
        raise _unsupported("binary data")
    if claimed is not None and claimed not in _BINARY:
        return claimed
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "html"
    return "json" if head.startswith((b"{", b"[")) and _is_json(content) else "txt"


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def _unsupported(what: str) -> Unreadable:
    return Unreadable("unsupported_type", f"The file is {what}; what can be read is {SUPPORTED}.")
