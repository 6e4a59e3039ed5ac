"""An account that may read and not write: what a container runs as. Needed when root runs tests.

Root may write in a folder that is closed to writing, so what is tested of rights is tested as
another. Anyone else is such an account already.
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

NOBODY = 65534


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
        if os.getuid() != 0:
            yield Account(folder)
            return
        os.chown(folder, NOBODY, NOBODY)
        terms = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        if _may_run(terms):
            yield Account(folder, terms=terms)
        else:
            yield Account(folder, prefix=_reader())
    finally:
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir():
                path.chmod(0o700)
        shutil.rmtree(folder)


def _may_run(terms: dict[str, Any]) -> bool:
    """Whether that account can reach our Python: root’s home, say, is closed to it."""
    try:
        subprocess.run([sys.executable, "-c", ""], check=True, **terms)
    except (PermissionError, subprocess.CalledProcessError):
        return False
    return True


def _reader() -> list[str]:
    """The same account, with leave to read everything and still none to write anything."""
    capability = "+dac_read_search"
    return [
        *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
        *(f"--inh-caps={capability}", f"--ambient-caps={capability}"),
    ]
