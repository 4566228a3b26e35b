"""`python -m document_processor.extraction.child PATH NAME`: reads one file and prints what it found as JSON.

A process of its own, without credentials and with limits of its own: a file can break nothing but this.
"""

import json
import logging
import resource
import sys
from dataclasses import asdict
from typing import Any

from .parts import Unreadable
from .reading import read_chunks

MEMORY_BYTES_MAX = 1_100_000_000
CPU_SECONDS_MAX = 60


def main() -> None:
    """Print `{"kind", "chunks"}` or `{"reason", "message"}`."""
    # Parsers warn of what they mend; their words may quote the file.
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    json.dump(read(*sys.argv[1:3]), sys.stdout)


def read(path: str, name: str) -> dict[str, Any]:
    """What `main` prints."""
    try:
        kind, chunks = read_chunks(path, name)
    except Unreadable as error:
        return {"reason": error.reason, "message": error.message}
    except MemoryError:
        return {"reason": "too_complex", "message": "Reading the file takes too much memory. Split it into several."}
    except Exception:  # noqa: BLE001 - parsers raise anything on damaged files, and nothing else runs here.
        return {
            "reason": "broken",
            "message": "The file is damaged and cannot be read. Save it anew and upload it again.",
        }
    return {"kind": kind, "chunks": [asdict(chunk) for chunk in chunks]}


if __name__ == "__main__":
    main()
