"""Generates pages from the code, or checks that they are up to date.

`python -m docs.generate` writes them; with `--check`, prints those that are stale and exits 1.
"""  # noqa: INP001 a page among pages, not a package

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from app import cli
from app.main import create_app
from app.settings import PREFIX, Settings

FOLDER = Path(__file__).resolve().parent
PROGRAM = "python -m app"
EXAMPLE = "Example: "
AS_JSON = "--json"


def openapi() -> str:
    """The OpenAPI document. It names no server: it is the same wherever it is served."""
    served = create_app(Settings.model_construct())
    described = {name: part for name, part in served.openapi().items() if name != "servers"}
    document = json.dumps(described, ensure_ascii=False, indent=1)
    return re.sub(r'\{\s+("\$ref": "[^"]*")\s+\}', r"{\1}", document) + "\n"


def settings() -> str:
    """Every setting, from its own description."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_code(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "Read once, from the environment. `python -m app settings` prints those in force.",
            "",
            "| name | default | meaning |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def commands() -> str:
    """Every command, from its own help."""
    every = [*_commands(PROGRAM, typer.main.get_command(cli.app))]
    plain = " and ".join(
        f"`{name.removeprefix(PROGRAM).strip()}`"
        for name, command in every
        if not any(AS_JSON in row.opts for row in command.params)
    )
    lines = [
        "# Commands",
        "",
        f"Each has `--help`. All but {plain} print one JSON document with `{AS_JSON}`.",
        "",
    ]
    for name, command in every:
        summary, _, example = (command.help or "").partition(EXAMPLE)
        example, _, more = (" ".join(part.split()) for part in example.partition("\n\n"))
        shown = f"Example: `{example}`" if example not in ("", name) else ""
        about = " ".join(part for part in (" ".join(summary.split()), more, shown) if part)
        rows = [_row(row) for row in command.params if AS_JSON not in row.opts]
        lines += [f"## `{name}`", "", about, "", *rows, *([""] if rows else [])]
    return "\n".join(lines)


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Every command with its full name. A group is not a command."""
    if not hasattr(command, "commands"):
        yield name, command
        return
    for key, inner in command.commands.items():
        yield from _commands(f"{name} {key}", inner)


def _row(parameter: Any) -> str:
    """An argument or an option, with its default."""
    given = parameter.opts[0]
    name = given if given.startswith("-") else (parameter.metavar or parameter.name).upper()
    name = " / ".join((name, *parameter.secondary_opts))
    if parameter.required:
        return f"- `{name}` (required): {parameter.help}"
    value = given if parameter.default is True else parameter.default
    default = value not in (None, "", False) and f" (`{value}`)"
    return f"- `{name}`{default or ''}: {parameter.help}"


def _code(value: object) -> str:
    return f"`{value}`" if value not in (None, "", False) else ""


PAGES = {"openapi.json": openapi, "settings.md": settings, "commands.md": commands}


def stale() -> list[str]:
    """The pages that differ from what the code generates."""
    return [
        name
        for name, made in PAGES.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != made()
    ]


def main(arguments: list[str]) -> int:
    """Write or check the pages; return the exit code."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    names = stale()
    for name in names:
        if arguments:
            sys.stderr.write(f"docs/{name} is stale: make docs writes it again.\n")
        else:
            (FOLDER / name).write_text(PAGES[name](), encoding="utf-8")
            sys.stdout.write(f"docs/{name} is written.\n")
    return 1 if arguments and names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
