"""A command is tried on SQLite; the register’s own, in `test_register.py`, on both engines.

Each starts a program. What the engines could do differently is tried in `tests/store` and
`tests/api`, where it costs less.
"""

import pytest


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine whose turn it is."""
    return str(request.param)
