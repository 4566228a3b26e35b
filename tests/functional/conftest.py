"""Handlers, called as Lambda calls them."""

import pytest

from tests.gateway import Client, Workspace


@pytest.fixture(autouse=True)
def _on_aws(aws: None) -> None:
    """Functional tests all need AWS."""


@pytest.fixture
def workspace() -> Workspace:
    """A workspace that no other test knows."""
    return Workspace()


@pytest.fixture
def client(workspace: Workspace) -> Client:
    """An owner's personal test key."""
    return workspace.client()
