"""The container without an engine: what the Dockerfile says is done here, step by step, and run.

The base image and the installation of the locked packages are taken as done; our environment
stands for them.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.cli.terminal import PATIENCE, ROOT, Served, free_port, started
from tests.programs import Account, nobody
from tests.seeded import FACTS, HEAD

DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()
OWNER = "10001"
"""The account of the image, for which another stands here."""


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction and its argument, continued lines joined."""
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    lines = re.sub(r"\\\n\s*", "", kept).splitlines()
    split = (line.split(maxsplit=1) for line in lines if line.strip())
    return [(name, argument) for name, argument in split]


STEPS = instructions(DOCKERFILE)
LAST = max(number for number, (name, _) in enumerate(STEPS) if name == "FROM")
BUILD, FINAL = STEPS[:LAST], STEPS[LAST:]


def arguments(name: str, steps: list[tuple[str, str]] = FINAL) -> list[str]:
    return [argument for each, argument in steps if each == name]


def only(name: str) -> str:
    (argument,) = arguments(name)
    return argument


def copies(steps: list[tuple[str, str]]) -> Iterator[tuple[list[str], str]]:
    """What is copied from the tree, and where to."""
    for argument in arguments("COPY", steps):
        if not argument.startswith("--from="):
            *sources, target = argument.split()
            yield sources, target


def let_through(path: str) -> bool:
    """Whether .dockerignore sends a file to the builder: the last line that fits decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        parents = [path, *map(str, Path(path).parents)]
        anywhere = pattern.startswith("**/") and pattern[3:] in Path(path).parts
        if (
            line
            and line[0] != "#"
            and (anywhere or any(fnmatch(parent, pattern) for parent in parents))
        ):
            sent = line.startswith("!")
    return sent


def files(source: str) -> list[str]:
    """The files of the tree that a COPY brings, by their paths."""
    place = ROOT / source
    paths = [place] if place.is_file() else filter(Path.is_file, place.rglob("*"))
    return [str(path.relative_to(ROOT)) for path in paths]


def test_what_is_copied_exists_and_is_all_that_the_builder_is_sent() -> None:
    copied = {source for sources, _ in copies(STEPS) for source in sources}
    assert [source for source in copied if not (ROOT / source).exists()] == []
    sent = {
        path.name
        for path in ROOT.iterdir()
        if let_through(path.name) and (path.is_file() or any(map(let_through, files(path.name))))
    }
    assert sent == copied
    assert not let_through("app/__pycache__/cli.cpython-311.pyc")
    assert not let_through("app/domain/__pycache__/fold.cpython-311.pyc")
    assert all(let_through(name) for name in files("app/web/templates"))


def test_packages_come_by_hash_from_the_lock_and_leave_no_cache() -> None:
    assert arguments("COPY", BUILD) == ["requirements.lock ./"]
    (install,) = arguments("RUN", BUILD)
    assert "--require-hashes" in install
    assert "--no-cache-dir" in install
    assert install.endswith("--requirement requirements.lock")
    assert "pip" not in " ".join(arguments("RUN"))


def test_whoever_runs_it_is_nobody_and_owns_nothing_but_the_data() -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", only("USER"))
    assert only("USER") == f"{OWNER}:{OWNER}"
    assert "--chown" not in DOCKERFILE
    assert only("VOLUME") == "/data"
    before = [name for name, _ in FINAL[: FINAL.index(("USER", only("USER")))]]
    assert {"RUN", "COPY"} <= set(before)
    assert "RUN" not in [name for name, _ in FINAL[len(before) :]]


def test_no_file_names_a_registry() -> None:
    images = [argument.split()[0] for argument in arguments("FROM", STEPS)]
    images += re.findall(r"^    image: (\S+)", COMPOSE, re.MULTILINE)
    assert set(images) == {"python:3.11-slim-bookworm", "ouvertures", "postgres:18-bookworm"}
    for text in (DOCKERFILE, COMPOSE):
        hosts = set(re.findall(r"\w+://([^/\s@]*@)?([^/\s:;'\"]*)", text))
        assert {host for _, host in hosts} <= {"127.0.0.1", "database", ""}


def test_compose_holds_no_password_and_starts_without_none() -> None:
    secrets = re.findall(r"^ +(\w*PASSWORD\w*): (.*)$", COMPOSE, re.MULTILINE)
    assert [name for name, _ in secrets] == ["PGPASSWORD", "POSTGRES_PASSWORD"]
    assert all(value == "${DATABASE_PASSWORD:?set it in .env}" for _, value in secrets)
    assert COMPOSE.count("read_only: true") == COMPOSE.count("tmpfs: [/tmp") == 2
    assert "condition: service_healthy" in COMPOSE
    assert re.findall(r"^ +- (\S+):8000$", COMPOSE, re.MULTILINE) == ["127.0.0.1:${PORT:-8000}"]


@dataclass
class Container:
    """What the Dockerfile makes, in two folders: the tree, which is closed, and the data."""

    tree: Path
    data: Path
    account: Account
    port: int

    def local(self, text: str) -> str:
        """What the image says, as it is here."""
        for ours, here in (
            ("/data", str(self.data)),
            ("/opt/venv/bin", str(Path(sys.executable).parent)),
            (OWNER, str(self.data.stat().st_uid)),
            ("8000", str(self.port)),
        ):
            text = text.replace(ours, here)
        return text

    @property
    def environment(self) -> dict[str, str]:
        """What ENV gives, and nothing of ours."""
        pairs = (pair.split("=", 1) for pair in shlex.split(self.local(only("ENV"))))
        given = {name: value.replace("$PATH", os.environ["PATH"]) for name, value in pairs}
        return {"HOME": "/nonexistent", **given}

    def build(self) -> None:
        """Do COPY and RUN as the Dockerfile has them, then close the tree."""
        for sources, target in copies(FINAL):
            for source in sources:
                start = source if (ROOT / source).is_dir() else Path(source).parent
                for name in filter(let_through, files(source)):
                    place = self.tree / target / Path(name).relative_to(start)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(ROOT / name, place)
        for command in arguments("RUN"):
            subprocess.run(
                ["/bin/sh", "-euc", self.local(command)],
                cwd=self.tree,
                env=self.environment,
                check=True,
            )
        for path in [*self.tree.rglob("*"), self.tree]:
            path.chmod(0o555 if path.is_dir() else 0o444)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """`docker run` or `docker exec`: a program in there, as its account."""
        return subprocess.run(
            [*self.account.prefix, *command],
            cwd=self.tree,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            **self.account.terms,
        )

    def healthy(self) -> bool:
        """What HEALTHCHECK says."""
        command = only("HEALTHCHECK").partition(" CMD ")[2]
        return self.run(*json.loads(self.local(command))).returncode == 0

    @contextmanager
    def started(self) -> Iterator[Served]:
        """`docker start`."""
        command = [*json.loads(only("ENTRYPOINT")), *json.loads(self.local(only("CMD")))]
        base = f"http://127.0.0.1:{self.port}"
        with started(
            [*self.account.prefix, *command],
            base,
            self.environment,
            self.tree,
            **self.account.terms,
        ) as server:
            yield server


@pytest.fixture
def container() -> Iterator[Container]:
    """What the Dockerfile makes of this tree."""
    with nobody() as account, free_port() as port:
        tree, data = account.folder / "tree", account.folder / "data"
        tree.mkdir()
        data.mkdir()
        shutil.chown(data, *[account.folder.stat().st_uid] * 2)
        account.folder.chmod(0o755)
        made = Container(tree, data, account, port)
        made.build()
        yield made


@pytest.mark.long
def test_it_starts_answers_and_stops_in_a_tree_closed_to_writing(container: Container) -> None:
    before = sorted(container.tree.rglob("*"))
    assert container.run("touch", "app/new").returncode != 0
    assert not container.healthy()
    with container.started() as server:
        ready = server.await_status(200)
        assert ready.json()["position"] == 0
        assert container.healthy()
        seeded = container.run("python", "-m", "app", "seed", "--json")
        assert json.loads(seeded.stdout) == {"new": HEAD - FACTS}
        assert server.get("/api/v1/openings").json()["total"] == 11
        for address in ("/", "/catalog.ttl", "/openapi.json", "/docs", "/metrics"):
            assert server.get(address).status_code == 200, address
        page = server.get("/", headers={"Accept": "text/html"}).text
        for style in re.findall(r'href="[^"]*(/static/[^"]+)"', page):
            assert server.get(style).status_code == 200
        assert server.stop() == 0
    assert not container.healthy()
    for line in server.lines:
        assert json.loads(line)["event"]
    verified = container.run("python", "-m", "app", "verify")
    assert (verified.returncode, verified.stderr) == (0, "")
    assert sorted(container.tree.rglob("*")) == before
    copied = {source for sources, _ in copies(FINAL) for source in sources}
    assert {path.name for path in container.tree.iterdir()} == copied
