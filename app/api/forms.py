"""What editors may send. Every value is checked here, once; unknown fields are refused."""

import re
import unicodedata
from dataclasses import fields
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from slugify import slugify

from app.domain.commitments import Commitment
from app.domain.decisions import Announcement, Change, Testimony
from app.domain.errors import Invalid
from app.domain.ledger import Source
from app.domain.periods import Unreadable, parse, read_dating, to_json
from app.domain.references import Text as LegalText
from app.domain.search import near
from app.domain.states import STATES

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KEYWORD = re.compile(r"[a-z0-9][a-z0-9 .-]{0,98}[a-z0-9]")


def _printable(value: str) -> str:
    """Text that every voice can write: no control character but line breaks and tabs."""
    for letter in value:
        if unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn") and letter not in "\n\t":
            raise ValueError(f"U+{ord(letter):04X} cannot be written in every voice.")
    return unicodedata.normalize("NFC", value)


def _address(value: str) -> str:
    """An absolute http or https address that every voice can write."""
    try:
        parts = urlsplit(value)
        well_made = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        well_made = False
    if not well_made or not re.fullmatch(r"[!#-;=?-Z_a-z~\[\]]+", value):
        raise ValueError("An absolute http or https address, percent-encoded where needed.")
    return value


def _state(value: str) -> str:
    if value not in STATES:
        guess = near(value, STATES)
        hint = f" Did you mean “{guess}”?" if guess else f" Known: {', '.join(STATES)}."
        raise ValueError(f"There is no state “{value[:60]}”.{hint}")
    return value


def _period(value: str) -> str:
    try:
        parse(value)
    except Unreadable as fault:
        raise ValueError(
            "This period cannot be read. Write it as 2023-12-18, décembre 2023, T3 2021, S2 2021, "
            "2023 or NA."
        ) from fault
    return value


def _dating(value: str) -> str:
    try:
        read_dating(value)
    except Unreadable as fault:
        raise ValueError("A date in EDTF: 2023, 2023-12, 2023-12-18 or ../2025-09-03.") from fault
    return value


def _slug(value: str, longest: int = 100) -> str:
    """A name for an address: an apostrophe parts words, as a hyphen does."""
    return slugify(value, max_length=longest, replacements=(("’", "-"), ("'", "-")))


def _keyword(value: str) -> str:
    made = _slug(value)
    if not KEYWORD.fullmatch(made):
        raise ValueError("A keyword has 2 to 100 letters, digits and hyphens.")
    return made


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\n\t]*$"),
    AfterValidator(_printable),
]
Prose = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000),
    AfterValidator(_printable),
]
Address = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_address)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=SLUG.pattern)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9-]+$")]
Edtf = Annotated[str, StringConstraints(max_length=20), AfterValidator(_dating)]
PeriodText = Annotated[
    str, StringConstraints(max_length=100), AfterValidator(_printable), AfterValidator(_period)
]
MediaType = Annotated[
    str, StringConstraints(max_length=100, pattern=r"^[a-z]+/[a-z0-9][a-z0-9.+-]*$")
]
FileType = Annotated[str, StringConstraints(max_length=30, pattern=r"^[A-Z0-9][A-Z0-9_-]*$")]
Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=r"^[^@\s<>\"]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$"),
    AfterValidator(_printable),
]
_CLOSED = ConfigDict(extra="forbid", frozen=True)


State = Annotated[str, StringConstraints(max_length=100), AfterValidator(_state)]
Keyword = Annotated[str, StringConstraints(max_length=200), AfterValidator(_keyword)]


class TitleForm(BaseModel):
    """A title in French and, if there is one, in English."""

    model_config = _CLOSED
    fr: Line | None = None
    en: Line | None = None


class DescriptionForm(BaseModel):
    """A description in French and, if there is one, in English."""

    model_config = _CLOSED
    fr: Prose | None = None
    en: Prose | None = None


class ResourceForm(BaseModel):
    """Where a thing that is open can be had: a file, an API or a repository."""

    model_config = _CLOSED
    url: Address
    kind: Literal["file", "api", "repository"] = "file"
    title: TitleForm = TitleForm()
    download_url: Address | None = None
    format: FileType | None = Field(None, description="The EU’s file-type code, such as CSV.")
    media_type: MediaType | None = None
    bytes: Annotated[int, Field(ge=0, le=2**53)] | None = None
    licence: Address | None = None
    documentation: Address | None = None


class CoverageForm(BaseModel):
    """The period that the data cover, in EDTF."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    start: Edtf | None = Field(None, alias="from")
    to: Edtf | None = None


class ContactForm(BaseModel):
    """Whom to write to about the entry: a service, not a person."""

    model_config = _CLOSED
    name: Line
    email: Email | None = None
    url: Address | None = None


class SourceForm(BaseModel):
    """Where the claim was read."""

    model_config = _CLOSED
    title: Line | None = None
    url: Address | None = None


class TextForm(BaseModel):
    """A legal text that the register does not hold yet."""

    model_config = _CLOSED
    title: Line
    nor: Annotated[str, StringConstraints(max_length=20, pattern=r"^[A-Z0-9]+$")] | None = None
    signed_on: Edtf | None = None
    published_on: Edtf | None = None


class PartForm(BaseModel):
    """A part that the entry does not have yet."""

    model_config = _CLOSED
    key: Name
    title: Line


class ChangeForm(BaseModel):
    """A merge-patch (RFC 7396) of an entry, and beside it the claim that carries the change."""

    model_config = _CLOSED
    state: State | None = None
    deadline: PeriodText | None = Field(
        None, description="Any spelling of a period; null, with a reason, withdraws it."
    )
    title: TitleForm | None = None
    description: DescriptionForm | None = None
    publisher: Name | None = None
    action: Code | None = None
    landing_page: Address | None = None
    resources: Annotated[list[ResourceForm], Field(max_length=100)] | None = None
    covers: CoverageForm | None = None
    access_rights: Literal["public", "restricted", "non_public"] | None = None
    licence: Address | None = None
    contact: ContactForm | None = None
    keywords: Annotated[list[Keyword], Field(max_length=50)] | None = None
    budget_status: Line | None = Field(None, description="Internal: seen with a key only.")
    steering_unit: Line | None = Field(None, description="Internal: seen with a key only.")

    part: Name | PartForm | None = Field(
        None, description="The part that the change is about; a new one with its title."
    )
    reason: Prose | None = None
    text: Name | TextForm | None = Field(
        None, description="The id of a legal or official text, or a new one."
    )
    source: SourceForm | None = None
    decided_on: Edtf | None = None
    published_on: Edtf | None = Field(None, description="EDTF; today if absent.")
    confidence: Literal["high", "medium"] = "high"
    note: Prose | None = None


class AnnouncementForm(BaseModel):
    """A new entry, and beside it the claim that carries it."""

    model_config = _CLOSED
    id: Name | None = Field(None, description="Its permanent name; made of the title if absent.")
    type: Literal["dataset", "api", "source_code"] = "dataset"
    title: TitleForm
    publisher: Name
    steward: Name | None = None
    announcement: Literal["new", "continued"] | None = None
    action: Code | None = None
    rank: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    state: State = "planned"
    deadline: PeriodText | None = None
    description: DescriptionForm | None = None
    keywords: Annotated[list[Keyword], Field(max_length=50)] | None = None
    access_rights: Literal["public", "restricted", "non_public"] | None = None
    visibility: Literal["public", "internal"] = "public"

    reason: Prose | None = None
    text: Name | TextForm | None = None
    source: SourceForm | None = None
    decided_on: Edtf | None = None
    published_on: Edtf | None = None
    confidence: Literal["high", "medium"] = "high"
    note: Prose | None = None


class ActionForm(BaseModel):
    """A new action of the roadmap."""

    model_config = _CLOSED
    code: Code = Field(description="Its permanent name, such as A35.")
    title: TitleForm
    publisher: Name
    steward: Name | None = None
    section: Annotated[str, StringConstraints(max_length=20, pattern=r"^[0-9.]+$")] | None = None
    rank: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    state: State = "planned"
    deadline: PeriodText | None = None
    visibility: Literal["public", "internal"] = "public"

    reason: Prose | None = None
    text: Name | TextForm | None = None
    source: SourceForm | None = None
    decided_on: Edtf | None = None
    published_on: Edtf | None = None
    confidence: Literal["high", "medium"] = "high"
    note: Prose | None = None


class JudgementForm(BaseModel):
    """The new standing of a claim, and why."""

    model_config = _CLOSED
    standing: Literal["accepted", "disputed", "retracted"]
    reason: Prose


TESTIMONY = (
    "part",
    "reason",
    "text",
    "source",
    "decided_on",
    "published_on",
    "confidence",
    "note",
)
WRITABLE = tuple(ChangeForm.model_fields)
NOT_NULL = ("state", "title", "publisher")
DERIVED = (
    {column.name for column in fields(Commitment)}
    | {"id", "iri", "state_label", "timeliness", "days_late", "links"}
    | {"timeliness_first", "days_late_first"}
) - set(WRITABLE)
"""What readers see and nobody sets."""


def read_change(form: ChangeForm) -> tuple[Change, LegalText | None]:
    """The command of a form, and the new legal text that comes with it."""
    sent = form.model_dump(mode="json", by_alias=True, exclude_unset=True)
    values = {name: value for name, value in sent.items() if name not in TESTIMONY}
    if missing := [name for name in NOT_NULL if name in values and values[name] is None]:
        raise Invalid(tuple((name, "It cannot be taken away.") for name in missing))
    if not values:
        raise Invalid((("", "Nothing is changed: name a field."),))
    if "deadline" in values:
        values["deadline"] = _period_json(values["deadline"])
    testimony, text = _testimony(sent)
    return Change(values, testimony), text


def read_announcement(form: AnnouncementForm) -> tuple[Announcement, LegalText | None]:
    """The command of a form, and the new legal text that comes with it."""
    sent = form.model_dump(mode="json", by_alias=True, exclude_none=True)
    title = _title(sent)
    return _announcement(sent.pop("id", None) or _slug(title), sent)


def read_action(form: ActionForm) -> tuple[Announcement, LegalText | None]:
    """The command of a form, and the new legal text that comes with it."""
    sent = form.model_dump(mode="json", by_alias=True, exclude_none=True)
    _title(sent)
    return _announcement(sent.pop("code"), {"type": "action", **sent})


def _title(sent: dict[str, Any]) -> str:
    title: dict[str, str] = sent["title"]
    if not title:
        raise Invalid((("title", "A title, in French or in English."),))
    return title.get("fr") or title["en"]


def _announcement(slug: str, sent: dict[str, Any]) -> tuple[Announcement, LegalText | None]:
    values = {name: value for name, value in sent.items() if name not in TESTIMONY}
    if "deadline" in values:
        values["deadline"] = _period_json(values["deadline"])
    testimony, text = _testimony(sent)
    return Announcement(slug, values, testimony), text


def _period_json(text: str | None) -> dict[str, str] | None:
    period = parse(text) if text else None
    return to_json(period) if period else None


def _testimony(sent: dict[str, Any]) -> tuple[Testimony, LegalText | None]:
    told = {name: sent[name] for name in TESTIMONY if sent.get(name) is not None}
    text: LegalText | None = None
    if isinstance(told.get("text"), dict):
        text = _legal_text(told["text"])
        told["text"] = text.id
    if isinstance(part := told.get("part"), dict):
        told["part"], told["part_title"] = part["key"], part["title"]
    if "source" in told:
        told["source"] = Source(**told["source"])
    for name in ("decided_on", "published_on"):
        if name in told:
            told[name] = read_dating(told[name])
    return Testimony(**told), text


def _legal_text(sent: dict[str, str]) -> LegalText:
    """A new text’s id is made of its title, and of its day where the title has none."""
    return LegalText(id=_slug(sent["title"], 80), **sent)
