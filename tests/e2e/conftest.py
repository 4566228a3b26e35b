"""End-to-end tests talk HTTP to the whole stack, as `make serve` runs it."""

from collections.abc import Iterator

import pytest

from local.stack import Stack, started


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The stack of `template.yaml` with its first workspaces and keys; the session's tests share it."""
    with started("--no-reload") as running:
        yield running
