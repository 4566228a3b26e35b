"""Reads a file in a child process that has limits on time and memory, and no credentials."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from .chunking import Chunk
from .kinds import Kind
from .parts import Unreadable

WALL_SECONDS_MAX = 90


class ExtractionFailed(Exception):
    """The child process failed through no fault of the file."""


def extract(path: str, name: str) -> tuple[Kind, list[Chunk]]:
    """The file's kind and chunks. Raises Unreadable, or ExtractionFailed."""
    command = [sys.executable, "-m", f"{__package__}.child", path, name]
    try:
        done = subprocess.run(  # noqa: S603 - our own module; the name is an argument, never a command.
            command, env=_environment(), capture_output=True, timeout=WALL_SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired:
        raise _too_complex() from None
    if done.returncode < 0:
        raise _too_complex()  # Killed: by its limit on processor time or memory.
    if done.returncode > 0:
        raise ExtractionFailed(done.stderr[-2000:].decode(errors="replace"))
    return _found(json.loads(done.stdout))


def _found(answer: Mapping[str, Any]) -> tuple[Kind, list[Chunk]]:
    if "reason" in answer:
        raise Unreadable(answer["reason"], answer["message"])
    return answer["kind"], [Chunk(**chunk) for chunk in answer["chunks"]]


def _environment() -> dict[str, str]:
    """Where modules are, and nothing else: a parser that is taken over finds no credentials."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"}


def _too_complex() -> Unreadable:
    return Unreadable("too_complex", "Reading the file takes too long or too much memory. Split it into several.")
