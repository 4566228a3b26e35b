"""Whatever file comes, its text is found, or a person is told why not; and nothing else happens."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from document_processor.extraction import child, sandbox
from document_processor.extraction.chunking import Chunk
from document_processor.extraction.parts import REASONS, Unreadable
from document_processor.extraction.reading import read_chunks
from document_processor.extraction.sandbox import extract
from tests import files


def chunks_of(folder: Path, name: str, content: bytes) -> list[Chunk]:
    (folder / "upload").write_bytes(content)
    return read_chunks(str(folder / "upload"), name)[1]


def text_of(folder: Path, name: str, content: bytes) -> str:
    return "\n".join(chunk.text for chunk in chunks_of(folder, name, content))


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("chromium.pdf", [1, 2, 3]),
        ("libreoffice.pdf", [1, 2, 3]),
        ("libreoffice.docx", ["The Kestrel ferry", "Batteries", "Lost property"]),
        ("pandoc.docx", ["Handbook", "The Kestrel ferry", "Batteries", "Lost property"]),
        ("pandoc.html", ["Handbook", "The Kestrel ferry", "Batteries", "Lost property"]),
        ("pandoc.md", ["The Kestrel ferry", "Batteries", "Lost property"]),
        ("pandoc.txt", [None]),
    ],
)
def test_files_of_other_programs_keep_their_pages_and_sections(name: str, places: list[object]) -> None:
    _, chunks = read_chunks(str(files.FIXTURES / name), name)

    assert [chunk.page or chunk.section for chunk in chunks] == places
    batteries = next(chunk for chunk in chunks if "Batteries" in chunk.text)
    assert "Her batteries weigh eleven tonnes and last for nine crossings." in batteries.text
    assert "690" in batteries.text


def test_chinese_of_a_browsers_pdf_is_what_was_written() -> None:
    """Browsers print radicals, which look like the characters and are not."""
    _, chunks = read_chunks(str(files.FIXTURES / "chromium-chinese.pdf"), "a.pdf")

    assert [chunk.page for chunk in chunks] == [1, 2]
    assert "她可以搭载八十四名乘客和十二辆自行车。" in chunks[0].text


def test_each_of_300_pages_is_cited_as_itself(tmp_path: Path) -> None:
    chunks = chunks_of(tmp_path, "a.pdf", files.long_pdf(300))

    assert [chunk.page for chunk in chunks] == list(range(1, 301))
    assert chunks[216].text == "Station 217 of the line lies 2651 metres above the sea."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_csv_rows_say_what_they_are_about(tmp_path: Path, encoding: str) -> None:
    content = 'City;People\nZürich;"434 008"\n北京;"21;8 m"\n'.encode(encoding)

    [chunk] = chunks_of(tmp_path, "a.csv", content)

    assert chunk.text == "City: Zürich; People: 434 008.\nCity: 北京; People: 21;8 m."
    assert chunk.section == "rows 2-3"


def test_json_lines_say_where_they_were(tmp_path: Path) -> None:
    value = {"ferry": {"name": "Kestrel", "crew": [{"role": "captain"}, {"role": "cook"}]}, "tags": ["a", 1.50, None]}

    chunks = chunks_of(tmp_path, "a.json", json.dumps(value).encode())

    assert [(chunk.section, chunk.text) for chunk in chunks] == [
        ("ferry", "ferry name: Kestrel\nferry crew 1 role: captain\nferry crew 2 role: cook"),
        ("tags", "tags: a\ntags: 1.5\ntags: null"),
    ]


def test_html_shows_what_a_reader_sees(tmp_path: Path) -> None:
    page = "<style>x</style><p>Tom &amp; <b>Jerry</b><br>run<script>if (a<b) {}</script><h2>Two</h2><p>Cats"

    chunks = chunks_of(tmp_path, "a.html", page.encode())

    assert [(chunk.section, chunk.text) for chunk in chunks] == [
        (None, "Tom & Jerry\nrun"),
        ("Two", "Two\n\nCats"),
    ]


def test_a_heading_in_a_fence_is_none(tmp_path: Path) -> None:
    chunks = chunks_of(tmp_path, "a.md", b"# One\ntext\n```sh\n# no heading\n```\n## Two\nmore")

    assert [chunk.section for chunk in chunks] == ["One", "Two"]


def test_a_heading_of_half_a_megabyte_is_cut_in_citations(tmp_path: Path) -> None:
    """What is cited is stored with each chunk, and DynamoDB's items are bounded."""
    chunks = chunks_of(tmp_path, "a.md", b"# " + b"long " * 100_000 + b"\ntext")

    assert {len(chunk.section or "") for chunk in chunks} == {200}


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("notes", b"plain", "txt"),
        ("notes", b" <!DOCTYPE html><p>x", "html"),
        ("notes", b'[{"a": 1}]', "json"),
        ("notes", b"[not json", "txt"),
        ("program.py", b"print()", "txt"),
        ("report", files.pdf([files.TEXT]), "pdf"),
        ("../../etc/passwd", b"plain", "txt"),
        ("报告.PDF", files.pdf([files.TEXT]), "pdf"),
        ("a" * 250 + ".docx", files.docx(), "docx"),
    ],
)
def test_the_kind_is_told_by_the_bytes(tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    (tmp_path / "upload").write_bytes(content)

    assert read_chunks(str(tmp_path / "upload"), name)[0] == kind


@pytest.mark.parametrize("case", [case for case in files.MALFORMED if "bomb" not in case])
def test_a_malformed_file_fails_for_a_reason_that_a_person_understands(tmp_path: Path, case: str) -> None:
    name, content, reasons = files.MALFORMED[case]
    (tmp_path / "upload").write_bytes(content())

    found = child.read(str(tmp_path / "upload"), name)

    assert found["reason"] in reasons
    assert found["reason"] in REASONS
    assert found["message"].endswith(".")


# In a process of its own: the largest child of the tests' process may have been another test's.
_MEASURED = """
import resource, sys
from document_processor.extraction.parts import Unreadable
from document_processor.extraction.sandbox import extract
try:
    extract(sys.argv[1], sys.argv[2])
except Unreadable as error:
    print(error.reason, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize(
    ("name", "make"), [("a.docx", files.docx_bomb), ("a.pdf", files.pdf_bomb), ("a.json", files.json_bomb)]
)
def test_a_bomb_costs_bounded_memory_and_time(tmp_path: Path, name: str, make: Callable[[], bytes]) -> None:
    """Safety: memory is in kilobytes, as the kernel counts the child that reads the file."""
    (tmp_path / "upload").write_bytes(make())
    command = [sys.executable, "-c", _MEASURED, str(tmp_path / "upload"), name]
    path = os.pathsep.join(entry for entry in sys.path if entry)
    started = time.monotonic()

    measured = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True
    )

    reason, kilobytes = measured.stdout.split()
    assert reason == "too_complex"
    assert int(kilobytes) < 1_200_000
    assert time.monotonic() - started < 60


def test_reading_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("document_processor.extraction.sandbox.WALL_SECONDS_MAX", 1)
    (tmp_path / "upload").write_bytes(files.slow_pdf())

    with pytest.raises(Unreadable) as raised:
        extract(str(tmp_path / "upload"), "a.pdf")

    assert raised.value.reason == "too_complex"


def test_the_child_has_no_credentials() -> None:
    """Security: a parser that is taken over finds nothing to steal."""
    assert "AWS_SECRET_ACCESS_KEY" in os.environ
    assert set(sandbox._environment()) == {"PYTHONPATH", "PYTHONUTF8"}


def test_an_encrypted_pdf_without_a_password_is_read(tmp_path: Path) -> None:
    """Some are encrypted only to forbid printing."""
    assert text_of(tmp_path, "a.pdf", files.encrypted_pdf(password="")) == files.TEXT
