"""A backup is a register at one moment; restored on either engine, it answers the same."""

import gzip
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.errors import Unavailable
from app.domain.references import Head
from app.formats import FORMATS
from app.register import Clock
from app.register.teams import Teams
from app.register.writing import CLERK
from app.store import backup
from app.store.database import Database
from app.store.spans import migrate
from tests import openings
from tests.conftest import Models
from tests.seeded import HEAD
from tests.serving import make_key, serving, writing

PAGES = (
    *(f"/{kind}.{row.suffix}" for kind in ("openings", "actions") for row in FORMATS if row.whole),
    *("/api/v1/changes?page_size=1000", "/api/v1/statistics", "/api/v1/openings?as_of=2024-01-01"),
    *("/api/v1/openings?q=conseil&at=60", "/api/v1/texts", "/checkpoint", "/openings.atom"),
)
BASE = "https://ouvertures.example"


def written(url: str, file: Path) -> Path:
    with closing(Database(url)) as database:
        file.write_bytes(b"".join(backup.write(database)))
    return file


def answers(url: str) -> dict[str, bytes]:
    with serving(url, public_url=BASE) as site:
        pages = {path: site.get(path) for path in PAGES}
    assert {page.status_code for page in pages.values()} == {200}
    return {path: page.content for path, page in pages.items()}


def kept(url: str) -> tuple[Head, list[str]]:
    """The head of a register without a fault, and its keys."""
    with writing(url) as register:
        assert [each for each in register.verify() if each.fault] == []
        teams = Teams(register.database, Clock())
        return register.head(), [key.digest for key in teams.every_key(CLERK)]


@pytest.fixture
def full(sqlite: Models) -> Iterator[str]:
    """A register of openings of every kind, with a key, something internal and an erasure."""
    for url in sqlite.copy("seeded"):
        with writing(url) as register:
            register.absorb(openings.claims(40))
            make_key(register.database)
            register.erase(register.head().position, "Décision de justice")
        yield url


def test_a_register_moves_to_the_other_engine_and_back(
    full: str, sqlite: Models, postgresql: Models, tmp_path: Path
) -> None:
    before = answers(full), kept(full)
    first = written(full, tmp_path / "first")
    for there in postgresql.copy("empty"):
        backup.restore(there, first)
        assert (answers(there), kept(there)) == before
        second = written(there, tmp_path / "second")
    assert second.read_bytes() == first.read_bytes()
    for back in sqlite.copy("empty"):
        backup.restore(back, second)
        assert kept(back) == before[1]


def test_it_is_of_one_moment_whatever_is_written_meanwhile(
    seeded_database_url: str, models: Models, tmp_path: Path
) -> None:
    before, file = kept(seeded_database_url), tmp_path / "register.backup"
    with writing(seeded_database_url) as register, file.open("wb") as opened:
        for turn, part in enumerate(backup.write(register.database)):
            opened.write(part)
            if turn % 20 == 1:
                register.absorb(openings.claims(turn // 20 + 1))
        assert register.head().position > HEAD
    for there in models.copy("migrated"):
        backup.restore(there, file)
        assert kept(there) == before


def test_one_of_an_older_version_is_brought_forward(sqlite: Models, tmp_path: Path) -> None:
    for url in sqlite.copy("seeded"):
        before = kept(url)
        migrate(url, "0013")
        file = written(url, tmp_path / "old")
        for there in sqlite.copy("migrated"):
            backup.restore(there, file)
            assert kept(there) == before


def test_what_is_no_whole_backup_is_refused_and_leaves_nothing(
    sqlite: Models, tmp_path: Path
) -> None:
    for url in sqlite.copy("seeded"):
        whole = written(url, tmp_path / "whole").read_bytes()
        with pytest.raises(Unavailable, match="is recorded here already"):
            backup.restore(url, tmp_path / "whole")
    lines = gzip.decompress(whole).splitlines(keepends=True)
    broken = {
        "cut": whole[:-100],
        "damaged": whole[:2000] + b"x" + whole[2001:],
        "short": gzip.compress(b"".join(lines[:-1])),
        "altered": gzip.compress(b"".join(line for line in lines if b'"described"' not in line)),
        "other": b"something else",
    }
    for there in sqlite.copy("migrated"):
        for name, content in broken.items():
            (tmp_path / name).write_bytes(content)
            with pytest.raises(Unavailable, match="is not a whole backup"):
                backup.restore(there, tmp_path / name)
        (tmp_path / "later").write_bytes(gzip.compress(b'{"revision":"0999"}'))
        with pytest.raises(Unavailable, match="those of revision 0999"):
            backup.restore(there, tmp_path / "later")
        assert kept(there)[0].position == 0
