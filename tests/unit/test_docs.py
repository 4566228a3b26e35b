"""Documentation that could drift is held against the code."""

import re
from pathlib import Path

from lambdify.errors import ApiError

ROOT = Path(__file__).parent.parent.parent


def test_every_error_code_is_documented_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    documented = {(int(status), code) for status, code in rows}

    assert documented == {(error.status, error.code) for error in ApiError.__subclasses__()} | {(504, "timeout")}


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    links = [
        (document, link)
        for document in documents
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())
    ]

    broken = [f"{document.name}: {link}" for document, link in links if not (document.parent / link).exists()]
    assert broken == []
