"""multipart/form-data (RFC 7578), read in place: parts are views of the body, so a file is held once."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from lambdify.errors import InvalidRequest

_PARTS_MAX = 50
_HEADER_BYTES_MAX = 8_192
_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_PARAMETER = re.compile(r';\s*(name|filename\*?)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FormPart:
    """One field of a form. `filename` is None for fields that are no files."""

    name: str
    filename: str | None
    content: memoryview


class ViewReader(io.RawIOBase):
    """A view as a file, for those who want one: it copies no more than is being read."""

    def __init__(self, view: memoryview) -> None:
        self._view = view
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: len(self._view)}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        some = self._view[self._position : self._position + len(buffer)]
        buffer[: len(some)] = some
        self._position += len(some)
        return len(some)


def form_parts(content_type: str, body: bytes) -> list[FormPart]:
    """The form's fields, in their order. Raises InvalidRequest when the body is none."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise _malformed("Its Content-Type names no boundary.")
    parts = list(_parts(body, b"--" + (found[1] or found[2]).encode("latin-1")))
    if not parts:
        raise _malformed("It has no parts.")
    return parts


def _parts(body: bytes, delimiter: bytes) -> Iterator[FormPart]:
    if not body.startswith(delimiter):
        raise _malformed("It does not begin with its boundary.")
    view = memoryview(body)
    position = len(delimiter)
    for _ in range(_PARTS_MAX):
        if body.startswith(b"--", position):
            return
        # Between the boundary and the line's end there may be spaces.
        start = body.find(b"\r\n", position)
        header_end = body.find(b"\r\n\r\n", start)
        end = _end_of_part(body, b"\r\n" + delimiter, header_end + 2)
        if min(start, header_end, end) < 0 or header_end - start > _HEADER_BYTES_MAX:
            raise _malformed("A part of it is cut off, or its headers are too long.")
        yield _part(body[start:header_end], view[header_end + 4 : max(end, header_end + 4)])
        position = end + 2 + len(delimiter)
    raise _malformed(f"It has over {_PARTS_MAX} parts.")


def _end_of_part(body: bytes, delimiter: bytes, start: int) -> int:
    """Where the next delimiter begins, or -1. A line that only begins like one is content."""
    while True:
        found = body.find(delimiter, start)
        after = found + len(delimiter)
        if found < 0 or body.startswith((b"--", b"\r\n", b" ", b"\t"), after):
            return found
        start = after


def _part(headers: bytes, content: memoryview) -> FormPart:
    lines = headers.decode("utf-8", "replace").split("\r\n")
    disposition = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
    parameters = {
        found[1].lower(): re.sub(r"\\(.)", r"\1", found[2]) if found[3] is None else found[3]
        for found in _PARAMETER.finditer(disposition)
    }
    if "name" not in parameters:
        raise _malformed("A part of it has no name.")
    return FormPart(parameters["name"], _filename(parameters), content)


def _filename(parameters: dict[str, str]) -> str | None:
    extended = parameters.get("filename*", "")
    if extended.lower().startswith("utf-8'"):
        return unquote_to_bytes(extended.split("'", 2)[-1]).decode("utf-8", "replace")
    name = parameters.get("filename")
    # Browsers write quotes and line ends as HTML's form encoding has it; nothing else is escaped.
    return name and name.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _malformed(why: str) -> InvalidRequest:
    return InvalidRequest.at(("body", f"The body is no form (multipart/form-data). {why}"))
