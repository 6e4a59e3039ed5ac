"""The commands. Each opens the register as its operator, says what it did, and exits honestly.

Exit codes: 0 done, 1 refused or faults found, 2 the command line itself is wrong.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer
import uvicorn
from pydantic import ValidationError
from slugify import slugify

from app.domain.access import ROLES
from app.domain.commitments import Words
from app.domain.errors import Refusal
from app.domain.ledger import timestamp
from app.domain.references import Organization
from app.main import configure_logs, create_app
from app.register import Clock
from app.register import seed as seeds
from app.register.writing import KEY_DAYS, Writing
from app.settings import PREFIX, Settings
from app.store.database import Database
from app.store.database import migrate as bring

app = typer.Typer(
    help="Ouvertures: the public register of what an administration has promised to open.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
key_app = typer.Typer(help="The keys with which teams write.", no_args_is_help=True)
organization_app = typer.Typer(help="The organisations that promise.", no_args_is_help=True)
app.add_typer(key_app, name="key")
app.add_typer(organization_app, name="organization")

LONGEST_SLUG = 100
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]


def main() -> None:
    """Run one command. A refusal is one line on the error output, and exit code 1."""
    try:
        app(prog_name="python -m app")
    except Refusal as refusal:
        typer.echo(f"Refused: {refusal}", err=True)
        sys.exit(1)


@contextmanager
def desk() -> Iterator[Writing]:
    """The register of the settings, for writing."""
    settings = read_settings()
    database = Database(settings.database_url)
    try:
        yield Writing(database, Clock(settings.today))
    finally:
        database.close()


def read_settings() -> Settings:
    """The settings, or one line for each that is wrong and exit code 2."""
    try:
        return Settings()
    except ValidationError as fault:
        for error in fault.errors():
            name = PREFIX + str(error["loc"][0]).upper()
            typer.echo(f"{name}: {error['msg'].removeprefix('Value error, ')}.", err=True)
        sys.exit(2)


def tell(document: dict[str, Any], words: str, as_json: bool) -> None:
    """What a command did: as JSON for programs, in words for people."""
    typer.echo(json.dumps(document, ensure_ascii=False) if as_json else words)


def seed(url: str) -> int:
    """Fill a register with the seed; how many claims were new."""
    found = seeds.read()
    database = Database(url)
    try:
        return Writing(database, Clock()).absorb(found.claims, found.organizations, found.texts)
    finally:
        database.close()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes.")] = 1,
    migrate: Annotated[bool, typer.Option("--migrate", help="Migrate first.")] = False,
    seed_if_empty: Annotated[
        bool, typer.Option("--seed-if-empty", help="Fill an empty register with the seed.")
    ] = False,
) -> None:
    """Serve the register. Example: python -m app serve --port 8000 --migrate --seed-if-empty"""
    settings = read_settings()
    if migrate:
        bring(settings.database_url)
    if seed_if_empty and _is_empty(settings.database_url):
        typer.echo(f"Seeded with {seed(settings.database_url)} claims.")
    if "public_url" not in settings.model_fields_set:
        settings = settings.model_copy(update={"public_url": f"http://{host}:{port}"})
    typer.echo(welcome(settings.public_url))
    configure_logs(settings.log_format)
    uvicorn.run(
        create_app(settings) if workers == 1 else "app.main:application",
        factory=workers > 1,
        host=host,
        port=port,
        workers=workers,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=10,
    )


def _is_empty(url: str) -> bool:
    database = Database(url)
    try:
        return Writing(database, Clock()).is_empty()
    finally:
        database.close()


def welcome(base: str) -> str:
    """What to try first, for a person who has just started the register."""
    return f"""
Ouvertures answers at {base}

  Try:  {base}/                                                 the page
        {base}/api/v1/openings?timeliness=overdue               JSON
        {base}/openings/decisions-conseils-de-prud-hommes.ttl   Turtle
        {base}/catalog.ttl                                      the catalogue for harvesters
        {base}/api/v1/openings?as_of=2021-10-15                 what was known on a day

  To write, make a key in another terminal:
        .venv/bin/python -m app key create --organization cour-de-cassation --role editor

  Stop with Ctrl-C.
"""


@app.command()
def migrate(
    to: Annotated[str, typer.Option(help="A revision: head, base, 0001…")] = "head",
    as_json: AsJson = False,
) -> None:
    """Bring the tables to a revision. Example: python -m app migrate --to head"""
    bring(read_settings().database_url, to)
    tell({"revision": to}, f"The tables are at {to}.", as_json)


@app.command("seed")
def seed_command(as_json: AsJson = False) -> None:
    """Absorb the seed; what is held already is left alone. Example: python -m app seed"""
    new = seed(read_settings().database_url)
    tell({"new": new}, f"{new} claims were new.", as_json)


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Recheck the chain and refold every entry. Example: python -m app verify --json

    Exit code 1 when there is a fault; flags ask for a person and are no fault.
    """
    with desk() as register:
        found = register.verify()
        head = register.head()
    faults = [one for one in found if one.fault]
    document = {
        "faults": [{"where": one.where, "what": one.what} for one in faults],
        "flags": [{"where": one.where, "what": one.what} for one in found if not one.fault],
        "head": {"position": head.position, "hash": head.hash},
    }
    lines = [f"{'FAULT' if one.fault else 'flag '}  {one.where}: {one.what}" for one in found]
    lines.append(f"{head.position} events, head {head.hash}")
    lines.append(f"{len(faults)} faults." if faults else "The chain holds, and rows agree with it.")
    tell(document, "\n".join(lines), as_json)
    if faults:
        raise typer.Exit(1)


@app.command()
def rebuild(as_json: AsJson = False) -> None:
    """Derive every row anew from the ledger. Example: python -m app rebuild"""
    with desk() as register:
        count = register.rebuild()
    tell({"commitments": count}, f"{count} commitments were derived anew.", as_json)


@app.command()
def settings(as_json: AsJson = False) -> None:
    """What may be set, what it means and what it is now. Example: python -m app settings"""
    held = read_settings()
    rows = {
        PREFIX + name.upper(): {
            "value": str(getattr(held, name)) if getattr(held, name) is not None else None,
            "meaning": field.description,
        }
        for name, field in Settings.model_fields.items()
    }
    words = "\n".join(
        f"{name}={row['value'] or ''}\n    {row['meaning']}" for name, row in rows.items()
    )
    tell(rows, words, as_json)


@key_app.command("create")
def key_create(
    organization: Annotated[str, typer.Option(help="The slug of its organisation.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")] = "editor",
    days: Annotated[int, typer.Option(help="How long it lasts, at most 366 days.")] = KEY_DAYS,
    as_json: AsJson = False,
) -> None:
    """Make a key; it is shown once.

    Example: python -m app key create --organization cour-de-cassation --role editor --json
    """
    if role not in ROLES:
        raise typer.BadParameter(f"one of {', '.join(ROLES)}", param_hint="--role")
    with desk() as register:
        told, kept = register.create_key(organization, role, days)
    document = {
        "key": told,
        "organization": kept.organization,
        "role": kept.role,
        "expires_at": timestamp(kept.expires_at),
    }
    words = f"{told}\n\nIt is shown once, and ends on {kept.expires_at:%Y-%m-%d}. Send it as:\n"
    tell(document, f"{words}  Authorization: Bearer {told}", as_json)


@key_app.command("list")
def key_list(as_json: AsJson = False) -> None:
    """Every key, never the secret. Example: python -m app key list --json"""
    with desk() as register:
        found = register.keys()
    rows = [
        {
            name: timestamp(value) if hasattr(value, "hour") else value and str(value)
            for name, value in asdict(key).items()
            if name != "digest"
        }
        for key in found
    ]
    lines = [
        f"{key.public}  {key.role:9}  {key.organization:30}  until {key.expires_at:%Y-%m-%d}"
        f"{'  revoked' if key.revoked_at else ''}"
        for key in found
    ]
    tell({"keys": rows}, "\n".join(lines) or "There is no key yet.", as_json)


@key_app.command("revoke")
def key_revoke(
    public: Annotated[str, typer.Argument(help="The 8 letters after ouv_.")],
    as_json: AsJson = False,
) -> None:
    """End a key at once. Example: python -m app key revoke a1B2c3D4"""
    with desk() as register:
        ended = register.revoke_key(public)
    tell({"public": ended.public}, f"The key {ended.public} no longer opens anything.", as_json)


@app.command()
def erase(
    position: Annotated[int, typer.Argument(min=1, help="The position of the claim.")],
    reason: Annotated[str, typer.Option(help="By what decision.")],
    as_json: AsJson = False,
) -> None:
    """Erase the content of a claim, as the law may ask; its digest and the chain remain.

    Example: python -m app erase 57 --reason "Décision du 3 mars 2027"
    """
    with desk() as register:
        slug = register.erase(position, reason)
    words = f"The content of position {position}, about {slug}, is erased. It cannot be undone."
    tell({"position": position, "commitment": slug}, words, as_json)


@organization_app.command("add")
def organization_add(
    slug: Annotated[str, typer.Argument(help="Its permanent name: small letters and hyphens.")],
    name_fr: Annotated[str, typer.Option(help="Its name in French.")],
    name_en: Annotated[str, typer.Option(help="Its name in English.")] = "",
    part_of: Annotated[str, typer.Option(help="The slug of what it belongs to.")] = "",
    as_json: AsJson = False,
) -> None:
    """Add an organisation.

    Example: python -m app organization add cnil --name-fr "CNIL" --name-en "CNIL"
    """
    if slugify(slug) != slug or len(slug) > LONGEST_SLUG:
        raise typer.BadParameter("small letters, digits and hyphens", param_hint="SLUG")
    added = Organization(slug, Words(name_fr, name_en or None), part_of or None)
    with desk() as register:
        register.add_organization(added)
    tell({"slug": slug}, f"{slug} may now promise and open; make it a key.", as_json)


@organization_app.command("rename")
def organization_rename(
    slug: Annotated[str, typer.Argument(help="Its permanent name, which stays.")],
    name_fr: Annotated[str, typer.Option(help="Its new name in French.")] = "",
    name_en: Annotated[str, typer.Option(help="Its new name in English.")] = "",
    as_json: AsJson = False,
) -> None:
    """Give an organisation another name.

    Example: python -m app organization rename cour-de-cassation --name-fr "Cour de cassation"
    """
    if not (name_fr or name_en):
        raise typer.BadParameter("a new name", param_hint="--name-fr")
    with desk() as register:
        renamed = register.rename_organization(slug, Words(name_fr or None, name_en or None))
    tell({"slug": slug, "name": asdict(renamed.name)}, f"{slug}: {renamed.name.fr}", as_json)


@organization_app.command("list")
def organization_list(as_json: AsJson = False) -> None:
    """Every organisation. Example: python -m app organization list --json"""
    with desk() as register:
        found = register.organizations()
    lines = [f"{one.slug:40}  {one.name.within('fr')}" for one in found]
    tell({"organizations": [asdict(one) for one in found]}, "\n".join(lines), as_json)
