"""The settings: read once from the environment, frozen, documented by their own descriptions."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, FilePath, SecretStr, ValidationInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.domain.values import email

PREFIX = "OUVERTURES_"


def _address(value: str) -> str:
    """The base of all addresses: what it holds enters every feed. A private host is right here."""
    if not re.fullmatch(
        r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/*", value
    ):
        raise ValueError("an http or https address, of a host in ASCII, without user or query")
    return value.rstrip("/")


def _database(value: str) -> str:
    """The address of a file or a server. What hosts call postgres:// is postgresql://."""
    value = re.sub("^postgres://", "postgresql://", value)
    if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("an address that begins with sqlite:/// or postgresql://")
    try:
        _ = urlsplit(value).port
    except ValueError:
        raise ValueError("an address of a host, with a number as its port if any") from None
    if value.removeprefix("sqlite:///") in ("", ":memory:"):
        raise ValueError("an address that names a file")
    return value


def _replica(value: str, others: ValidationInfo) -> str:
    """The address of a replica, or nothing: files have none."""
    if value and "sqlite" in (value[:6], others.data.get("database_url", "")[:6]):
        raise ValueError("that of a replica of PostgreSQL")
    return value and _database(value)


def _hosts(value: str) -> str:
    """Names of hosts, without their ports."""
    names = value.lower().replace(",", " ").split()
    if not all(re.fullmatch(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]", name) for name in names):
        raise ValueError("names of hosts such as ouvertures.example, separated by commas")
    return ",".join(names)


def _smtp(value: str) -> str:
    """The address of a mail server, with its port or the usual one."""
    if not re.fullmatch(r"smtps?://([^@/\s]+@)?([A-Za-z0-9._-]+)(:[0-9]{1,5})?/?", value):
        raise ValueError("an address such as smtp://host:25 or smtps://user:password@host")
    _ = urlsplit(value).port  # one that is too high is refused here
    return value


def _quota(value: str) -> str:
    if value and not re.fullmatch(r"[1-9][0-9]*/([1-9][0-9]*)?(second|minute|hour|day)", value):
        raise ValueError("so many in a while, such as 6000/minute, or nothing")
    return value


class Settings(BaseSettings):
    """What an operator may set. Each name in the environment begins with OUVERTURES_."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    database_url: Annotated[str, AfterValidator(_database)] = Field(
        "sqlite:///ouvertures.db",
        description="Where the register is kept: a SQLite file (`sqlite:///ouvertures.db`, in the "
        "working directory) or PostgreSQL (`postgresql://user@host/name`).",
    )
    database_read_url: Annotated[str, AfterValidator(_replica)] = Field(
        "",
        description="A streaming replica of that PostgreSQL, which answers readers; none, if "
        "empty. Whoever sends a key is answered by the primary, as is everyone for whom the "
        "replica is too far behind, or out of reach.",
    )
    public_url: Annotated[str, AfterValidator(_address)] = Field(
        "http://127.0.0.1:8000",
        description="The address under which readers reach the register. Every address in an "
        "answer begins with it; the `Host` of a request is never used.",
    )
    contact: str = Field(
        "mailto:ouvertures@localhost.invalid",
        description="Where readers report an error: `mailto:…` or a page.",
    )
    hosts: Annotated[str, AfterValidator(_hosts)] = Field(
        "",
        description="The host names under which readers may ask, separated by commas; any, if "
        "empty. Probes of `/health/` may use any.",
    )
    quota_reads: Annotated[str, AfterValidator(_quota)] = Field(
        "6000/minute",
        description="How often an address, and a key, may read; empty behind a proxy that has its "
        "own quotas. Requests from this machine are not counted.",
    )
    quota_writes: Annotated[str, AfterValidator(_quota)] = Field(
        "600/minute", description="How often an address, and a key, may write."
    )
    cache_mib: int = Field(
        32,
        ge=0,
        le=65536,
        description="How many MiB of answers each worker keeps ready, as long as nothing changes; "
        "0 for none.",
    )
    checkpoint_key: SecretStr | None = Field(
        None,
        description="What signs `/checkpoint`, as `python -m app checkpoint-key` makes it. Without "
        "it the head is not signed.",
    )
    session_secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="What seals the sessions of the desk: any 32 characters or more, the same for "
        "all processes of a register. Without it, sessions end when the server does.",
    )
    name: str = Field("Ouvertures", description="What pages call the register.")
    logo: FilePath | None = Field(
        None, description="The file of the mark at the top of pages, SVG or PNG."
    )
    legal: str = Field(
        "",
        description="The legal notice, in French: who publishes and who hosts, a paragraph a line.",
    )
    oidc_issuer: Annotated[str, AfterValidator(_address)] | None = Field(
        None,
        description="The issuer of identities by which members sign in at the desk (OpenID "
        "Connect), as its discovery document names it; without it, by keys alone.",
    )
    oidc_client_id: str = Field("", description="What the issuer calls this register.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="By what the register proves to the issuer that it is itself."
    )
    oidc_scopes: str = Field(
        "openid email", description="What is asked of the issuer; of ProConnect, `siret` too."
    )
    oidc_name: str = Field("ProConnect", description="What people call the issuer.")
    smtp_url: Annotated[str, AfterValidator(_smtp)] | None = Field(
        None,
        description="The server by which `remind` writes to teams: `smtp://host:25`, which is "
        "encrypted where the server offers it, or `smtps://user:password@host:465`.",
    )
    smtp_from: Annotated[str, AfterValidator(email)] | None = Field(
        None, description="The address that reminders come from."
    )
    today: date | None = Field(
        None,
        ge=date(1900, 1, 1),
        lt=date(2200, 1, 1),
        description="Freezes the day for reading (`2026-10-01`), for rehearsals. Every answer "
        "then says so. It does not date what is recorded.",
    )
    production: bool = Field(
        False,
        description="`true` for the register that the public reads: it is not served without an "
        "`https` address and a contact, nor with a frozen day.",
    )
    log_format: Literal["json", "text"] = Field(
        "text", description="One JSON object a line for machines, or lines for people."
    )

    def unsafe(self) -> Iterator[str]:
        """What a register in production must not have; of another, nothing is asked."""
        if self.production:
            if not self.public_url.startswith("https:"):
                yield f"{PREFIX}PUBLIC_URL is not https"
            if self.contact == type(self).model_fields["contact"].default:
                yield f"{PREFIX}CONTACT is not set: readers have nobody to report an error to"
            if self.today:
                yield f"{PREFIX}TODAY freezes the day: it is for rehearsals"


def misspelt(environment: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each variable that looks like a setting and is none, with the setting that was meant."""
    names = [name.upper() for name in Settings.model_fields]
    for variable in sorted(environment):
        first, _, name = variable.upper().partition("_")
        ours = f"{first}_" == PREFIX
        if (ours and name not in names) or (
            not ours and get_close_matches(first, [PREFIX], 1, 0.8)
        ):
            near = get_close_matches(name, names, 1)
            if ours or near:
                yield variable, f"{PREFIX}{near[0]}" if near else ""
