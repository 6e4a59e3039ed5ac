"""A database that is missing, empty, closed or broken: one honest sentence, and exit code 1."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from app.store.database import Database
from tests.cli.terminal import PATIENCE, ROOT, environment, run, run_apart, serving
from tests.conftest import Models
from tests.postgres import stranger
from tests.programs import nobody

COMMANDS = (["verify"], ["seed"], ["serve", "--port", "0"])
"""What reads, what writes, and what serves."""


def test_an_empty_database_is_told_from_a_register(empty_database_url: str) -> None:
    Path(empty_database_url.removeprefix("sqlite:///")).touch()
    for command in COMMANDS:
        refusal = run(*command, url=empty_database_url).refusal
        assert refusal == "The database’s tables are not those of this version: migrate it."


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/missing.db"
    for command in COMMANDS:
        refusal = run(*command, url=url).refusal
        assert refusal == f"There is no register at {url}; `migrate` makes one."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["verify", "migrate", "serve --port 0 --migrate"])
def test_a_server_that_does_not_answer_is_named(command: str) -> None:
    refusal = run(*command.split(), url="postgresql://register@127.0.0.1:1/register").refusal
    assert "postgresql://register@127.0.0.1:1/register says: " in refusal
    assert "Connection refused" in refusal


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    path.write_text("A letter of the minister, not a database.\n" * 100)
    for command in ("verify", "migrate"):
        refusal = run(command, url=f"sqlite:///{path}").refusal
        assert refusal.endswith(f"sqlite:///{path} says: file is not a database")


def test_a_folder_that_cannot_be_written_is_named() -> None:
    with nobody() as account:
        account.folder.chmod(0o555)
        url = f"sqlite:///{account.folder}/register.db"
        ended = subprocess.run(
            [*account.prefix, sys.executable, "-m", "app", "serve", "--port", "0", "--migrate"],
            cwd=ROOT,
            env=environment(url, {}),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            **account.terms,
        )
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr.startswith("Refused: The register’s database cannot ")
        assert f" {url} says: " in ended.stderr
        assert ended.stderr.count("\n") == 1


def test_a_role_without_rights_is_told_which(postgresql: Models) -> None:
    for url in postgresql.copy("seeded"):
        with stranger(url) as other:
            for command in ("verify", "migrate"):
                assert "permission denied for table" in run(command, url=other).refusal


def test_an_address_that_cannot_be_served_is_told_before_anything_is_done(tmp_path: Path) -> None:
    url, other = (f"sqlite:///{tmp_path}/{name}.db" for name in ("register", "other"))
    run("migrate", url=url)
    with serving(url) as server:
        server.await_status(200)
        port = server.base.rsplit(":", 1)[1]
        for arguments, why in (
            (("--port", port), f"127.0.0.1, port {port}: Address already in use."),
            (("--host", "192.0.2.1"), "192.0.2.1, port 8000: Cannot assign requested address."),
        ):
            refusal = run("serve", "--migrate", *arguments, url=other).refusal
            assert refusal == f"Nothing can listen on {why}"
        assert server.get("/health/live").status_code == 200
    refusal = run("serve", "--migrate", "--fd", 999, url=other).refusal
    assert refusal == "Descriptor 999 is no socket: Bad file descriptor."
    assert not (tmp_path / "other.db").exists()


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    for name in ("a%2Fb", "50% #", "é è", "é#?", "é#?b=c"):
        folder = tmp_path / name
        folder.mkdir()
        assert run_apart("migrate", url=f"sqlite:///{folder}/register.db").code == 0
        assert (folder / "register.db").exists()


def revised(url: str, change: str) -> None:
    """Change tables as a later version may."""
    with closing(Database(url, owner=True)) as database, database.engine.begin() as connection:
        for statement in (change, "UPDATE alembic_version SET version_num = '0999'"):
            connection.execute(text(statement))


def test_a_database_of_a_later_version_works_if_it_has_all_that_is_known(
    seeded_database_url: str,
) -> None:
    url = seeded_database_url
    revised(url, "ALTER TABLE spans ADD COLUMN later TEXT")
    assert run("verify", url=url).code == 0
    with serving(url) as server:
        server.await_status(200)
    revised(url, "ALTER TABLE keys DROP COLUMN last_used_on")
    for command in ("verify", "migrate", "migrate --to 0001", "serve --port 0"):
        refusal = run(*command.split(), url=url).refusal
        assert "those of revision 0999, and this version knows those up to " in refusal
