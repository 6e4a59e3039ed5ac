"""A command is tried on one engine, the register’s own on both: each starts a process."""

import pytest

from tests.conftest import dealt


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> str:
    """One of the two, dealt by the name of the test."""
    return dealt(request.node.name)
