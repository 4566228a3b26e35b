"""Documents for tests: some made by other programs (tests/fixtures/documents), some made here, some malformed."""

import io
import json
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from docx import Document
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

FIXTURES = Path(__file__).parent / "fixtures/documents"

TEXT = "The Kestrel is a small electric ferry that crosses the strait of Morrow."


def pdf(pages: Sequence[str]) -> bytes:
    """A PDF with one line of text on each page."""
    target = io.BytesIO()
    canvas = Canvas(target)
    for page in pages:
        canvas.drawString(72, 720, page)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def long_pdf(pages: int) -> bytes:
    """A PDF whose n-th page says what n is."""
    numbers = range(1, pages + 1)
    return pdf([f"Station {number} of the line lies {2000 + number * 3} metres above the sea." for number in numbers])


def encrypted_pdf(password: str = "secret", algorithm: str = "RC4-128") -> bytes:
    """A PDF that opens with a password."""
    writer = PdfWriter(PdfReader(io.BytesIO(pdf([TEXT]))))
    writer.encrypt(password, owner_password="owner", algorithm=algorithm)
    return _written(writer)


def scanned_pdf() -> bytes:
    """A PDF with a page that has no text."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    return _written(writer)


def pdf_bomb() -> bytes:
    """A PDF whose one page unpacks to 300 MB."""
    page = zlib.compress(b"BT /F1 12 Tf (aaaaaaaa) Tj ET\n" * 10_000_000, 1)
    return _pdf_of_stream(zlib.compress(page), b"[/FlateDecode /FlateDecode]")


def slow_pdf() -> bytes:
    """A PDF whose one page asks for more text than anybody can lay out in a minute."""
    return _pdf_of_stream(zlib.compress(b"BT /F1 12 Tf (a) Tj 1 0 0 1 0 0 cm ET q Q\n" * 1_700_000), b"/FlateDecode")


def docx(paragraphs: Sequence[str] = (TEXT,)) -> bytes:
    """A Word document."""
    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def zip_of(entries: dict[str, bytes]) -> bytes:
    """A zip archive."""
    target = io.BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


def docx_bomb() -> bytes:
    """A Word document of 200 KB that unpacks to 200 MB."""
    return _replaced(docx(), "word/document.xml", b"<w:t>" + b"a" * 200_000_000)


def docx_laughs() -> bytes:
    """A Word document whose XML entities multiply: the billion laughs."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "lol">{entities}]><w:document>&e9;</w:document>'
    return _replaced(docx(), "word/document.xml", xml.encode())


def deep_docx() -> bytes:
    """A Word document with 100,000 levels of XML."""
    return _replaced(docx(), "word/document.xml", b"<a>" * 100_000 + b"</a>" * 100_000)


def json_bomb() -> bytes:
    """A JSON file of 1 MB whose values, each with the path that leads to it, are 3 GB of text."""
    return json.dumps({"k" * 1_000_000: [1] * 3_000}).encode()


def deep_json(levels: int) -> bytes:
    """Lists in lists."""
    return b"[" * levels + b"1" + b"]" * levels


def lying_zip() -> bytes:
    """A Word document whose directory says that its text is 10 bytes long."""
    content = docx([TEXT * 50])
    with ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo("word/document.xml").file_size
    return content.replace(struct.pack("<I", size), struct.pack("<I", 10))


MALFORMED: dict[str, tuple[str, Callable[[], bytes], set[str]]] = {
    # What is wrong: the name it is uploaded as, its bytes, and the reasons that say so.
    "empty": ("a.txt", lambda: b"", {"empty"}),
    "empty pdf": ("a.pdf", lambda: b"", {"empty"}),
    "only spaces": ("a.txt", lambda: b" \n\t\n ", {"no_text"}),
    "only a byte order mark": ("a.txt", lambda: b"\xef\xbb\xbf", {"no_text"}),
    "latin-1": ("a.txt", lambda: "Zürich".encode("latin-1"), {"not_utf8"}),
    "gb18030": ("a.csv", lambda: "城市,人口\n北京,2".encode("gb18030"), {"not_utf8"}),
    "shift-jis html": ("a.html", lambda: "<p>東京</p>".encode("shift-jis"), {"not_utf8"}),
    "cut utf-8": ("a.md", lambda: "北京".encode()[:-1], {"not_utf8"}),
    "odd utf-16": ("a.txt", lambda: b"\xff\xfea", {"not_utf8"}),
    "utf-16 without a mark": ("a.txt", lambda: "text".encode("utf-16-le"), {"unsupported_type"}),
    "random bytes": ("a.txt", lambda: bytes(range(256)) * 10, {"unsupported_type"}),
    "png named txt": ("a.txt", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), {"unsupported_type"}),
    "jpeg": ("photo.jpg", lambda: b"\xff\xd8\xff\xe0" + bytes(100), {"unsupported_type"}),
    "gzip": ("a.json.gz", lambda: b"\x1f\x8b\x08" + bytes(20), {"unsupported_type"}),
    "rtf": ("a.rtf", lambda: b"{\\rtf1 text}", {"unsupported_type"}),
    "program": ("a.exe", lambda: b"MZ" + bytes(100), {"unsupported_type"}),
    "old word": ("a.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), {"unsupported_type"}),
    "spreadsheet": ("a.xlsx", lambda: zip_of({"xl/workbook.xml": b"<x/>"}), {"unsupported_type"}),
    "zip": ("a.zip", lambda: zip_of({"a.txt": b"text"}), {"unsupported_type"}),
    "text named pdf": ("a.pdf", lambda: TEXT.encode(), {"wrong_type"}),
    "text named docx": ("a.docx", lambda: TEXT.encode(), {"wrong_type"}),
    "pdf named txt": ("a.txt", lambda: pdf([TEXT]), {"wrong_type"}),
    "docx named pdf": ("a.pdf", docx, {"wrong_type"}),
    "encrypted pdf": ("a.pdf", encrypted_pdf, {"encrypted"}),
    "encrypted pdf, AES": ("a.pdf", lambda: encrypted_pdf(algorithm="AES-256"), {"encrypted"}),
    "encrypted docx": (
        "a.docx",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le"),
        {"encrypted"},
    ),
    "scanned pdf": ("a.pdf", scanned_pdf, {"no_text"}),
    "pdf cut in half": ("a.pdf", lambda: pdf([TEXT])[:400], {"broken", "no_text"}),
    "pdf header alone": ("a.pdf", lambda: b"%PDF-1.7\n", {"broken", "no_text"}),
    "pdf with zeros for objects": ("a.pdf", lambda: b"%PDF-1.7\n" + b"0" * 5000, {"broken", "no_text"}),
    "pdf whose pages go in a circle": ("a.pdf", lambda: _circular_pdf(), {"broken", "no_text"}),
    "docx cut in half": ("a.docx", lambda: docx()[: len(docx()) // 2], {"broken"}),
    "zip header alone": ("a.docx", lambda: b"PK\x03\x04", {"broken"}),
    "docx without its parts": ("a.docx", lambda: zip_of({"word/document.xml": b"<x/>"}), {"broken"}),
    "docx with broken xml": ("a.docx", lambda: _replaced(docx(), "word/document.xml", b"<w:document>"), {"broken"}),
    "docx with 100,000 levels": ("a.docx", deep_docx, {"broken"}),
    "docx with a billion laughs": ("a.docx", docx_laughs, {"broken", "no_text"}),
    "docx whose directory lies": ("a.docx", lying_zip, {"broken"}),
    "docx bomb": ("a.docx", docx_bomb, {"too_complex"}),
    "docx of 6,000 entries": (
        "a.docx",
        lambda: zip_of({"word/document.xml": b"", **{f"{n}.xml": b"" for n in range(6000)}}),
        {"too_complex"},
    ),
    "json bomb": ("a.json", json_bomb, {"too_complex"}),
    "json cut in half": ("a.json", lambda: b'{"a": [1, 2', {"broken"}),
    "json of 1,000 levels": ("a.json", lambda: deep_json(1_000), {"too_deep"}),
    "json of 100,000 levels": ("a.json", lambda: deep_json(100_000), {"too_deep", "broken"}),
    "json with a word after it": ("a.json", lambda: b"{} x", {"broken"}),
    "csv with a NUL": ("a.csv", lambda: b"a,b\n1,\0", {"unsupported_type"}),
    "csv with a field of 200 KB": ("a.csv", lambda: b"a,b\n" + b"x" * 200_000, {"broken"}),
    "html of scripts": ("a.html", lambda: b"<html><script>var a = 1</script></html>", {"no_text"}),
    "html of 200,000 open tags": ("a.html", lambda: b"<div>" * 200_000, {"no_text"}),
    "4 million characters": ("a.txt", lambda: b"abc def. " * 450_000, {"too_much_text"}),
    "60,000 short lines of json": (
        "a.json",
        lambda: json.dumps({str(n): str(n) for n in range(60_000)}).encode(),
        {"too_much_text"},
    ),
}


def _written(writer: PdfWriter) -> bytes:
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _replaced(archive: bytes, name: str, content: bytes) -> bytes:
    with ZipFile(io.BytesIO(archive)) as source:
        entries = {entry: source.read(entry) for entry in source.namelist()}
    return zip_of({**entries, name: content})


def _pdf_of_stream(stream: bytes, filters: bytes) -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
    return _pdf_of_objects(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page,
        b"<</Filter " + filters + b"/Length %d>>stream\n" % len(stream) + stream + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )


def _circular_pdf() -> bytes:
    return _pdf_of_objects(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1>>")


def _pdf_of_objects(*objects: bytes) -> bytes:
    content = b"%PDF-1.7\n"
    table = b"0000000000 65535 f \n"
    for number, body in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(content)
        content += b"%d 0 obj%s endobj\n" % (number, body)
    size = len(objects) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(content))
    return content + b"xref\n0 %d\n" % size + table + trailer
