"""What every test may ask for: a database of its own, a running register, and no network."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from tests import postgres

if TYPE_CHECKING:
    from tests.serving import Site

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")
USUAL = 200
EXAMPLES = int(os.environ.get("EXAMPLES", "80"))
"""How many examples a property takes among the long proofs; a dearer one takes its share."""

# The same examples at each run, so that a red suite is red for its author; `explore` seeks others.
ALIKE: Any = {"derandomize": True, "database": None, "print_blob": True}
# A machine that runs much else is slow, which is no fault of what is tried on it.
ALIKE |= {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", max_examples=25, **ALIKE)
settings.register_profile("long", max_examples=EXAMPLES, **ALIKE)
settings.register_profile("explore", deadline=None, max_examples=5_000)
settings.load_profile(PROFILE)
if PROFILE != "explore":
    # Drawn from, the words of all modules that happen to be loaded would make other examples in
    # another order of tests; and to read them all takes seconds.
    providers._get_local_constants = lambda: providers._local_constants


def examples(few: int, many: int) -> settings:
    """How many examples a property takes that is cheaper or dearer than the others."""
    return settings(max_examples=few if PROFILE == "default" else many * EXAMPLES // USUAL)


TRACED = {"domain", "formats", "web", "cli", "api"}
"""Where tests are that see nearly all of the application, in half of the time that all take."""
SLOW = "test_hostile", "journeys", "office"
"""What takes longest, and begins first: no worker is to wait for another in the end."""

LOOPBACK = ("127.0.0.1", "::1", "localhost", "", None)


def migrate(url: str) -> None:
    """An empty database gets its tables."""
    from app.store import spans

    spans.migrate(url)


def fill(url: str) -> None:
    """A migrated database gets the seed."""
    from app import cli
    from app.settings import Settings

    cli.seed(Settings(database_url=url))


STAGES: dict[str, tuple[str | None, Callable[[str], None]]] = {
    "empty": (None, lambda _: None),
    "migrated": ("empty", migrate),
    "seeded": ("migrated", fill),
}
"""How a model of each stage is made: from which other, and by what."""


class Engine(Protocol):
    """What makes databases: the files of SQLite, or a PostgreSQL server."""

    def create(self, model: str | None = None) -> str:
        """The address of a new database: a copy of the one at `model`, or empty."""

    def drop(self, address: str) -> None:
        """Take a database away."""


class Files:
    """Databases of SQLite, each in a folder of its own with what SQLite keeps beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count(1)

    def create(self, model: str | None = None) -> str:
        """The address of a new database: a copy of the one at `model`, or empty."""
        path = self.folder / str(next(self.numbers)) / "register.db"
        path.parent.mkdir()
        if model:
            shutil.copyfile(_whole(model.removeprefix("sqlite:///")), path)
        return f"sqlite:///{path}"

    def drop(self, address: str) -> None:
        """Take a database away."""
        shutil.rmtree(Path(address.removeprefix("sqlite:///")).parent)


def _whole(file: str) -> str:
    """A database file that holds all: nothing of it is left in a journal beside it."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file


class Models:
    """One database of each stage, made when first asked for; tests are given copies."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.made: dict[str, str] = {}
        self.running: Site | None = None
        self.end = ExitStack()

    def site(self) -> "Site":
        """A server over a copy of the seed, started when first asked for."""
        from tests.serving import serving

        if self.running is None:
            url = self.end.enter_context(contextmanager(self.copy)("seeded"))
            self.running = self.end.enter_context(serving(url))
        return self.running

    def forget_if_written(self) -> None:
        """The next test that asks for a server gets a new one, if this one is not as it was."""
        if self.running and self.running.written:
            self.close()

    def close(self) -> None:
        """End the server, if there is one."""
        self.running = None
        self.end.close()

    def copy(self, stage: str) -> Iterator[str]:
        """The address of a new database at that stage, which is dropped in the end."""
        address = self.engine.create(self._model(stage))
        yield address
        self.engine.drop(address)

    def _model(self, stage: str) -> str:
        if stage not in self.made:
            before, advance = STAGES[stage]
            address = self.engine.create(before and self._model(before))
            advance(address)
            self.made[stage] = address
        return self.made[stage]


@pytest.fixture(scope="session")
def sqlite() -> Iterator[Models]:
    """The models of SQLite."""
    with (
        TemporaryDirectory(prefix="ouvertures-", dir=postgres.quick_place()) as folder,
        closing(Models(Files(Path(folder)))) as models,
    ):
        yield models


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Models]:
    """The models of PostgreSQL. Without a server, all that ask for it fail, and say why."""
    try:
        with postgres.running() as server, closing(Models(server)) as models:
            yield models
    except (OSError, RuntimeError) as fault:
        raise pytest.fail.Exception(f"No PostgreSQL to test: {fault}", pytrace=False) from None


@pytest.fixture
def engine_name() -> str:
    """Interfaces, which the engines can hardly make differ, run on SQLite alone.

    Tests of the store run on both, as its `conftest.py` says, and modules that import this of it.
    """
    return "sqlite"


@pytest.fixture
def models(engine_name: str, request: pytest.FixtureRequest) -> Models:
    """The models of the engine whose turn it is."""
    models = request.getfixturevalue(engine_name)
    assert isinstance(models, Models)
    return models


@pytest.fixture
def empty_database_url(models: Models) -> Iterator[str]:
    """A database without a table."""
    yield from models.copy("empty")


@pytest.fixture
def database_url(models: Models) -> Iterator[str]:
    """A migrated database without a row."""
    yield from models.copy("migrated")


@pytest.fixture
def seeded_database_url(models: Models) -> Iterator[str]:
    """A migrated database that holds the seed."""
    yield from models.copy("seeded")


@pytest.fixture
def site(models: Models, request: pytest.FixtureRequest) -> "Iterator[Site]":
    """A running register that holds the seed: the same for all until a test has written to it."""
    from tests.serving import serving

    if "seeded_database_url" in request.fixturenames:
        with serving(request.getfixturevalue("seeded_database_url")) as own:
            yield own
        return
    yield models.site()
    models.forget_if_written()


def refuse_the_network(event: str, arguments: tuple[Any, ...]) -> None:
    """A test reaches this machine only: an audit hook, which nothing here can get around."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if host not in LOOPBACK:
        raise RuntimeError(f"A test wants to reach {host}; only this machine is allowed.")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """With many examples, every property is long. Once all are shuffled, slow ones come first."""
    for item in items:
        if item.path.parent.name in TRACED:
            item.add_marker("traced")
        if PROFILE == "long" and getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("long")
    yield

    def rank(item: pytest.Item) -> int:
        names = item.path.stem, *item.path.parts
        return next((n for n, name in enumerate(SLOW) if name in names), len(SLOW))

    items.sort(key=rank)


def pytest_configure() -> None:
    """From here on, no network."""
    sys.addaudithook(refuse_the_network)
