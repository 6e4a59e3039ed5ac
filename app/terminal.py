"""What commands have in common: settings, the register that they open, and what they show.

A person at a terminal sees bars and tables; a program, lines or JSON.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from app.domain import errors, values
from app.domain.access import Origin
from app.domain.comparison import CHANGED, LEFT, NEW, UNCHANGED
from app.domain.ledger import timestamp
from app.formats.document import Document, managed
from app.register import Clock
from app.register.importing import Watch
from app.register.writing import CLERK, Writing
from app.settings import PREFIX, Settings, misspelt
from app.store.database import Database

M = TypeVar("M", bound=BaseModel)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]
COMMAND = ContextVar[Origin | None]("COMMAND", default=None)
"""What was asked for at the command line."""
SHOWN = (NEW, CHANGED, UNCHANGED, LEFT)
TURNS = ("state", "announced_deadline", "deadline", "postponements")
"""What a table can change of an entry, and what follows."""


def answer(document: dict[str, Any], words: str, as_json: bool) -> None:
    """What a command did: as JSON for programs, in words for people."""
    typer.echo(json.dumps(document, ensure_ascii=False, default=timestamp) if as_json else words)


def answer_rows(
    name: str, rows: Sequence[Any], line: Callable[[Any], str], none: str, as_json: bool
) -> None:
    """What a command lists: rows of the API as JSON, or a line each."""
    shown = {name: [*map(managed, rows)]}
    answer(shown, "\n".join(map(line, rows)) or none, as_json)


def checked(form: type[M], given: dict[str, Any]) -> M:
    """A form of the API, filled in at the command line: what is empty is not said."""
    try:
        return form.model_validate({name: each for name, each in given.items() if each != ""})
    except ValidationError as fault:
        name, why = values.refusals(fault.errors())[0]
        raise typer.BadParameter(why.english, param_hint=f"--{name.replace('_', '-')}") from None


def read_settings() -> Settings:
    """The settings, or one line for each that is wrong and exit code 2.

    What looks like a setting and is none is told; it may be another program’s.
    """
    for name, near in misspelt(os.environ):
        meant = f" Did you mean {near}?" if near else ""
        typer.echo(f"{name} is not a setting.{meant}", err=True)
    try:
        return Settings()
    except ValidationError as fault:
        for error in fault.errors():
            name = PREFIX + str(error["loc"][0]).upper()
            wanted = re.sub("^(Value error, |Input should be )", "", error["msg"])
            typer.echo(f"{name} must be {wanted}.", err=True)
        sys.exit(2)


def shown(url: str) -> str:
    """The address of a database, without its password."""
    url = re.sub("(//[^:/@]*):[^@]*@", r"\1:***@", url)
    return re.sub("([?&]password)=[^&]*", r"\1=***", url)


@contextmanager
def desk(settings: Settings | None = None) -> Iterator[Writing]:
    """The register of the settings, for writing. Raises Unavailable where there is none."""
    settings = settings or read_settings()
    url = settings.database_url
    database = Database(url)
    try:
        file = database.url.database if database.sqlite else None
        if file and not Path(file).exists():
            raise errors.Unavailable(f"There is no register at {shown(url)}; `migrate` makes one.")
        database.check()
        yield Writing(database, Clock(settings.today), replace(CLERK, origin=COMMAND.get()))
    finally:
        database.close()


@contextmanager
def watched(doing: str, *, shown: bool) -> Iterator[Watch | None]:
    """A bar while long work goes on, on the error output, for a person who sees it."""
    from rich.console import Console  # noqa: PLC0415 who serves does without it
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True)
    if not (shown and console.is_terminal):
        yield None
        return
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(doing)
        yield lambda done, total: progress.update(task, completed=done, total=total or None)


def show(report: Document) -> None:
    """The report of an import: what becomes of which rows, what is missing, what is wrong."""
    changes = [
        (row["outcome"], str(row["row"]), row["id"] or row["title"], _change(row))
        for row in report["rows"]
        if row["outcome"] != UNCHANGED
    ]
    _table(("outcome", "row", "entry", "change"), changes)
    missing = [("missing", row["id"], row["title"]) for row in report["missing"]]
    _table(("not in the table", "entry", "title"), missing)
    show_findings(report["findings"])
    counts = report["counts"]
    typer.echo(", ".join(f"{counts[name]} {name}" for name in (*SHOWN, "missing")) + ".")
    does = "would be appended" if report["dry_run"] else "were appended"
    typer.echo(f"{counts['claims']} claims {does}.")


def show_findings(findings: Iterable[Document]) -> None:
    """What is wrong with a file, in order of its rows."""
    names = ("severity", "code", "row", "column", "message")
    rows = [tuple(str(row[name] or "") for name in names) for row in findings]
    _table((*names[:-1], "what"), rows)


def _table(headings: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    """A table for a person, a line each for a program, nothing for nothing."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Column, Table  # noqa: PLC0415

    console = Console(highlight=False, markup=False)
    if not (rows and console.is_terminal):
        for row in rows:
            typer.echo("  ".join(filter(None, row)))
        return
    table = Table(*(Column(heading, overflow="fold") for heading in headings))
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _change(row: Document) -> str:
    """What a row of a table changes of its entry."""
    before, after = row["before"], row["after"]
    turns = []
    for name in TURNS if after else ():
        was, now = before and _spelt(before[name]), _spelt(after[name])
        if was != now:
            label = name.replace("_", " ")
            turns.append(f"{label} {was} → {now}" if before else f"{label} {now}")
    return ", ".join(turns)


def _spelt(value: Any) -> str:
    return str(value["label"] if isinstance(value, dict) else "none" if value is None else value)
