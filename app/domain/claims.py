"""What a claim may say: the only place where a field is defined.

A field is a name, a type with its check, a label and a meaning; the last two, in English, are the
keys of `app/locale/fr.po`. What a patch says is its `model_fields_set`: null and absent differ.
Bodies of requests, rows of files, records, documents, columns, labels and pages follow from it.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Discriminator, Field, Tag, ValidationError

from app.domain import values as kinds
from app.domain.errors import Invalid, Unfit
from app.domain.periods import parse, read_dating, to_json
from app.domain.values import (
    Address,
    AnyYear,
    Closed,
    Edtf,
    Licence,
    Line,
    NullIs,
    Once,
    OrEmpty,
    Prose,
    Slug,
    State,
    Title,
    Words,
    word,
)

M = TypeVar("M", bound=BaseModel)

FIRST = "justice-2021"
"""The programme of all that was announced before there were programmes, and names none."""

TYPES = ("dataset", "api", "source_code", "action")
OPENING_TYPES = TYPES[:3]
ANNOUNCEMENTS = ("new", "continued")
ACCESS_RIGHTS = ("public", "restricted", "non_public")
RESOURCE_KINDS = ("file", "api", "repository")
VISIBILITIES = ("public", "internal")
CONFIDENCES = ("high", "medium")
TEXT_KINDS = ("law", "decree", "order", "roadmap", "table", "statement")
TextKind = Annotated[str, word(*TEXT_KINDS)]
ACCEPTED, DISPUTED, RETRACTED = "accepted", "disputed", "retracted"
STANDINGS = (ACCEPTED, DISPUTED, RETRACTED)
ANNOUNCED, DEADLINE, STATE, DESCRIBED = "announced", "deadline", "state", "described"
CLAIMS = (ANNOUNCED, DEADLINE, STATE, DESCRIBED)


# What is described.


class Resource(Closed):
    """Where a thing that is open can be had: a file, an API or a repository."""

    title: OrEmpty[Title] = Field(Title(), description="Its title.")
    kind: Annotated[str, word(*RESOURCE_KINDS)] = Field("file", description="What is had there.")
    url: Address = Field(description="Its page, or the address of the API.")
    download_url: Address | None = Field(None, description="The file itself.")
    format: kinds.FileType | None = Field(None, description="The EU’s file-type code, such as CSV.")
    media_type: kinds.MediaType | None = Field(None, description="Such as text/csv.")
    bytes: kinds.Size | None = Field(None, description="How large.")
    licence: Licence | None = Field(
        None, description="Its own: its address, or an identifier of SPDX such as EUPL-1.2."
    )
    documentation: Address | None = Field(None, description="Where it is explained.")


class Coverage(Closed):
    """The period that the data cover, as far as it is known, in EDTF."""

    start: AnyYear | None = Field(
        None, alias="from", title="from", description="EDTF: 1947, 2021-09-30."
    )
    end: AnyYear | None = Field(
        None, alias="to", title="to", description="EDTF; absent or null while it goes on."
    )


class Contact(Closed):
    """Whom to write to about the entry: a service, not a person."""

    name: Line = Field(title="Service", description="The service.")
    email: kinds.Email | None = Field(None, title="e-mail", description="Its e-mail address.")
    url: Address | None = Field(None, title="page", description="Its page.")


# The fields that bodies and records share.

TitleField = Annotated[
    Title, Field(title="Title", description="Its title: in French, in English or in both.")
]
PublisherField = Annotated[
    Slug, Field(title="Who opens", description="The id of the organisation that opens.")
]
StewardField = Annotated[
    Slug | None,
    Field(title="Who promises", description="The id of the organisation that answers for it."),
]
RankField = Annotated[
    kinds.Rank | None,
    Field(title="Rank in the official table", description="Its place in the official table."),
]
SectionField = Annotated[
    kinds.Section | None,
    Field(title="Section of the roadmap", description="Its section in the roadmap, such as 2.2.1."),
]
AnnouncementField = Annotated[
    Annotated[str, word(*ANNOUNCEMENTS)] | None,
    Field(title="Announcement", description="Continued, if some of it was open before."),
]
VisibilityField = Annotated[
    str,
    word(*VISIBILITIES),
    Field(title="Visibility", description="Internal: seen with its organisation’s keys only."),
]
Rights = Annotated[str, word(*ACCESS_RIGHTS), NullIs("public")]
Resources = Annotated[tuple[Resource, ...], Field(max_length=100), NullIs()]
Keywords = Annotated[tuple[kinds.Keyword, ...], Field(max_length=50), Once, NullIs()]
Themes = Annotated[tuple[kinds.Theme, ...], Field(max_length=20), Once, NullIs()]
HvdCategories = Annotated[tuple[kinds.HvdCategory, ...], Field(max_length=20), Once, NullIs()]


class Description(Closed):
    """What editors describe, for everyone. Its order is the order of every format."""

    title: TitleField = Title()
    short_title: OrEmpty[Title] = Field(
        Title(), title="Short title", description="A few words for lists and calendars."
    )
    description: OrEmpty[Words] = Field(
        Words(), title="Description", description="What it is, in prose."
    )
    publisher: PublisherField = ""
    action: kinds.ActionName | None = Field(
        None,
        title="Roadmap action",
        description="The action of its programme that it carries out, such as justice-2021/A16.",
    )
    jurisdiction: kinds.Jurisdiction | None = Field(
        None,
        title="Jurisdiction",
        description="The courts whose decisions it has, by Judilibre’s code, such as cph.",
    )
    landing_page: Address | None = Field(
        None, title="Landing page", description="Where people read about it."
    )
    resources: Resources = Field(
        (),
        title="Resources",
        description="Where it can be had: all of them, in the place of those it has.",
    )
    covers: OrEmpty[Coverage] = Field(
        Coverage(), title="Period covered", description="The period that the data cover."
    )
    access_rights: Rights = Field(
        "public", title="Access", description="Who may have it; public if null."
    )
    access_conditions: OrEmpty[Words] = Field(
        Words(),
        title="Conditions of access",
        description="What restricts access: by what rule, and who may have it all the same.",
    )
    licence: Licence | None = Field(
        None,
        title="Licence",
        description="Its licence: its address, or an identifier of SPDX such as EUPL-1.2.",
    )
    contact: Contact | None = Field(None, title="Contact", description="Whom to write to.")
    keywords: Keywords = Field(
        (),
        title="Keywords",
        description="Words to find it by: all of them, in the place of those it has.",
    )
    themes: Themes = Field(
        (),
        title="Themes",
        description="Codes of the EU’s data themes. Without one, catalogues say JUST for the "
        "Ministry of Justice and GOVE for others.",
    )
    hvd_categories: HvdCategories = Field(
        (),
        title="High-value categories",
        description="Codes of the EU’s categories of high-value datasets, where it is one by law.",
    )

    @property
    def open_to_all(self) -> bool:
        """Whether everyone may have it: an opening is awaited of nothing else."""
        return self.access_rights == "public"


class Internal(Closed):
    """What editors describe for those alone who hold a key: apart, so that no format slips."""

    budget_status: Line | None = Field(
        None, title="Budget status", description="Internal: seen with a key only."
    )
    steering_unit: Line | None = Field(
        None, title="Steering unit", description="Internal: seen with a key only."
    )


WHERE = "landing_page"
"""Where people find what is open."""
OPENED = ("resources", WHERE, "covers")
"""What a `state` claim says besides, when something is open."""


class Identity(Closed):
    """What an announcement says an entry is, and what holds whatever its date."""

    type: Annotated[str, word(*TYPES)] = Field("dataset", title="Type", description="What opens.")
    programme: Slug = Field(FIRST, title="Programme", description="The plan that promises it.")
    rank: RankField = None
    section: SectionField = None
    announcement: AnnouncementField = None
    steward: StewardField = None
    visibility: VisibilityField = "public"


_NAMES = ("title", "short_title", "publisher", "action", "jurisdiction")
IDENTITY = (*Identity.model_fields, *_NAMES)
"""What an announcement says of an entry that holds whatever the announcement’s date."""


def period(value: Any) -> dict[str, str]:
    """A period as JSON: its label, verbatim, and what that amounts to."""
    parsed = parse(kinds.spelling(value.get("label")))
    if parsed is None or (spelt := to_json(parsed)) != value:
        raise Unfit("A period whose label says the same as its days.")
    return spelt


class Values(Identity, Internal, Description):
    """Whatever any kind of claim says, by field: those that are set."""

    state: State = Field("planned", title="State", description="The state that it is in.")
    deadline: Annotated[dict[str, str], kinds.Checked(period)] | None = Field(
        None, title="Deadline", description="A period as JSON; null withdraws the deadline."
    )


def read(values: Mapping[str, Any]) -> Values:
    """What a claim of the ledger says. What only a newer version knows is left alone.

    An action that is named by its code alone is one of the first programme.
    """
    if (action := values.get("action")) and "/" not in action:
        values = {**values, "action": f"{FIRST}/{action}"}
    return Values.model_validate(values, context=kinds.TRUSTED, extra="ignore")


def written(values: BaseModel, only: set[str] | None = None) -> dict[str, Any]:
    """What a claim says, as JSON, by field: the whole new value of each that is set, or of some."""
    return values.model_dump(mode="json", exclude_unset=True, include=only)


# Merging a patch.


def merge(known: M, patch: BaseModel) -> M:
    """What is described, with a patch of it (RFC 7396).

    What the patch does not name stays, objects merge, all else is replaced.
    """
    changed = {}
    for name in patch.model_fields_set & type(known).model_fields.keys():
        value, before = getattr(patch, name), getattr(known, name)
        both = isinstance(value, BaseModel) and isinstance(before, type(value))
        changed[name] = merge(before, value) if both else value
    return known.model_copy(update=changed)


def differing(known: M, whole: M) -> set[str]:
    """The fields that differ."""
    fields = type(known).model_fields
    return {name for name in fields if getattr(whole, name) != getattr(known, name)}


def faults(whole: Description) -> Iterator[tuple[str, Unfit]]:
    """What no field can say alone. Asked of the whole, once a patch is merged, not of the patch."""
    yield from named_from_to(whole.title, whole.covers.start, whole.covers.end, "covers")
    urls = [resource.url for resource in whole.resources]
    for place, url in enumerate(urls):
        if url in urls[:place]:
            where = f"resources.{place}.url"
            yield where, Unfit("Another resource of the same opening has this address.")


def named_from_to(
    title: Title, start: str | None, end: str | None, field: str
) -> Iterator[tuple[str, Unfit]]:
    """What is wrong with a title, and with a period whose end is in a field."""
    if not title:
        yield "title", Unfit("A title, in French or in English.")
    if start and end:
        first, last = read_dating(start).first, read_dating(end).last
        if first and first > last:
            yield field, Unfit("It ends before it begins.")


def unfit(described: Description) -> tuple[tuple[str, Unfit], ...]:
    """What would be refused now of what is described: an older version took it."""
    try:
        Description.model_validate(described.model_dump(mode="json"))
    except ValidationError as fault:
        return kinds.refusals(fault.errors())
    return tuple(faults(described))


# What stands beside: who says so, when, and by which text.


class Source(Closed):
    """Where a claim was read."""

    title: Line | None = Field(None, title="Title", description="What it is called.")
    site: Line | None = Field(None, title="Site", description="The site that it is on.")
    url: Address | None = Field(None, title="Address", description="Where it is.")


class NewText(Closed):
    """A legal text that the register does not hold yet."""

    title: Line = Field(description="As it is cited; its id is made of it.")
    nor: kinds.Nor | None = Field(None, description="Its number in the official journal.")
    signed_on: AnyYear | None = Field(None, description="EDTF.")
    published_on: AnyYear | None = Field(None, description="EDTF.")
    kind: TextKind | None = Field(None, description="What it is.")
    eli: Address | None = Field(None, description="Its European Legislation Identifier.")
    url: Address | None = Field(None, description="Where it can be read.")
    binding: bool = Field(
        False, strict=True, description="Whether only another such text moves what it sets."
    )


class TextPatch(NewText):
    """A merge-patch (RFC 7396) of a text."""

    title: Line = Field("", description="As it is cited; it may not be taken away.")


class ProgrammePatch(Closed):
    """A merge-patch (RFC 7396) of a programme."""

    title: OrEmpty[Title] = Field(Title(), description="As the plan is called.")
    ministry: Slug = Field("", description="The id of the organisation whose plan it is.")
    start: Edtf | None = Field(None, description="Since when it holds, in EDTF.")
    end: Edtf | None = Field(None, description="Until when, in EDTF.")
    text: Slug | None = Field(None, description="The id of the text that holds it.")
    annexes: Annotated[tuple[Line, ...], Field(max_length=20), NullIs()] = Field(
        (), description="What the text calls its tables of promises."
    )


class NewProgramme(ProgrammePatch):
    """A plan that the register does not hold yet."""

    id: Slug | None = Field(None, description="Its permanent name; made of the title if absent.")
    title: Title = Field(description="As the plan is called: in French, in English or in both.")
    ministry: Slug = Field(description="The id of the organisation whose plan it is.")


class NewPart(Closed):
    """A part that the entry does not have yet."""

    key: Slug = Field(description="Its permanent name within the entry.")
    title: Line = Field(description="Its title, in French.")


def _branch(value: Any) -> str:
    """Which of two types a value is read as: else both would blame it for not being the other."""
    return "·new" if isinstance(value, Mapping | BaseModel) else "·id"


_Either = Annotated[Annotated[Slug, Tag("·id")] | Annotated[M, Tag("·new")], Discriminator(_branch)]
Text = _Either[NewText]
Part = _Either[NewPart]


class Testimony(Closed):
    """What stands beside the values of a change: who says so, when, and by which text."""

    reason: Prose | None = Field(None, description="Why; some changes of state ask for it.")
    text: Text | None = Field(None, description="The id of a legal or official text, or a new one.")
    source: Source | None = Field(None, description="Where it was read.")
    decided_on: Edtf | None = Field(
        None, description="EDTF; when it happened, if before it was published."
    )
    published_on: Edtf | None = Field(None, description="EDTF; today if absent.")
    confidence: Annotated[str, word(*CONFIDENCES)] = Field("high", description="How sure it is.")
    note: Prose | None = Field(None, description="What readers should know besides.")


# The bodies of requests.


class Change(Testimony, Internal, Description):
    """A merge-patch (RFC 7396) of an entry, and beside it the claim that carries the change."""

    state: State = Field("planned", description="The new state; it may not be taken away.")
    deadline: kinds.PeriodText | None = Field(
        None, description="Any spelling of a period; null, with a reason, withdraws it."
    )
    part: Part | None = Field(
        None, description="The part that the change is about; a new one with its title."
    )

    @property
    def part_key(self) -> str | None:
        """The part that the change is about; None for the whole."""
        return self.part.key if isinstance(self.part, NewPart) else self.part


class Promise(Testimony):
    """A new entry, opening or action, and beside it the claim that carries it."""

    title: TitleField
    publisher: PublisherField
    steward: StewardField = None
    programme: Slug | None = Field(
        None, description="The plan that promises it; may be left out where there is only one."
    )
    rank: RankField = None
    state: State = Field("planned", description="The state that it begins in.")
    deadline: kinds.PeriodText | None = Field(
        None, description="Any spelling of a period: T4 2027, 2027-12-31."
    )
    visibility: VisibilityField = "public"


class Announcement(Promise, Description):
    """A new opening, and beside it the claim that carries it."""

    id: Slug | None = Field(None, description="Its permanent name; made of the title if absent.")
    type: Annotated[str, word(*OPENING_TYPES)] = Field("dataset", description="What opens.")
    announcement: AnnouncementField = None


class ActionAnnouncement(Promise):
    """A new action of the roadmap, and beside it the claim that carries it."""

    code: kinds.ActionCode = Field(description="Its number in its programme, such as A35.")
    section: SectionField = None


class Judgement(Closed):
    """The new standing of a claim, and why."""

    standing: Annotated[str, word(*STANDINGS)] = Field(
        description="Disputed and retracted claims are shown, and do not count."
    )
    reason: Prose = Field(description="Why, for the readers of the ledger.")
    together: bool = Field(
        False,
        strict=True,
        description="Every other claim of the entry too that was recorded with this one.",
    )


# What comes whole, from a file.


class Content(Testimony):
    """A claim as a file gives it."""

    commitment: kinds.EntryName
    kind: Literal["announced", "deadline", "state", "described"]
    part: Slug | None = None
    part_title: Line | None = None
    values: Values = Values()
    decided_on: Edtf
    published_on: Edtf
    text: Slug | None = None
    standing: Annotated[str, word(*STANDINGS)] = ACCEPTED
    visibility: Annotated[str, word(*VISIBILITIES)] = "public"


_SAYS = {
    ANNOUNCED: ({*Values.model_fields}, ("type", "title", "publisher")),
    DEADLINE: ({"deadline"}, ("deadline",)),
    STATE: ({"state", *OPENED}, ("state",)),
    DESCRIBED: ({*Description.model_fields, *Internal.model_fields}, ()),
}
"""What each kind of claim may say, and what it is nothing without."""


def admitted(content: Mapping[str, Any]) -> Content:
    """A claim of a file, checked as a body is. Raises Invalid with all that is wrong in it."""
    try:
        claim = Content.model_validate(content)
    except ValidationError as fault:
        raise Invalid(*kinds.refusals(fault.errors(), Content.model_fields)) from None
    values = claim.values.model_fields_set
    # An announcement that says only by when announces a deadline anew: decision record 0013.
    restated = claim.kind == ANNOUNCED and values == {"deadline"}
    may_say, needs = _SAYS[DEADLINE if restated else claim.kind]
    faulty = [(each, Unfit("There is no such field.")) for each in sorted(values - may_say)]
    if claim.values.type == "action" and "/" not in claim.commitment:
        faulty += [("type", Unfit("An action is named with its programme: justice-2021/A16."))]
    faulty += [(each, Unfit("It is needed.")) for each in needs if each not in values]
    if "title" in values or claim.kind == DESCRIBED:
        faulty += [each for each in faults(claim.values) if each[0] != "title" or "title" in values]
    if faulty:
        raise Invalid(*((f"values.{where}", why) for where, why in faulty))
    return claim
