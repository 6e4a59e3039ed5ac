"""Interfaces run on SQLite; what the engines could make differ says so by its import."""

import pytest


@pytest.fixture
def engine_name() -> str:
    return "sqlite"
