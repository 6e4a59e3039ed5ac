"""Programs of others: where they are, and an account that may read and not write.

Such an account is what a container runs as, and PostgreSQL. Root may write in a folder that is
closed to writing, so what is tested of rights is tested as another. Anyone else is one already.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

NOBODY = 65534


def program(*names: str, package: str, path: str | None = None) -> str:
    """Where a program is. Without it nothing can be tested, which is a failure."""
    if place := path or next(filter(None, map(shutil.which, names)), None):
        return place
    reason = f"{names[0]} is needed. On Debian or Ubuntu: apt install --no-install-recommends "
    raise pytest.fail.Exception(reason + package, pytrace=False)


def terms() -> dict[str, Any]:
    """How a program is started as nobody, if root runs the tests."""
    if os.getuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def may_run(command: list[str], terms: dict[str, Any]) -> bool:
    """Whether that account can reach the environment: root’s home, say, is closed to it."""
    try:
        subprocess.run(command, check=True, capture_output=True, **terms)
    except (PermissionError, subprocess.CalledProcessError):
        return False
    return True


@dataclass(frozen=True)
class Account:
    """How to start a program as it, and a folder that is its own."""

    folder: Path
    prefix: list[str] = field(default_factory=list)
    terms: dict[str, Any] = field(default_factory=dict)


@contextmanager
def nobody() -> Iterator[Account]:
    """Nobody, or who runs the tests if that is not root."""
    folder = Path(tempfile.mkdtemp(prefix="ouvertures-"))
    try:
        if given := terms():
            os.chown(folder, NOBODY, NOBODY)
        if may_run([sys.executable, "-c", ""], given):
            yield Account(folder, terms=given)
        else:
            yield Account(folder, prefix=_reader())
    finally:
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir():
                path.chmod(0o700)
        shutil.rmtree(folder)


def _reader() -> list[str]:
    """The same account, with leave to read everything and still none to write anything."""
    capability = "+dac_read_search"
    return [
        *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
        *(f"--inh-caps={capability}", f"--ambient-caps={capability}"),
    ]
