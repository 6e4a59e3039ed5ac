"""What a person sees at a terminal: a report as tables, long work as a bar; elsewhere, lines."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.domain.commitments import Commitment
from app.domain.comparison import CHANGED, LEFT, NEW, Finding, Outcome, Report
from app.domain.errors import Unavailable
from app.formats.document import counts
from app.register.importing import Watch

A_HUNDRED = 100
Rows = Sequence[tuple[str, ...]]


@contextmanager
def watched(doing: str, *, shown: bool) -> Iterator[Watch | None]:
    """A bar while long work goes on, on the error output, for a person who sees it."""
    console = Console(stderr=True)
    if not (shown and console.is_terminal):
        yield None
        return
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(doing)
        yield lambda done, total: progress.update(task, completed=done, total=total or None)


def counted(entries: Iterable[Commitment], watch: Watch | None) -> Iterator[Commitment]:
    """The entries, and how many have gone by."""
    for done, entry in enumerate(entries, start=1):
        yield entry
        if watch and done % A_HUNDRED == 0:
            watch(done, 0)


def put_out(body: Iterable[bytes], file: Path | None) -> None:
    """Write to a file, which is there whole or not at all; or to the standard output."""
    if file is None:
        for some in body:
            sys.stdout.buffer.write(some)
        return
    try:
        with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as part:
            try:
                part.writelines(body)
                part.flush()
                Path(part.name).chmod(0o666 & ~_umask())
                Path(part.name).replace(file)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
    except OSError as fault:
        raise Unavailable(f"{file} cannot be written: {fault.strerror or fault}.") from None


def _umask() -> int:
    """What this process keeps from new files; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def show(report: Report, *, rehearsed: bool) -> None:
    """A report: what becomes of which rows, what is missing, what was found; then the sum."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    changes = [_change(each) for each in report.outcomes if each.kind in (NEW, CHANGED, LEFT)]
    _table(console, ("outcome", "row", "entry", "change"), changes)
    missing = [
        ("missing", entry.slug, entry.described.title.within("fr")) for entry in report.missing
    ]
    _table(console, ("not in the table", "entry", "title"), missing)
    show_findings(report.findings, console)
    numbers = counts(report)
    names = (NEW, CHANGED, "unchanged", LEFT, "missing")
    console.print(", ".join(f"{numbers[name]} {name}" for name in names) + ".")
    does = "would be appended" if rehearsed else "were appended"
    console.print(f"{numbers['claims']} claims {does}.")


def show_findings(findings: Iterable[Finding], console: Console | None = None) -> None:
    """What was found in a file, in order of its rows."""
    console = console or Console(highlight=False, markup=False, soft_wrap=True)
    rows = [
        (each.severity, each.code, str(each.row or ""), each.column or "", each.why.english)
        for each in findings
    ]
    _table(console, ("severity", "code", "row", "column", "what"), rows)


def _table(console: Console, headings: Sequence[str], rows: Rows) -> None:
    """A table for a person, a line each for a program, nothing for nothing."""
    if not rows:
        return
    if not console.is_terminal:
        for row in rows:
            console.print("  ".join(cell for cell in row if cell))
        return
    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table, soft_wrap=False)


def _change(outcome: Outcome) -> tuple[str, ...]:
    before, after = outcome.before, outcome.after
    turns = []
    if after:
        turns = [
            f"{name} {was} → {now}" if before else f"{name} {now}"
            for name, was, now in zip(_NAMES, _values(before), _values(after), strict=True)
            if was != now
        ]
    row = str(outcome.line.row)
    return outcome.kind, row, outcome.slug or outcome.line.title, ", ".join(turns)


_NAMES = ("state", "announced deadline", "deadline", "postponements")


def _values(entry: Commitment | None) -> tuple[str, ...]:
    if entry is None:
        return ("",) * len(_NAMES)
    deadlines = (entry.announced_deadline, entry.deadline)
    labels = (each.period.label if each else "none" for each in deadlines)
    return (entry.state, *labels, str(entry.postponements))
