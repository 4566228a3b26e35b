"""Forms are read as browsers write them, in place, and hostile ones are refused."""

import contextlib
import tracemalloc

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.multipart import FormPart, ViewReader, form_parts
from lambdify.errors import InvalidRequest

CONTENT_TYPE = "multipart/form-data; boundary=b"


def written(parts: list[FormPart]) -> list[tuple[str, str | None, bytes]]:
    return [(part.name, part.filename, bytes(part.content)) for part in parts]


@given(
    st.lists(st.tuples(st.sampled_from(["a.txt", "北京.pdf", "a b"]), st.binary())),
    st.text(max_size=50),
)
def test_what_an_independent_client_sends_is_what_is_read(files: list[tuple[str, bytes]], metadata: str) -> None:
    sent = [("file", (name, content)) for name, content in files]
    request = httpx.Request("POST", "http://x", files=sent or {"file": b""}, data={"metadata": metadata})
    parts = form_parts(request.headers["content-type"], request.read())

    assert [bytes(part.content) for part in parts if part.name == "file"] == [content for _, content in files] or [b""]
    assert [bytes(part.content).decode() for part in parts if part.name == "metadata"] == [metadata]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('name="file"; filename="a.txt"', "a.txt"),
        ("name=file; filename=a.txt", "a.txt"),
        ('name="file"; filename="报告.pdf"', "报告.pdf"),
        ('name="file"; filename="x"; filename*=UTF-8\'\'%E6%8A%A5%E5%91%8A.pdf', "报告.pdf"),
        ('name="file"; filename="say %22hi%22.txt"', 'say "hi".txt'),
        ('name="file"; filename="say \\"hi\\".txt"', 'say "hi".txt'),
        ('name="file"', None),
    ],
)
def test_names_are_read_however_they_are_written(header: str, name: str | None) -> None:
    body = f"--b\r\nContent-Disposition: form-data; {header}\r\n\r\ntext\r\n--b--\r\n".encode()

    assert written(form_parts(CONTENT_TYPE, body)) == [("file", name, b"text")]


def test_what_looks_like_a_boundary_inside_a_file_is_none() -> None:
    content = b"x--b\r\n\r\n--c--\n--b\r\n--bread"
    body = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + content + b"\r\n--b--"

    assert written(form_parts(CONTENT_TYPE, body)) == [("file", None, content)]


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_read_or_refused(noise: bytes, is_begun: bool) -> None:
    body = (b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' if is_begun else b"") + noise

    with contextlib.suppress(InvalidRequest):
        assert sum(len(part.content) for part in form_parts(CONTENT_TYPE, body)) <= len(body)


@pytest.mark.parametrize("content_type", ["", "multipart/form-data", "multipart/form-data; boundary=", "text/plain"])
def test_a_content_type_without_a_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(InvalidRequest):
        form_parts(content_type, b"--b\r\n")


def test_a_form_of_too_many_parts_is_refused() -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n' * 60 + b"--b--"

    with pytest.raises(InvalidRequest):
        form_parts(CONTENT_TYPE, body)


def test_a_file_is_held_once() -> None:
    """Reading the form and the whole file takes a buffer's memory, not the file's."""
    size = 8 * 1024**2
    body = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + bytes(size) + b"\r\n--b--"
    tracemalloc.start()
    reader = ViewReader(form_parts(CONTENT_TYPE, body)[0].content)
    read = sum(len(piece) for piece in iter(lambda: reader.read(65_536), b""))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert read == size
    assert peak < size / 20


def test_a_view_can_be_read_again() -> None:
    reader = ViewReader(memoryview(b"abcdef"))

    assert (reader.read(), reader.tell()) == (b"abcdef", 6)
    assert (reader.seek(2), reader.read(2), reader.seek(-1, 2)) == (2, b"cd", 5)
