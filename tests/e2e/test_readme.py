"""The README's conversation works as it is printed."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from local.stack import Stack

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^```(bash|json)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_readmes_conversation_answers_as_printed(stack: Stack) -> None:
    blocks = BLOCK.findall((ROOT / "README.md").read_text())
    scripts = [text.replace("source .lambdify/env", "") for kind, text in blocks if kind == "bash"]
    printed = [json.loads(text) for kind, text in blocks if kind == "json"]

    answers = [json.loads(_run(script, stack)) for script in scripts]

    assert len(scripts) == 2
    assert [_without_chance(answer) for answer in answers] == [_without_chance(answer) for answer in printed]


def _run(script: str, stack: Stack) -> str:
    shell = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={"PATH": "/usr/bin:/bin", **stack.keys},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return shell.stdout


def _without_chance(node: Any) -> Any:
    """Ids and instants differ each time; their shape does not."""
    if isinstance(node, dict):
        return {name: _without_chance(value) for name, value in node.items()}
    if isinstance(node, str):
        return re.sub(r"_[0-9a-z]{26,}$", "_…", re.sub(r"^\d{4}-\d\d-\d\dT[\d:.]+Z$", "instant", node))
    return node
