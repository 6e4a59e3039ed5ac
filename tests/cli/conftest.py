"""The commands on a register with its seed."""

from functools import partial
from typing import Any

import pytest

from tests.cli.terminal import run


@pytest.fixture
def command(seeded_database_url: str) -> Any:
    """`python -m app` on a register with its seed."""
    return partial(run, url=seeded_database_url)
