"""PDF, by pypdf: the text of each page."""

from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, WrongPasswordError

from .parts import Part, Unreadable

PAGES_MAX = 2_000

_ENCRYPTED = (DependencyError, FileNotDecryptedError, WrongPasswordError)


def read_pdf(path: str) -> Iterator[Part]:
    """One part per page. Raises Unreadable for encrypted files, too many pages, and scans without text."""
    try:
        yield from _pages(PdfReader(path))
    except _ENCRYPTED:
        raise Unreadable("encrypted", "The PDF is encrypted. Remove its password and upload it again.") from None
    except LimitReachedError:
        raise Unreadable("too_complex", "The PDF unpacks to more than can be read. Split it into several.") from None


def _pages(reader: PdfReader) -> Iterator[Part]:
    # Some files are encrypted with no password at all, only to forbid printing; those open with an empty one.
    if reader.is_encrypted and not reader.decrypt(""):
        raise WrongPasswordError
    if len(reader.pages) > PAGES_MAX:
        raise Unreadable("too_many_pages", f"The PDF has over {PAGES_MAX:,} pages. Split it into several.")
    found = False
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        found = found or bool(text.strip())
        yield Part(text, page=number)
    if not found:
        message = "The PDF has no text: its pages seem to be scanned images. Run text recognition on it first."
        raise Unreadable("no_text", message)
