"""How commands open the register and answer; those about organisations, keys and members."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from app.domain import access, errors, values
from app.domain.access import Act, Actor, Key, Member, Origin
from app.domain.ledger import timestamp
from app.domain.references import Organization
from app.domain.rows import plain_of
from app.domain.values import Title
from app.formats import document
from app.register import Clock, teams
from app.register.writing import CLERK, Writing
from app.settings import PREFIX, Settings, misspelt
from app.store.database import Database

M = TypeVar("M", bound=BaseModel)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]
PERSONAL = ("--name", "--email")
"""What names a person is kept in one place, where it can be forgotten: not in the audit."""
key_app = typer.Typer(help="The keys with which teams write.", no_args_is_help=True)
organization_app = typer.Typer(help="The organisations that promise.", no_args_is_help=True)
member_app = typer.Typer(help="The people of organisations.", no_args_is_help=True)
GROUPS = {"key": key_app, "organization": organization_app, "member": member_app}
Public = Annotated[str, typer.Argument(help="The 8 letters after ouv_.")]
Days = Annotated[int, typer.Option(min=1, max=teams.MOST_KEY_DAYS, help="How many days it lasts.")]


def answer(result: dict[str, Any], words: str, as_json: bool) -> None:
    """What a command did: as JSON for programs, in words for people."""
    typer.echo(json.dumps(result, ensure_ascii=False, default=timestamp) if as_json else words)


def answer_rows(
    name: str, rows: Sequence[Any], line: Callable[[Any], str], none: str, as_json: bool
) -> None:
    """What a command lists: rows of the API as JSON, or a line each."""
    shown = {name: [*map(document.managed, rows)]}
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


def _origin(words: Sequence[str]) -> Origin:
    """The command that runs, and what it was given, for the audit."""
    size = 2 if words[:1] and words[0] in GROUPS else 1
    given = (
        word
        for before, word in pairwise(["", *words[size:]])
        if before not in PERSONAL and word.partition("=")[0] not in PERSONAL
    )
    return Origin(" ".join(words[:size]), " ".join(given))


@contextmanager
def desk(settings: Settings | None = None) -> Iterator[Writing]:
    """The register of the settings, for writing. Raises Unavailable where there is none."""
    settings = settings or read_settings()
    database = Database(settings.database_url)
    try:
        file = database.url.database if database.sqlite else None
        if file and not Path(file).exists():
            where = shown(settings.database_url)
            raise errors.Unavailable(f"There is no register at {where}; `migrate` makes one.")
        database.check()
        clerk = replace(CLERK, origin=_origin(sys.argv[1:]))
        yield Writing(database, Clock(settings.today), clerk)
    finally:
        database.close()


@contextmanager
def team_desk() -> Iterator[tuple[teams.Teams, Actor]]:
    """The teams of the register, and who manages them."""
    with desk() as register:
        yield teams.Teams(register.database, register.clock), register.clerk


@key_app.command("create")
def key_create(
    organization: Annotated[str, typer.Option(help="The slug of its organisation.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(access.ROLES)}.")] = "editor",
    days: Days = teams.KEY_DAYS,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    member: Annotated[str, typer.Option(help="The id of the member whose it is.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a key; it is shown once.

    Example: python -m app key create --organization cour-de-cassation --json
    """
    given = {"organization": organization, "role": role, "days": days}
    form = checked(teams.NewKey, {**given, "label": label, "member": member})
    with team_desk() as (register, clerk):
        _show_key(*register.make_key(form, clerk), as_json=as_json)


@key_app.command("rotate")
def key_rotate(
    public: Public,
    days: Days = teams.KEY_DAYS,
    overlap_days: Annotated[
        int,
        typer.Option(min=0, max=teams.MOST_OVERLAP_DAYS, help="How many days the old key goes on."),
    ] = teams.OVERLAP_DAYS,
    as_json: AsJson = False,
) -> None:
    """Make a key that follows another, which goes on for a while.

    Example: python -m app key rotate a1B2c3D4 --overlap-days 7
    """
    rotation = teams.Rotation(days=days, overlap_days=overlap_days)
    with team_desk() as (register, clerk):
        _show_key(*register.rotate_key(public, rotation, clerk), as_json=as_json)


def _show_key(secret: str, key: Key, *, as_json: bool) -> None:
    shown = {"key": secret, **plain_of(key, "organization", "role", "expires_at")}
    words = f"{secret}\n\nIt is shown once, and ends on {key.expires_at:%Y-%m-%d}. Send it as:\n"
    answer(shown, f"{words}  Authorization: Bearer {secret}", as_json)


@key_app.command("list")
def key_list(as_json: AsJson = False) -> None:
    """List the keys, without their secrets. Example: python -m app key list --json"""
    with team_desk() as (register, clerk):
        keys = register.every_key(clerk)
    answer_rows("keys", keys, _of_key, "There is no key yet.", as_json)


def _of_key(key: Key) -> str:
    more = f"{'  revoked' if key.revoked_at else ''}{f'  {key.label}' if key.label else ''}"
    ends = f"{key.expires_at:%Y-%m-%d}"
    return f"{key.public}  {key.role:9}  {key.organization:30}  until {ends}{more}"


@key_app.command("revoke")
def key_revoke(public: Public, as_json: AsJson = False) -> None:
    """End a key at once. Example: python -m app key revoke a1B2c3D4"""
    with team_desk() as (register, clerk):
        ended = register.revoke_key(public, clerk)
    answer({"public": ended.public}, f"The key {ended.public} no longer opens anything.", as_json)


@member_app.command("add")
def member_add(
    organization: Annotated[str, typer.Option(help="The slug of the organisation.")],
    name: Annotated[str, typer.Option(help="How colleagues call them.")],
    email: Annotated[str, typer.Option(help="Their e-mail address at work.")] = "",
    role: Annotated[str, typer.Option(help=f"One of {', '.join(access.ROLES)}.")] = "editor",
    as_json: AsJson = False,
) -> None:
    """Add somebody to an organisation.

    Example: python -m app member add --organization conseil-d-etat --name Jeanne
    """
    given = {"organization": organization, "name": name, "role": role, "email": email}
    with team_desk() as (register, clerk):
        member = register.add_member(checked(teams.NewMember, given), clerk)
    answer(document.managed(member), f"{member.id}  {member.name}", as_json)


@member_app.command("list")
def member_list(as_json: AsJson = False) -> None:
    """List the members. Example: python -m app member list --json"""
    with team_desk() as (register, clerk):
        members = register.every_member(clerk)
    answer_rows("members", members, _of_member, "There is no member yet.", as_json)


def _of_member(member: Member) -> str:
    left = "  removed" if member.removed_at else ""
    return f"{member.id}  {member.role:9}  {member.organization:30}  {member.name}{left}"


@member_app.command("change")
def member_change(
    member: Annotated[str, typer.Argument(help="The id of the member.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(access.ROLES)}.")] = "",
    email: Annotated[
        str | None, typer.Option(help="Their e-mail address; an empty one takes it away.")
    ] = None,
    removed: Annotated[bool, typer.Option("--remove", help="They leave: their keys end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give a member another role or address, or let them leave.

    Example: python -m app member change a1B2c3D4 --remove
    """
    given: dict[str, Any] = {"role": role, "removed": removed or ""}
    given |= {} if email is None else {"email": email or None}
    with team_desk() as (register, clerk):
        changed = register.change_member(member, checked(teams.MemberPatch, given), clerk)
    words = f"{changed.name} has left." if removed else f"{changed.name}: {changed.role}"
    answer(document.managed(changed), words, as_json)


def audit(
    before: Annotated[int, typer.Option(min=1, help="Acts before this number.")] = 2**31,
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List who did what, and who tried, the newest first.

    Example: python -m app audit --most 20
    """
    with team_desk() as (register, clerk):
        acts = register.acts(clerk, before, most)
    answer_rows("acts", acts, _of_act, "Nothing was done yet.", as_json)


def _of_act(act: Act) -> str:
    who = f"{timestamp(act.at)}  {act.key or '-':8}  {act.organization:30}"
    return f"{who}  {act.outcome:14}  {act.action}  {act.target}"


@organization_app.command("add")
def organization_add(
    slug: Annotated[str, typer.Argument(help="Its permanent name: small letters and hyphens.")],
    name_fr: Annotated[str, typer.Option(help="Its name in French.")],
    name_en: Annotated[str, typer.Option(help="Its name in English.")] = "",
    part_of: Annotated[str, typer.Option(help="The slug of what it belongs to.")] = "",
    as_json: AsJson = False,
) -> None:
    """Add an organisation.

    Example: python -m app organization add cnil --name-fr "CNIL"
    """
    added = Organization(slug, Title.of(name_fr, name_en or None), part_of or None)
    with desk() as register:
        register.add_organization(added)
    answer({"slug": slug}, f"{slug} may now promise and open; make it a key.", as_json)


@organization_app.command("rename")
def organization_rename(
    slug: Annotated[str, typer.Argument(help="Its permanent name, which stays.")],
    name_fr: Annotated[str, typer.Option(help="Its new name in French.")] = "",
    name_en: Annotated[str, typer.Option(help="Its new name in English.")] = "",
    as_json: AsJson = False,
) -> None:
    """Give an organisation another name.

    Example: python -m app organization rename cnil --name-en "Data authority"
    """
    if not (name_fr or name_en):
        raise typer.BadParameter("a new name", param_hint="--name-fr")
    with desk() as register:
        renamed = register.rename_organization(slug, Title.of(name_fr or None, name_en or None))
    names = " / ".join(filter(None, (renamed.name.fr, renamed.name.en)))
    answer({"slug": slug, "name": renamed.name.model_dump()}, f"{slug}: {names}", as_json)


@organization_app.command("list")
def organization_list(as_json: AsJson = False) -> None:
    """List the organisations. Example: python -m app organization list --json"""
    with desk() as register:
        every = register.organizations()
    rows = [asdict(each) | {"name": each.name.model_dump()} for each in every]
    lines = [f"{each.slug:40}  {each.name.within('fr')}" for each in every]
    answer({"organizations": rows}, "\n".join(lines), as_json)


@organization_app.command("siret")
def organization_siret(
    slug: Annotated[str, typer.Argument(help="The slug of the organisation.")],
    number: Annotated[
        str, typer.Argument(help="Its SIRET, or its SIREN; an empty one takes it away.")
    ],
    as_json: AsJson = False,
) -> None:
    """Let in by OpenID Connect only those members who act for that number.

    Example: python -m app organization siret cour-de-cassation 13002526500013
    """
    if number and not re.fullmatch("[0-9]{9}([0-9]{5})?", number):
        raise typer.BadParameter("9 or 14 digits, or nothing", param_hint="NUMBER")
    with team_desk() as (register, clerk):
        register.set_siret(slug, number or None, clerk)
    words = f"members who act for {number}" if number else "all its members"
    answer({"slug": slug, "siret": number or None}, f"{slug} lets in {words}.", as_json)


@organization_app.command("four-eyes")
def organization_four_eyes(
    slug: Annotated[str, typer.Argument(help="The slug of the organisation.")],
    wanted: Annotated[
        bool, typer.Option("--on/--off", help="Whether a validator accepts what editors do.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Let what editors do wait for a validator, or no more.

    Example: python -m app organization four-eyes cour-de-cassation --on
    """
    with team_desk() as (register, clerk):
        register.change_team(teams.TeamPatch(four_eyes=wanted), clerk, slug)
    words = "waits for a validator" if wanted else "is recorded at once"
    answer({"slug": slug, "four_eyes": wanted}, f"What editors of {slug} do {words}.", as_json)
