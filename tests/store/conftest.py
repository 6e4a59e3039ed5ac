"""A seeded register, on either engine: its database, and the use cases over it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from app.register import Clock
from app.register.reading import Reading
from app.register.writing import Writing
from app.store.database import Database
from tests.openings import SITE

ENGINES = "sqlite", "postgresql"


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each test that asks for a database runs on both engines."""
    return str(request.param)


@pytest.fixture
def database(seeded_database_url: str) -> Iterator[Database]:
    with closing(Database(seeded_database_url, owner=True)) as database:
        yield database


@pytest.fixture
def writing(database: Database) -> Writing:
    return Writing(database, Clock())


@pytest.fixture
def reading(database: Database) -> Reading:
    return Reading(database, Clock(), SITE)
