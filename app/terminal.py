"""What a person sees at a terminal: bars and tables; a program, lines or JSON."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from app.domain import values
from app.domain.comparison import CHANGED, LEFT, NEW, UNCHANGED
from app.domain.ledger import timestamp
from app.formats.document import Document, managed
from app.register.importing import Watch

M = TypeVar("M", bound=BaseModel)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]
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
