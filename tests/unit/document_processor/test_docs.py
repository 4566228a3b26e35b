"""docs/documents.md says what the code does."""

import re
from pathlib import Path

from document_processor.extraction.chunking import CHUNK_TOKENS_MAX, OVERLAP_TOKENS_MAX
from document_processor.extraction.json_text import DEPTH_MAX
from document_processor.extraction.parts import CHARACTERS_MAX, REASONS
from document_processor.extraction.pdf_text import PAGES_MAX
from document_processor.extraction.reading import CHUNKS_MAX

GUIDE = (Path(__file__).parents[3] / "docs/documents.md").read_text()


def test_every_reason_is_documented() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", GUIDE.partition("## Why a file fails")[2], re.MULTILINE)

    assert documented == sorted([*REASONS, "processing_failed"])


def test_limits_are_documented() -> None:
    for text in (
        f"up to {CHUNK_TOKENS_MAX} tokens",
        f"up to {OVERLAP_TOKENS_MAX} tokens",
        f"over {DEPTH_MAX} levels",
        f"Over {CHARACTERS_MAX:,} characters, or {CHUNKS_MAX:,} passages",
        f"Over {PAGES_MAX:,} pages",
    ):
        assert text in GUIDE
