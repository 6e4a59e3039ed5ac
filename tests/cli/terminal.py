"""The command line as an operator meets it: what it prints, how it exits.

Knows no use case; also starts the servers that journeys stop, break and measure.
"""

import io
import json
import multiprocessing
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from unittest.mock import patch

import httpx

from app.cli import main
from tests.serving import NO_TLS

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = multiprocessing.get_context("forkserver")
PROGRAMS.set_forkserver_preload(["app.cli", "app.main"])
PATIENCE = 60
"""Seconds: a machine that runs much else besides may be slow, and is then no fault."""


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on its output; nothing else may be there."""
        assert self.out.count("\n") == 1, self
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The one line on the error output of a command that did nothing."""
        assert (self.code, self.out) == (1, ""), self
        assert self.err.startswith("Refused: "), self
        assert self.err.count("\n") == 1, self
        return self.err.removeprefix("Refused: ").removesuffix("\n")


def environment(url: str | None, settings: Mapping[str, str]) -> dict[str, str]:
    """Ours, with these settings and no other: `today="…"` is OUVERTURES_TODAY.

    Bytecode is kept, whatever is wanted elsewhere: hundreds of programs start, of the same code.
    """
    unwanted = "OUVERTURES", "PYTHONDONTWRITEBYTECODE"
    kept = {name: each for name, each in os.environ.items() if not name.startswith(unwanted)}
    given = {f"OUVERTURES_{name.upper()}": value for name, value in settings.items()}
    return kept | given | ({"OUVERTURES_DATABASE_URL": url} if url else {})


def run(*arguments: object, url: str | None = None, **settings: str) -> Ran:
    """`python -m app` with these arguments, on the register at `url`, in the process of the test.

    What serves changes its process, by the handler of a signal say: it has one of its own.
    """
    if "serve" in arguments:
        return run_apart(*arguments, url=url, **settings)
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    code: Any = 0
    with (
        patch.dict(os.environ, environment(url, settings), clear=True),
        patch.object(sys, "argv", ["app", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    return Ran(code, *(printed.buffer.getvalue().decode() for printed in (out, err)))


def run_apart(*arguments: object, url: str | None = None, **settings: str) -> Ran:
    """The same in a process of its own, forked from one that has loaded what all of them load."""
    with NamedTemporaryFile("r") as out, NamedTemporaryFile("r") as err:
        given = out.name, err.name, environment(url, settings), *map(str, arguments)
        code = _ended(PATIENCE, *given)
        assert code != -signal.SIGKILL, f"{arguments} goes on after {PATIENCE} seconds."
        return Ran(code, out.read(), err.read())


def kill(seconds: float, *arguments: object, url: str) -> None:
    """`python -m app` with these arguments, killed after so many seconds, if it goes on."""
    _ended(seconds, os.devnull, os.devnull, environment(url, {}), *map(str, arguments))


def _ended(seconds: float, *given: Any) -> int:
    """The exit code of a command, which is killed after so many seconds."""
    process = PROGRAMS.Process(target=_command, args=given)
    process.start()
    process.join(seconds)
    process.kill()
    process.join()
    return int(process.exitcode or 0)


def _command(out: str, err: str, environment: Mapping[str, str], *arguments: str) -> None:
    """`python -m app`, in the process that was forked for it."""
    for file, number in ((out, 1), (err, 2)):
        opened = os.open(file, os.O_WRONLY)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = ["app", *arguments]
    runpy.run_module("app", run_name="__main__", alter_sys=True)


@contextmanager
def free_port() -> Iterator[int]:
    """A port that nothing listens on, and that nobody is given until the block ends."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as who listens on it does
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


class Served:
    """A server that runs. What it says is kept, line by line."""

    def __init__(self, process: subprocess.Popen[str], base: str) -> None:
        self.process, self.base = process, base
        self.lines: list[str] = []
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            self.lines += lines

    def get(self, address: str, **kwargs: Any) -> httpx.Response:
        """What the public reads, each time over a new connection."""
        return httpx.get(f"{self.base}{address}", timeout=PATIENCE, verify=NO_TLS, **kwargs)

    def await_status(self, status: int, address: str = "/health/ready") -> httpx.Response:
        """The first answer of that status. Fails when the server ends, or none comes."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                answer = self.get(address)
            except httpx.TransportError:
                time.sleep(0.02)
                continue
            if answer.status_code == status:
                return answer
            time.sleep(0.02)
        raise AssertionError(f"{address} never answered {status}:\n{''.join(self.lines)}")

    def await_line(self, part: str) -> None:
        """Until it has written a line with that in it."""
        deadline = time.monotonic() + PATIENCE
        while not any(part in line for line in self.lines):
            assert time.monotonic() < deadline, self.lines
            time.sleep(0.02)

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code. What it said last is in `lines`."""
        self.process.send_signal(by)
        return self.ended()

    def ended(self) -> int:
        """Its exit code, when it has said all."""
        code = self.process.wait(PATIENCE)
        self.listener.join(PATIENCE)
        return code


@contextmanager
def started(
    command: list[str], base: str, environment: Mapping[str, str], cwd: Path = ROOT, **terms: Any
) -> Iterator[Served]:
    """A server until the block ends, whatever comes of it."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **terms,
    )
    server = Served(process, base)
    try:
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        server.ended()


@contextmanager
def serving(url: str, *arguments: object, **settings: str) -> Iterator[Served]:
    """`python -m app serve` on a port of its own, until the block ends."""
    given = environment(url, settings)
    with free_port() as port:
        command = [sys.executable, "-m", "app", "serve", "--port", str(port), *map(str, arguments)]
        with started(command, f"http://127.0.0.1:{port}", given) as server:
            yield server
