"""The settings: read once from the environment, frozen; `settings.toml` says what each means."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, FilePath, SecretStr, ValidationInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.domain import beside
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

    database_url: Annotated[str, AfterValidator(_database)] = "sqlite:///ouvertures.db"
    database_read_url: Annotated[str, AfterValidator(_replica)] = ""
    public_url: Annotated[str, AfterValidator(_address)] = "http://127.0.0.1:8000"
    contact: str = "mailto:ouvertures@localhost.invalid"
    hosts: Annotated[str, AfterValidator(_hosts)] = ""
    quota_reads: Annotated[str, AfterValidator(_quota)] = "6000/minute"
    quota_writes: Annotated[str, AfterValidator(_quota)] = "600/minute"
    cache_mib: int = Field(32, ge=0, le=65536)
    checkpoint_key: SecretStr | None = None
    session_secret: SecretStr | None = Field(None, min_length=32)
    name: str = "Ouvertures"
    logo: FilePath | None = None
    legal: str = ""
    oidc_issuer: Annotated[str, AfterValidator(_address)] | None = None
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    oidc_scopes: str = "openid email"
    oidc_name: str = "ProConnect"
    smtp_url: Annotated[str, AfterValidator(_smtp)] | None = None
    smtp_from: Annotated[str, AfterValidator(email)] | None = None
    today: date | None = Field(None, ge=date(1900, 1, 1), lt=date(2200, 1, 1))
    production: bool = False
    log_format: Literal["json", "text"] = "text"

    def unsafe(self) -> Iterator[str]:
        """What a register in production must not have; of another, nothing is asked."""
        if self.production:
            if not self.public_url.startswith("https:"):
                yield f"{PREFIX}PUBLIC_URL is not https"
            if self.contact == type(self).model_fields["contact"].default:
                yield f"{PREFIX}CONTACT is not set: readers have nobody to report an error to"
            if self.today:
                yield f"{PREFIX}TODAY freezes the day: it is for rehearsals"


for _name, _meaning in beside(__file__).items():
    Settings.model_fields[_name].description = _meaning


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
