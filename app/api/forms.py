"""What editors may send. Every value is checked here, once; unknown fields are refused."""

from dataclasses import fields
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.domain import values
from app.domain.codes import THEMES
from app.domain.commitments import Commitment
from app.domain.decisions import Announcement, Change, Testimony
from app.domain.errors import Invalid
from app.domain.ledger import Source
from app.domain.periods import parse, read_dating, to_json
from app.domain.references import Text as LegalText
from app.domain.states import STATES
from app.formats.names import permanent_name


def _keyword(value: str) -> str:
    return str(values.keyword(permanent_name(values.line(value, 200))))


def _sized(longest: int, **schema: Any) -> Any:
    """What the OpenAPI document says of a text; the check says it in words."""
    return Field(json_schema_extra={"minLength": 1, "maxLength": longest, **schema})


Line = Annotated[str, AfterValidator(values.line), _sized(values.LINE)]
Prose = Annotated[str, AfterValidator(values.prose), _sized(values.PROSE)]
Address = Annotated[
    str, AfterValidator(values.address), _sized(values.ADDRESS, format="iri", pattern="^https?://")
]
Licence = Annotated[str, AfterValidator(values.licence), _sized(values.ADDRESS)]
Name = Annotated[
    str, AfterValidator(values.slug), _sized(values.SLUG, pattern="^[a-z0-9]+(-[a-z0-9]+)*$")
]
Code = Annotated[str, AfterValidator(values.code), _sized(values.CODE, pattern="^[A-Za-z0-9-]+$")]
Section = Annotated[
    str, AfterValidator(values.section), _sized(values.SECTION, pattern="^[0-9.]+$")
]
Nor = Annotated[str, AfterValidator(values.nor), _sized(20, pattern="^[A-Z0-9]+$")]
Edtf = Annotated[str, AfterValidator(values.edtf), _sized(20)]
PeriodText = Annotated[str, AfterValidator(values.spelling), _sized(100)]
MediaType = Annotated[str, AfterValidator(values.media_type), _sized(100)]
FileType = Annotated[str, AfterValidator(values.file_type), _sized(30)]
Email = Annotated[str, AfterValidator(values.email), _sized(254, format="email")]
Keyword = Annotated[str, AfterValidator(_keyword), _sized(200)]
State = Annotated[str, AfterValidator(values.state), Field(json_schema_extra={"enum": [*STATES]})]
Theme = Annotated[str, AfterValidator(values.theme), Field(json_schema_extra={"enum": [*THEMES]})]
HvdCategory = Annotated[
    str,
    AfterValidator(values.hvd_category),
    Field(json_schema_extra={"pattern": "^c_[0-9a-f]{8}$"}),
]
Size = Annotated[int, Field(strict=True, ge=0, le=values.MOST_BYTES)]
Rank = Annotated[int, Field(strict=True, ge=1, le=values.MOST_RANK)]
_CLOSED = ConfigDict(extra="forbid", frozen=True)


_LICENCE = "Its address, or an identifier of SPDX such as EUPL-1.2."
_REASON: Any = Field(None, description="Why; some changes of state ask for it.")
_TEXT: Any = Field(None, description="The id of a legal or official text, or a new one.")
_SOURCE: Any = Field(None, description="Where it was read.")
_DECIDED_ON: Any = Field(None, description="EDTF; when it happened, if before it was published.")
_PUBLISHED_ON: Any = Field(None, description="EDTF; today if absent.")
_CONFIDENCE: Any = Field("high", description="How sure it is.")
_NOTE: Any = Field(None, description="What readers should know besides.")
_TITLE: Any = Field(description="Its title: in French, in English or in both.")
_PUBLISHER: Any = Field(description="The id of the organisation that opens.")
_STEWARD: Any = Field(None, description="The id of the organisation that answers for it.")
_RANK: Any = Field(None, description="Its place in the official table.")
_STATE: Any = Field("planned", description="The state that it begins in.")
_DEADLINE: Any = Field(None, description="Any spelling of a period: T4 2027, 2027-12-31.")
_VISIBILITY: Any = Field("public", description="Internal: seen with its organisation’s keys only.")


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
    url: Address = Field(description="Its page, or the address of the API.")
    kind: Literal["file", "api", "repository"] = Field("file", description="What is had there.")
    title: TitleForm = Field(TitleForm(), description="Its title.")
    download_url: Address | None = Field(None, description="The file itself.")
    format: FileType | None = Field(None, description="The EU’s file-type code, such as CSV.")
    media_type: MediaType | None = Field(None, description="Such as text/csv.")
    bytes: Size | None = Field(None, description="How large.")
    licence: Licence | None = Field(None, description=f"Its own. {_LICENCE}")
    documentation: Address | None = Field(None, description="Where it is explained.")


class CoverageForm(BaseModel):
    """The period that the data cover, in EDTF."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    start: Edtf | None = Field(None, alias="from", description="EDTF: 1947, 2021-09-30.")
    to: Edtf | None = Field(None, description="EDTF; absent or null while it goes on.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        values.covers({"from": self.start, "to": self.to})
        return self


class ContactForm(BaseModel):
    """Whom to write to about the entry: a service, not a person."""

    model_config = _CLOSED
    name: Line = Field(description="The service.")
    email: Email | None = Field(None, description="Its e-mail address.")
    url: Address | None = Field(None, description="Its page.")


def _once(found: list[str]) -> list[str]:
    return list(dict.fromkeys(found))


Resources = Annotated[list[ResourceForm], Field(max_length=values.MOST_RESOURCES)]
Keywords = Annotated[list[Keyword], Field(max_length=values.MOST_KEYWORDS), AfterValidator(_once)]
Themes = Annotated[list[Theme], Field(max_length=values.MOST_CODES), AfterValidator(_once)]
HvdCategories = Annotated[
    list[HvdCategory], Field(max_length=values.MOST_CODES), AfterValidator(_once)
]
AccessRights = Literal["public", "restricted", "non_public"]

_LANDING_PAGE: Any = Field(None, description="Where people read about it.")
_RESOURCES: Any = Field(
    None, description="Where it can be had: all of them, in the place of those it has."
)
_COVERS: Any = Field(None, description="The period that the data cover.")
_ACCESS_RIGHTS: Any = Field(None, description="Who may have it; public if null.")
_ACCESS_CONDITIONS: Any = Field(
    None, description="What restricts access: by what rule, and who may have it all the same."
)
_CONTACT: Any = Field(None, description="Whom to write to.")
_KEYWORDS: Any = Field(
    None, description="Words to find it by: all of them, in the place of those it has."
)
_THEMES: Any = Field(None, description="Codes of the EU’s data themes; JUST if there is none.")
_HVD_CATEGORIES: Any = Field(
    None,
    description="Codes of the EU’s categories of high-value datasets, where it is one by law.",
)


class SourceForm(BaseModel):
    """Where the claim was read."""

    model_config = _CLOSED
    title: Line | None = Field(None, description="What it is called.")
    url: Address | None = Field(None, description="Where it is.")


class TextForm(BaseModel):
    """A legal text that the register does not hold yet."""

    model_config = _CLOSED
    title: Line = Field(description="As it is cited; its id is made of it.")
    nor: Nor | None = Field(None, description="Its number in the official journal.")
    signed_on: Edtf | None = Field(None, description="EDTF.")
    published_on: Edtf | None = Field(None, description="EDTF.")


class PartForm(BaseModel):
    """A part that the entry does not have yet."""

    model_config = _CLOSED
    key: Name = Field(description="Its permanent name within the entry.")
    title: Line = Field(description="Its title, in French.")


class ChangeForm(BaseModel):
    """A merge-patch (RFC 7396) of an entry, and beside it the claim that carries the change."""

    model_config = _CLOSED
    state: State | None = Field(None, description="The new state; it may not be taken away.")
    deadline: PeriodText | None = Field(
        None, description="Any spelling of a period; null, with a reason, withdraws it."
    )
    title: TitleForm | None = Field(None, description="Its title, merged with the one it has.")
    description: DescriptionForm | None = Field(None, description="What it is, in prose.")
    publisher: Name | None = Field(None, description="The id of the organisation that opens.")
    action: Code | None = Field(None, description="The roadmap action that it carries out.")
    landing_page: Address | None = _LANDING_PAGE
    resources: Resources | None = _RESOURCES
    covers: CoverageForm | None = _COVERS
    access_rights: AccessRights | None = _ACCESS_RIGHTS
    access_conditions: DescriptionForm | None = _ACCESS_CONDITIONS
    licence: Licence | None = Field(None, description=f"Its licence. {_LICENCE}")
    contact: ContactForm | None = _CONTACT
    keywords: Keywords | None = _KEYWORDS
    themes: Themes | None = _THEMES
    hvd_categories: HvdCategories | None = _HVD_CATEGORIES
    budget_status: Line | None = Field(None, description="Internal: seen with a key only.")
    steering_unit: Line | None = Field(None, description="Internal: seen with a key only.")

    part: Name | PartForm | None = Field(
        None, description="The part that the change is about; a new one with its title."
    )
    reason: Prose | None = _REASON
    text: Name | TextForm | None = _TEXT
    source: SourceForm | None = _SOURCE
    decided_on: Edtf | None = _DECIDED_ON
    published_on: Edtf | None = _PUBLISHED_ON
    confidence: Literal["high", "medium"] = _CONFIDENCE
    note: Prose | None = _NOTE


class AnnouncementForm(BaseModel):
    """A new entry, and beside it the claim that carries it."""

    model_config = _CLOSED
    id: Name | None = Field(None, description="Its permanent name; made of the title if absent.")
    type: Literal["dataset", "api", "source_code"] = Field("dataset", description="What opens.")
    title: TitleForm = _TITLE
    publisher: Name = _PUBLISHER
    steward: Name | None = _STEWARD
    announcement: Literal["new", "continued"] | None = Field(
        None, description="Continued, if some of it was open before."
    )
    action: Code | None = Field(None, description="The roadmap action that it carries out.")
    rank: Rank | None = _RANK
    state: State = _STATE
    deadline: PeriodText | None = _DEADLINE
    description: DescriptionForm | None = Field(None, description="What it is, in prose.")
    landing_page: Address | None = _LANDING_PAGE
    resources: Resources | None = _RESOURCES
    covers: CoverageForm | None = _COVERS
    access_rights: AccessRights | None = _ACCESS_RIGHTS
    access_conditions: DescriptionForm | None = _ACCESS_CONDITIONS
    licence: Licence | None = Field(None, description=f"Its licence. {_LICENCE}")
    contact: ContactForm | None = _CONTACT
    keywords: Keywords | None = _KEYWORDS
    themes: Themes | None = _THEMES
    hvd_categories: HvdCategories | None = _HVD_CATEGORIES
    visibility: Literal["public", "internal"] = _VISIBILITY

    reason: Prose | None = _REASON
    text: Name | TextForm | None = _TEXT
    source: SourceForm | None = _SOURCE
    decided_on: Edtf | None = _DECIDED_ON
    published_on: Edtf | None = _PUBLISHED_ON
    confidence: Literal["high", "medium"] = _CONFIDENCE
    note: Prose | None = _NOTE


class ActionForm(BaseModel):
    """A new action of the roadmap."""

    model_config = _CLOSED
    code: Code = Field(description="Its permanent name, such as A35.")
    title: TitleForm = _TITLE
    publisher: Name = _PUBLISHER
    steward: Name | None = _STEWARD
    section: Section | None = Field(None, description="Its section in the roadmap, such as 2.2.1.")
    rank: Rank | None = _RANK
    state: State = _STATE
    deadline: PeriodText | None = _DEADLINE
    visibility: Literal["public", "internal"] = _VISIBILITY

    reason: Prose | None = _REASON
    text: Name | TextForm | None = _TEXT
    source: SourceForm | None = _SOURCE
    decided_on: Edtf | None = _DECIDED_ON
    published_on: Edtf | None = _PUBLISHED_ON
    confidence: Literal["high", "medium"] = _CONFIDENCE
    note: Prose | None = _NOTE


class JudgementForm(BaseModel):
    """The new standing of a claim, and why."""

    model_config = _CLOSED
    standing: Literal["accepted", "disputed", "retracted"] = Field(
        description="Disputed and retracted claims are shown, and do not count."
    )
    reason: Prose = Field(description="Why, for the readers of the ledger.")


CHANGES = {
    "it is open": {
        "state": "available",
        "landing_page": "https://www.courdecassation.fr/recherche-judilibre",
        "resources": [
            {
                "url": "https://piste.gouv.fr/api-catalog-sandbox",
                "kind": "api",
                "title": {"fr": "API Judilibre", "en": "Judilibre API"},
                "documentation": "https://github.com/Cour-de-cassation/judilibre-search",
            }
        ],
        "covers": {"from": "2026-09-30"},
        "source": {
            "title": "Calendrier de la Cour de cassation",
            "url": "https://www.courdecassation.fr/la-cour-de-cassation/demain/open-data",
        },
    },
    "another text moves the deadline": {
        "deadline": "T3 2027",
        "text": {"title": "Arrêté d’exemple du 1er septembre 2026", "signed_on": "2026-09-01"},
        "reason": "Le report de l’anonymisation des décisions.",
    },
    "it is told better": {
        "description": {"fr": "Les décisions rendues depuis le jour de l’ouverture."},
        "keywords": ["décisions de justice", "prud’hommes"],
        "contact": {"name": "Service de l’open data", "email": "open-data@example.org"},
        "licence": "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
    },
    "a part is under way": {
        "part": {"key": "refere", "title": "Ordonnances de référé"},
        "state": "in_progress",
        "note": "Les essais ont commencé.",
    },
}
ACTION_CHANGES = {
    "it is done": {
        "state": "available",
        "source": {"title": "Bilan de la feuille de route", "url": "https://www.justice.gouv.fr/"},
        "confidence": "medium",
    },
    "it is suspended": {"state": "suspended", "reason": "Les crédits sont attendus."},
}
ANNOUNCEMENTS = {
    "as in the official table": {
        "id": "decisions-tribunaux-paritaires-des-baux-ruraux",
        "title": {"fr": "Décisions de justice des tribunaux paritaires des baux ruraux"},
        "publisher": "cour-de-cassation",
        "steward": "ministere-de-la-justice",
        "announcement": "new",
        "action": "A16",
        "rank": 12,
        "deadline": "T4 2027",
        "text": "feuille-de-route-2021",
    },
    "an API that is open": {
        "type": "api",
        "title": {"fr": "API des annonces légales", "en": "Legal notices API"},
        "publisher": "ministere-de-la-justice",
        "state": "available",
        "keywords": ["annonces légales"],
    },
    "a promise without a day": {
        "title": {"fr": "Statistiques de l’aide juridictionnelle"},
        "publisher": "ministere-de-la-justice",
        "reason": "L’échéance sera fixée par la prochaine feuille de route.",
    },
}
ACTIONS = {
    "an action of the roadmap": {
        "code": "A35",
        "title": {"fr": "Publier le catalogue des données du ministère"},
        "publisher": "ministere-de-la-justice",
        "section": "2.2.1",
        "rank": 35,
        "deadline": "S2 2027",
        "text": "feuille-de-route-2021",
    },
}
JUDGEMENTS = {
    "dispute it": {"standing": "disputed", "reason": "Deux sources se contredisent."},
    "retract it": {"standing": "retracted", "reason": "Il a été mal lu."},
    "accept it again": {"standing": "accepted", "reason": "Le texte a été vérifié."},
}
"""Contents to send, by what each does; the tests send them all."""


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
    return _announcement(sent.pop("id", None) or permanent_name(title), sent)


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
    return LegalText(id=permanent_name(sent["title"], 80), **sent)
