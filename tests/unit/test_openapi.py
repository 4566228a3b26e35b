"""The committed description of the API is the code's."""

import json
import subprocess
import sys
from pathlib import Path

from openapi_spec_validator import validate

ROOT = Path(__file__).parent.parent.parent


def test_openapi_json_is_what_the_routes_say() -> None:
    """`make openapi` writes it anew."""
    check = subprocess.run(
        [sys.executable, "-m", "scripts.openapi", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert check.returncode == 0, check.stdout + check.stderr


def test_openapi_json_is_valid_openapi() -> None:
    validate(json.loads((ROOT / "openapi.json").read_text()))
