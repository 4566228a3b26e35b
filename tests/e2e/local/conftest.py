"""The small stack under `sample/`, so that these promises do not depend on what Lambdify is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.stack import Stack, started

SAMPLE = Path(__file__).parent / "sample" / "template.yaml"


@pytest.fixture(scope="session")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sample's worker writes what it was given."""
    return tmp_path_factory.mktemp("sample") / "notes"


@pytest.fixture(scope="session")
def sample(notes: Path) -> Iterator[Stack]:
    """The running sample."""
    with started("--template", str(SAMPLE), "--no-reload", "--parameter-overrides", f"NotesPath={notes}") as stack:
        yield stack


@pytest.fixture(scope="session")
def http(sample: Stack) -> Iterator[httpx.Client]:
    """A client whose key no limit holds back."""
    with httpx.Client(base_url=sample.base_url, headers={"Authorization": "Bearer fine"}, timeout=40) as client:
        yield client


@pytest.fixture(scope="session")
def variables(http: httpx.Client) -> dict[str, str]:
    """The environment variables that the sample's echo function has."""
    found: dict[str, str] = http.get("/echo").json()["variables"]
    return found


@pytest.fixture(scope="session")
def client(sample: Stack) -> Any:
    """Makes clients of the sample's AWS."""
    return sample.client
