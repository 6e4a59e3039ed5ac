"""Interfaces run on SQLite; what the engines could make differ says so by its import."""

from functools import partial
from typing import Any

import pytest

from tests.cli.terminal import run


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def command(seeded_database_url: str) -> Any:
    """`python -m app` on a register with its seed."""
    return partial(run, url=seeded_database_url)
