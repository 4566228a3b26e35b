"""What a function imports is paid for at each of its cold starts: docs/performance.md."""

import json
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Beside the standard library, which differs between Python's versions; about 3 % more than there are today.
MODULES_MAX = {
    "applications": 450,
    "authorizer": 150,
    "cleanup": 235,
    "conversations": 455,
    "document_processor": 240,
    "documents": 460,
    "event_relay": 225,
    "gateway_keys": 265,
    "messages": 455,
    "models": 420,
    "unknown_routes": 15,
    "webhook_delivery": 240,
    "webhooks": 460,
    "workspaces": 240,
}

# Not needed at all, or only by requests that are rare enough to wait for them.
FORBIDDEN = {
    "boto3",
    "docx",
    "httpx",
    "jinja2",
    "lambdify.models.bedrock",
    "lambdify.models.openai_compatible",
    "pypdf",
    "requests",
    "yaml",
}

_PROGRAM = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
names = [name for name in sys.modules if name.partition(".")[0] not in sys.stdlib_module_names]
json.dump(sorted(names), sys.stdout)
"""


def functions() -> list[str]:
    """The groups, which are the folders of `functions/`."""
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))


@cache
def imported(function: str) -> list[str]:
    """The modules that a fresh process has imported when the function is ready."""
    paths = ["functions", "layers/lambdify"]
    environment = {"PYTHONPATH": ":".join(str(ROOT / path) for path in paths), "AWS_REGION": "us-east-1"}
    environment |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    command = [sys.executable, "-c", _PROGRAM, f"{function}.app"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


@pytest.mark.parametrize("function", functions())
def test_a_function_starts_without_what_it_does_not_need(function: str) -> None:
    assert FORBIDDEN.isdisjoint(imported(function))


@pytest.mark.parametrize("function", functions())
def test_a_function_imports_no_more_than_it_did(function: str) -> None:
    assert len(imported(function)) <= MODULES_MAX[function]


def test_the_authorizer_has_no_framework() -> None:
    tops = {name.partition(".")[0] for name in imported("authorizer")}

    assert tops.isdisjoint({"aws_lambda_powertools", "fastapi", "mangum", "pydantic", "pynamodb"})


def test_every_group_stands_under_the_import_contracts() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    independence, layers = (
        next(
            contract for contract in linter["contracts"] if contract["type"] == kind and "lambdify" not in str(contract)
        )
        for kind in ("independence", "layers")
    )

    assert set(linter["root_packages"]) == {"lambdify", *functions()}
    assert set(independence["modules"]) == set(layers["containers"]) == set(functions())
