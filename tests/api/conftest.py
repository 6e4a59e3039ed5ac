"""The register as its readers and teams reach it: over HTTP, on a real socket."""

from collections.abc import Iterator

import pytest

from tests.conftest import dealt
from tests.serving import Site, serving


@pytest.fixture
def site(seeded_database_url: str) -> Iterator[Site]:
    """A running register that holds the seed."""
    with serving(seeded_database_url) as running:
        yield running


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> str:
    """One of the two, dealt by the name of the test."""
    return dealt(request.node.name)
