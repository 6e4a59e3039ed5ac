"""The rules: pure functions over plain records. No clock, no I/O, no HTTP, no SQL."""

import tomllib
from pathlib import Path
from typing import Any


def beside(module: str, name: str = "") -> dict[str, Any]:
    """What the TOML file beside a module holds: the one of its own name, or another."""
    file = Path(module).with_name(name) if name else Path(module).with_suffix(".toml")
    return tomllib.loads(file.read_text("utf-8"))
