"""The commands. Each opens the register as its operator, says what it did, and exits honestly.

A person at a terminal sees long work as a bar. Exit codes: 0 done, 1 refused or faults found, 2
the command line itself is wrong. What serves is imported by the command that needs it: the others
answer in half the time.
"""

import logging
import os
import re
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from app import __version__, administration
from app.administration import AsJson, answer, checked, desk, read_settings, shown
from app.domain import errors
from app.domain import search as searches
from app.domain.access import PUBLIC
from app.domain.comparison import CHANGED, LEFT, NEW, UNCHANGED
from app.domain.context import Site
from app.domain.references import Head
from app.domain.rows import EntryRow
from app.formats import FORMATS, document
from app.formats.notes import Signer
from app.register import importing
from app.register import seed as seeds
from app.register.importing import Watch
from app.register.reading import Reading
from app.register.writing import Writing
from app.settings import PREFIX, Settings
from app.store import backup as backups
from app.store import database as store
from app.store import spans, tables

app = typer.Typer(
    help="Ouvertures: the public register of what an administration has promised to open.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for _name, _commands in administration.GROUPS.items():
    app.add_typer(_commands, name=_name)
app.command()(administration.audit)

log = logging.getLogger("ouvertures")
LISTS = {row.suffix: row for row in FORMATS if row.whole}
"""The formats of whole lists, by suffix."""
SHOWN = (NEW, CHANGED, UNCHANGED, LEFT)
TURNS = ("state", "announced_deadline", "deadline", "postponements")
"""What a table can change of an entry, and what follows."""
READABLE = ("text/", "application/json", "application/atom+xml")
TROUBLES = {"CommandError", "DatabaseError", "NotSupportedError", "OperationalError"}
TROUBLES |= {"InternalError", "ProgrammingError"}
"""What the store's tools raise when the database, not the code, is at fault."""


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


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def every_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Its version.")
    ] = False,
) -> None:
    """Ouvertures: the public register of what an administration has promised to open."""


def main() -> None:
    """Run one command. A refusal is one line on the error output, and exit code 1."""
    try:
        app(prog_name="python -m app")
    except errors.Refusal as refusal:
        _end(str(refusal), refusal.__cause__)
    except Exception as fault:
        if type(fault).__name__ not in TROUBLES:
            raise
        _end("The register’s database cannot do this.", fault)


def _end(words: str, cause: BaseException | None) -> NoReturn:
    """One line, and exit code 1. The driver’s own words are for the operator, not for readers."""
    if cause is not None:
        reason = str(getattr(cause, "orig", None) or cause).partition("\n")[0]
        words = f"{words} {shown(Settings().database_url)} says: {reason}"
    typer.echo(f"Refused: {words}", err=True)
    sys.exit(1)


def seed(settings: Settings, name: str = seeds.NAMES[0]) -> int:
    """Fill a register with a seed; how many claims were new."""
    rows = seeds.read(seeds.FOLDERS / name)
    with desk(settings) as register:
        return register.absorb(rows.claims, rows.organizations, rows.texts, rows.programmes)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port.")] = 8000,
    fd: Annotated[
        int, typer.Option(min=0, help="A socket to listen on instead, as systemd hands over 3.")
    ] = 0,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes.")] = 1,
    migrate: Annotated[bool, typer.Option("--migrate", help="Migrate first.")] = False,
    seed_if_empty: Annotated[
        bool, typer.Option("--seed-if-empty", help="Fill an empty register with the seed.")
    ] = False,
) -> None:
    """Serve the register.

    Example: python -m app serve --port 8000 --migrate --seed-if-empty
    """
    from app import main  # noqa: PLC0415 what serves

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    settings = read_settings()
    if unsafe := list(settings.unsafe()):
        raise errors.Unavailable(f"{'; '.join(unsafe)}.")
    main.configure_logs(settings.log_format)
    listener = main.inherited(fd) if fd else main.listen(host, port)
    if migrate:
        with watched("Deriving rows", shown=True) as watch:
            spans.migrate(settings.database_url, watch=watch)
    with desk(settings) as register:
        empty = not register.head().position
        if settings.production and register.database.is_owner():
            log.warning("the role that serves owns the ledger: see `python -m app grants`")
    new = seed(settings) if seed_if_empty and empty else 0
    if "public_url" not in settings.model_fields_set:
        address = main.address(host, listener.getsockname()[1])
        settings = settings.model_copy(update={"public_url": address})
        os.environ[f"{PREFIX}PUBLIC_URL"] = address  # for workers, which read it for themselves
    if settings.log_format == "text":
        typer.echo(f"Seeded with {new} claims.\n" * bool(new) + main.welcome(settings.public_url))
    with suppress(KeyboardInterrupt):
        main.serve(settings, listener, workers, new)


@app.command()
def migrate(
    to: Annotated[str, typer.Option(help="A revision: head, base, 0001…")] = "head",
    as_json: AsJson = False,
) -> None:
    """Bring the tables to a revision. Example: python -m app migrate --to head"""
    known = ["base", *store.versions()[::-1], "head"]
    if to not in known:
        raise typer.BadParameter(f"one of {', '.join(known)}", param_hint="--to")
    with watched("Deriving rows", shown=not as_json) as watch:
        spans.migrate(read_settings().database_url, to, watch)
    answer({"revision": to}, f"The tables are at {to}.", as_json)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="The file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write all that is recorded, keys and members too, to a file, while others write.

    Example: python -m app backup /backups/2026-11-26.backup
    """
    if file.is_file() and not force:
        raise errors.Unavailable(f"{file} is there already: name another, or give --force.")
    os.umask(0o077)  # it has what the public does not see
    with desk() as register:
        put_out(backups.write(register.database), file, register.database)
    answer({"file": str(file)}, f"{file} is written.", as_json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The backup.")],
    as_json: AsJson = False,
) -> None:
    """Fill a database where nothing is recorded from a backup, of either engine.

    Example: python -m app restore /backups/2026-11-26.backup
    """
    with watched("Deriving rows", shown=not as_json) as watch:
        head = backups.restore(read_settings().database_url, file, watch)
    document = {"position": head.position, "hash": head.hash}
    answer(document, f"{head.position} events, head {head.position}:{head.hash}", as_json)


@app.command()
def grants(
    role: Annotated[str, typer.Argument(help="The role of PostgreSQL that serves.")],
    as_json: AsJson = False,
) -> None:
    """Print the SQL by which a role appends to the ledger and no more, for its owner to run.

    Example: python -m app grants ouvertures_serve
    """
    statements = [*tables.grants(role)]
    answer({"statements": statements}, "".join(f"{each};\n" for each in statements), as_json)


@app.command("seed")
def seed_command(
    name: Annotated[str, typer.Argument(help="Which: justice-2021 or api-gouv-fr.")] = seeds.NAMES[
        0
    ],
    as_json: AsJson = False,
) -> None:
    """Record a seed. What the register already has is left alone.

    Example: python -m app seed justice-2021
    """
    if name not in seeds.NAMES:
        raise typer.BadParameter(f"one of {', '.join(seeds.NAMES)}", param_hint="NAME")
    new = seed(read_settings(), name)
    answer({"new": new}, f"{new} claims were new.", as_json)


@app.command("checkpoint-key")
def checkpoint_key(as_json: AsJson = False) -> None:
    """Make the key that signs the head of the ledger: OUVERTURES_CHECKPOINT_KEY.

    Example: python -m app checkpoint-key --json

    Its name is the address of the register. Publish the line that checks it where readers find it
    without you.
    """
    signer = Signer.made(read_settings().public_url.partition("://")[2])
    document = {"secret": signer.secret, "verifier": signer.verifier}
    words = f"Keep secret:  {signer.secret}\nPublish:      {signer.verifier}"
    answer(document, words, as_json)


@app.command()
def verify(
    head: Annotated[
        list[str] | None, typer.Option(help="A head that was kept, POSITION:HASH; repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the chain of hashes, every event and every derived row.

    Example: python -m app verify --json

    A head that was kept elsewhere, given as --head 84:c1e3…, shows whether the ledger was cut or
    rewritten since. Exit code 1 if there is a fault. A flag is none: a person should look at it.
    """
    kept = [_head(each) for each in head or ()]
    with desk() as register:
        findings, last = register.verify(kept), register.head()
    document: dict[str, Any] = {
        kind: [{"where": f.where, "what": f.what} for f in findings if f.fault == fault]
        for kind, fault in (("faults", True), ("flags", False))
    }
    faults = len(document["faults"])
    lines = [f"{'FAULT' if f.fault else 'flag '}  {f.where}: {f.what}" for f in findings]
    lines.append(f"{last.position} events, head {last.position}:{last.hash}")
    lines.append("1 fault." if faults == 1 else f"{faults} faults.")
    if not faults:
        lines[-1] = "The chain holds, and rows agree with it."
    at_head = {"position": last.position, "hash": last.hash}
    answer({**document, "head": at_head}, "\n".join(lines), as_json)
    if faults:
        raise typer.Exit(1)


def _unheld(what: str) -> Any:
    return typer.Option(help=f"{what}, if the register does not have it yet.")


@app.command("import", context_settings={"terminal_width": 140})  # for its example, in one line
def import_command(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The table: CSV, XLSX or ODS.")
    ],
    published_on: Annotated[
        str, typer.Option(help="When it was published: 2021-09-27, 2021-09, ../2021-09-27 (EDTF).")
    ],
    text: Annotated[str, typer.Option(help="The id of the text that it belongs to.")],
    programme: Annotated[str, typer.Option(help="Its programme, if there are several.")] = "",
    programme_title: Annotated[str, _unheld("The title of that programme")] = "",
    text_title: Annotated[str, _unheld("The title of that text")] = "",
    source: Annotated[str, typer.Option(help="Where it was read: an address, or a title.")] = "",
    organization: Annotated[
        str, typer.Option(help="The slug of the organisation, if no column names the ministry.")
    ] = "",
    organization_name: Annotated[str, _unheld("The name of that organisation")] = "",
    correct: Annotated[
        bool, typer.Option("--correct", help="Correct what it says again by another day or text.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report, and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import the official table: all that is new in it, or nothing.

    Example: python -m app import seed/justice-2021/annexe-4-openings.csv --published-on 2021-09-27 --text feuille-de-route-2021

    Exit code 1 if an error stops the import.
    """  # noqa: E501 an example is copied in one line
    where = "source_url" if source.startswith(("http://", "https://")) else "source_title"
    given = {"published_on": published_on, "text": text, "text_title": text_title, where: source}
    named = {"programme": programme, "programme_title": programme_title, "correct": correct}
    form = checked(importing.ImportForm, {**given, **named})
    with desk() as register:
        table, whose = file.read_bytes(), organization or None
        submission = importing.Submission(
            form, table, register.clerk, whose, named=organization_name
        )
        _take_in(register, submission.order(), dry_run=dry_run, as_json=as_json)


def _take_in(register: Writing, order: importing.Order, *, dry_run: bool, as_json: bool) -> None:
    """Carry out an import, or rehearse it, and show its report; or what stops it."""
    tables = importing.Importing(register.database, register.clock)
    carry = tables.rehearse if dry_run else tables.carry_out
    try:
        with watched("Importing", shown=not as_json) as watch:
            done, last = carry(order, watch)
    except errors.Unimportable as refusal:
        findings = [document.finding(each, "en") for each in refusal.findings]
        answer({"findings": findings}, "", as_json) if as_json else _show_findings(findings)
        raise
    report = document.import_report(done, last, "en", rehearsed=dry_run)
    answer(report, "", as_json) if as_json else _show(report)


def _show(report: document.Document) -> None:
    """The report of an import: what becomes of which rows, what is missing, what is wrong."""
    for row in report["rows"]:
        if row["outcome"] != UNCHANGED:
            _line(row["outcome"], row["row"], row["id"] or row["title"], _change(row))
    for row in report["missing"]:
        _line("missing", row["id"], row["title"])
    _show_findings(report["findings"])
    counts = report["counts"]
    typer.echo(", ".join(f"{counts[name]} {name}" for name in (*SHOWN, "missing")) + ".")
    does = "would be appended" if report["dry_run"] else "were appended"
    typer.echo(f"{counts['claims']} claims {does}.")


def _show_findings(findings: Iterable[document.Document]) -> None:
    """What is wrong with a file, in order of its rows."""
    for row in findings:
        _line(*(row[name] for name in ("severity", "code", "row", "column", "message")))


def _line(*cells: Any) -> None:
    typer.echo("  ".join(str(cell) for cell in cells if cell))


def _change(row: document.Document) -> str:
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


@app.command("export")
def export_command(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help=f"One of {', '.join(LISTS)}.")],
    as_of: Annotated[str, typer.Option(help="What the public could know on this day.")] = "",
    at: Annotated[str, typer.Option(help="What the register held at this position.")] = "",
    actions: Annotated[bool, typer.Option("--actions", help="The actions, not openings.")] = False,
    asked: Annotated[
        list[str] | None,
        typer.Option("--with", help="Any other parameter of the list, NAME=VALUE; repeatable."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="The file to write.")] = None,
) -> None:
    """Write a whole list, as the public sees it, to a file or to the standard output.

    Example: python -m app export csv --as-of 2021-09-27 --with layout=official
    """
    whole = LISTS[form].whole if form in LISTS else None
    if whole is None:
        raise typer.BadParameter(f"one of {', '.join(LISTS)}", param_hint="FORMAT")
    if output is None and sys.stdout.isatty() and not LISTS[form].media_type.startswith(READABLE):
        raise typer.BadParameter("a file, for what no terminal can show", param_hint="--output")
    given = [(name, value) for name, value in (("as_of", as_of), ("at", at)) if value]
    kind = "actions" if actions else "openings"
    sought, how = searches.read_export(
        [*given, *(pair.partition("=")[::2] for pair in asked or ())],
        names=searches.names_of_export(kind, LISTS[form].takes),
        given=searches.LISTS[kind][1],
    )
    with desk() as register:
        settings = read_settings()
        site = Site(settings.public_url, settings.contact)
        walk = Reading(register.database, register.clock, site).walk(sought, PUBLIC)
        with watched("Exporting", shown=output is not None) as watch:
            rows = counted(walk.rows, watch)
            put_out(whole(rows, how, walk.context), output, register.database)


@app.command()
def rebuild(as_json: AsJson = False) -> None:
    """Derive every row again from the ledger. Example: python -m app rebuild"""
    with desk() as register, watched("Deriving rows", shown=not as_json) as watch:
        count = register.rebuild(watch)
    answer({"commitments": count}, f"{count} commitments were derived anew.", as_json)


@app.command()
def remind(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the letters, and send none.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write to teams of deadlines that come or have passed, each time once: for a daily timer.

    Example: python -m app remind --dry-run

    Exit code 1 if the server does not take a letter; the next run tries it again.
    """
    from app.register.reminders import Post, Reminders  # noqa: PLC0415 few commands write letters
    from app.web.rendering import DESK  # noqa: PLC0415

    current = read_settings()
    if not (dry_run or (current.smtp_url and current.smtp_from)):
        raise errors.Unavailable(f"{PREFIX}SMTP_URL and {PREFIX}SMTP_FROM name no server.")
    refused: list[dict[str, str]] = []
    with desk(current) as register:
        site = Site(current.public_url, current.contact)
        reading = Reading(register.database, register.clock, site)
        post = Post(current.smtp_url or "", current.smtp_from or "")
        reminders = Reminders(reading, post, DESK["report"], DESK["team"])
        if dry_run:
            context, due = reminders.due()
            written = [reminders.letter(who, rows, context) for who, rows in due.items()]
            letters = [f"{row['To']}\n{row['Subject']}\n\n{row.get_content()}" for row in written]
            answer({"letters": letters}, "\n\n".join(letters) or "Nothing is due.", as_json)
            return
        sent = reminders.send(lambda who, why: refused.append({"to": who.email or "", "why": why}))
    lines = [f"Letters that went out: {sent}.", *(f"{row['to']}: {row['why']}" for row in refused)]
    answer({"sent": sent, "refused": refused}, "\n".join(lines), as_json)
    if refused:
        raise typer.Exit(1)


@app.command()
def settings(as_json: AsJson = False) -> None:
    """Print every setting, its meaning and its value.

    Example: python -m app settings
    """
    current = read_settings()
    rows = {
        PREFIX + name.upper(): {
            "value": None if (value := getattr(current, name)) is None else shown(str(value)),
            "meaning": field.description,
        }
        for name, field in Settings.model_fields.items()
    }
    lines = (f"{name}={row['value'] or ''}\n    {row['meaning']}" for name, row in rows.items())
    answer(rows, "\n".join(lines), as_json)


@app.command()
def erase(
    position: Annotated[int, typer.Argument(min=1, help="The position of the claim.")],
    reason: Annotated[str, typer.Option(help="By what decision.")],
    as_json: AsJson = False,
) -> None:
    """Erase the content of a claim. Its digest and the chain remain.

    Example: python -m app erase 57 --reason "Décision du 3 mars 2027"
    """
    with desk() as register:
        slug = register.erase(position, reason)
    words = f"The content of position {position}, about {slug}, is erased. It cannot be undone."
    answer({"position": position, "commitment": slug}, words, as_json)


def counted(rows: Iterable[EntryRow], watch: Watch | None) -> Iterator[EntryRow]:
    """The rows, and how many have gone by."""
    for done, row in enumerate(rows, start=1):
        yield row
        if watch and done % 100 == 0:
            watch(done, 0)


def put_out(body: Iterable[bytes], file: Path | None, database: store.Database) -> None:
    """Write to a file, which is there whole or not at all; or to the standard output.

    Raises Unavailable, also for the files of the register itself.
    """
    if file is None:
        sys.stdout.buffer.writelines(body)
        return
    own = database.file and os.path.realpath(database.file)
    if own and str(file.resolve()) in (own, f"{own}-wal", f"{own}-shm", f"{own}.lock"):
        raise errors.Unavailable(f"{file} is a file of the register itself: name another.")
    whole = file.is_file() or not file.exists()
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        # A device or a pipe is written to: to replace it would destroy it.
        with part.open("xb") if whole else file.open("wb") as opened:
            opened.writelines(body)
        if whole:
            part.replace(file)
    except OSError as fault:
        why = fault.strerror or fault
        raise errors.Unavailable(f"{file} cannot be written: {why}.") from None
    finally:
        part.unlink(missing_ok=True)


def _head(text: str) -> Head:
    if not (match := re.fullmatch(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", text.strip().lower())):
        raise typer.BadParameter("POSITION:HASH, in full", param_hint="--head")
    return Head(int(match[1]), match[2])
