"""What answers hold, as components of the OpenAPI document.

Makes and checks no answer: `app/formats/document.py` makes them, and the tests hold them to this.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, NotRequired, Union

from pydantic import BaseModel, ConfigDict, Field, with_config
from typing_extensions import TypedDict

from app.domain import claims, comparison, ledger, periods, search
from app.domain.commitments import TIMELINESS
from app.domain.states import STATES
from app.domain.values import Words
from app.formats.document import UNVERSIONED

JSON = "application/json"


def _untitled(schema: dict[str, Any]) -> None:
    """A name says it once: pydantic adds each again as a title."""
    schema.pop("title", None)
    for row in schema["properties"].values():
        row.pop("title", None)


_CLOSED = ConfigDict(extra="forbid", json_schema_extra=_untitled)


def component(
    name: str, meaning: str, /, *keys: dict[str, Any], whole: Any = True, **more: Any
) -> Any:
    """An object with all of these keys, or with any of them where it need not be whole."""
    every = {name: kind for row in (*keys, more) for name, kind in row.items()}
    made = TypedDict(name, every, total=whole)  # type: ignore[misc]
    made.__doc__ = meaning
    return with_config(_CLOSED)(made)


def keys(component: Any) -> dict[str, Any]:
    return dict(component.__annotations__)


def list_of(component: Any) -> Any:
    return list[component]


def one_of(known: Iterable[str]) -> Any:
    return Annotated[str, Field(json_schema_extra={"enum": [*known]})]


def key(kind: Any, meaning: str) -> Any:
    """A key with what it means."""
    return Annotated[kind, Field(description=meaning)]


# What several documents say.

Address = Annotated[str, Field(json_schema_extra={"format": "uri"})]
Edtf = key(str, "EDTF, as far as the source goes: `2023`, `2023-12`, `../2025-09-03`.")
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


def described(model: type[BaseModel]) -> dict[str, Any]:
    """What editors describe, as documents have it."""
    return {
        name: Annotated[(info.annotation, *info.metadata, Field(description=info.description))]
        for name, info in model.model_fields.items()
    }


Named = component("Named", "An organisation, by its id and its name.", id=str, name=Words)
Deadline = component(
    "Deadline",
    "A promised period, and the text that set it.",
    label=key(str, "As its source spells it."),
    **dict.fromkeys(("start", "end"), date),
    precision=one_of(periods.PRECISIONS),
    text=key(str | None, "The id of the text that set it."),
)

Move = component(
    "Move",
    "A deadline set elsewhere. Days run between last days.",
    **{"from": date},
    to=key(date | None, "Null when it was withdrawn."),
    days=key(int | None, "Negative when it was brought forward."),
    text=key(str | None, "The id of the text that moved it."),
    published_on=Edtf,
)

_STATE = {
    "state": key(one_of(STATES), "Each is explained in `/api/v1/vocabularies`."),
    "state_label": Words,
    "state_since": key(date, "The day from which it is in this state."),
    "opened_on": key(date | None, "The day of the opening; the last possible one, if vague."),
}
_DEADLINES = {
    "deadline": key(Deadline | None, "The deadline in force."),
    "first_deadline": key(Deadline | None, "The deadline first promised."),
    "moves": key(list_of(Move), "Every move of the deadline, in order."),
    "slip_days": key(int | None, "From the last day first promised to the last one in force."),
}
_TIMELINESS = {
    "timeliness": key(one_of(TIMELINESS), "By the deadline in force, on the day asked."),
    "days_late": key(int | None, "Negative if it opened early; null where it is not proven."),
    "uncertain": key(bool, "Whether the day lies inside a date known only vaguely."),
}

Part = component(
    "Part",
    "A part with dates of its own, where a text has split an opening.",
    key=str,
    title=Words,
    **{name: kind for name, kind in _STATE.items() if name != "state_label"},
    **_DEADLINES,
    **_TIMELINESS,
)

ActionLinks = component(
    "ActionLinks",
    "The other addresses of an action.",
    dict.fromkeys(("self", "events", "html"), Address),
    calendar=key(Address, "Its deadlines, to subscribe to."),
    atom=key(Address, "What changes, to subscribe to."),
    correct=key(Address | None, "Where to report an error."),
)

Links = component(
    "Links",
    "The other addresses of an opening, in every format.",
    keys(ActionLinks),
    dict.fromkeys(("turtle", "json_ld", "rdf", "ntriples"), Address),
)

Passage = list_of(
    component("Piece", "A piece of a text: words sought, or not.", text=str, match=bool)
)
Passages = component(
    "Passages",
    "A text in pieces, in French and in English; null where nothing was met.",
    fr=Passage | None,
    en=Passage | None,
)
Highlights = component(
    "Highlights",
    "Where an entry holds the words sought; of a long description, what stands around them.",
    title=Passages,
    description=Passages,
    keywords=list_of(Passage),
)

Opening = component(
    "Opening",
    "An opening that was announced, and what came of it. Every key is always there; the two "
    "internal ones for a key of its publisher or steward alone, `highlights` where `q` is asked.",
    id=key(str, "Its permanent name."),
    iri=key(Address, "Its permanent address, where every format is offered."),
    type=key(one_of(claims.OPENING_TYPES), "What is opened."),
    rank=key(int | None, "Its place in the official table."),
    announcement=key(one_of(claims.ANNOUNCEMENTS) | None, "Whether it was announced as new."),
    steward=key(Named | None, "Who answers for it."),
    **{**described(claims.Description), "publisher": key(Named, "Who opens.")},
    **_STATE,
    announced_deadline=key(Deadline | None, "The last one of the official table."),
    **_DEADLINES,
    next_deadline=key(Deadline | None, "The earliest of its parts that is awaited."),
    postponements=key(int, "How many moves went later; a withdrawal is one."),
    **_TIMELINESS,
    timeliness_first=key(one_of(TIMELINESS), "By the first deadline, on the day asked."),
    days_late_first=key(int | None, "By the first deadline."),
    parts=list_of(Part),
    **{name: NotRequired[kind] for name, kind in described(claims.Internal).items()},
    created=key(datetime, "When its first claim was recorded."),
    modified=key(datetime, "When its last public claim was recorded."),
    version=key(int, "The position of its last event; an ETag begins with it."),
    links=Links,
    highlights=NotRequired[key(Highlights, "With `q` alone.")],
)

_SECTION = {"section": key(str | None, "Its section in the roadmap, such as 2.2.1.")}

Action = component(
    "Action",
    "An action of the roadmap: an opening’s keys, and its section.",
    keys(Opening),
    _SECTION,
    type=one_of(["action"]),
    links=ActionLinks,
)


# Lists.

Head = component("Head", "The last event of the ledger.", position=int, hash=Hash)

Register = component(
    "Register",
    "What an answer holds for: the head of the ledger, and the day.",
    keys(Head),
    as_of=date,
)

_WHOLE = {"total": int, "register": Register}
_AROUND = dict.fromkeys(("next_page", "previous_page"), Address | None)
_PAGED = {"page": int, "page_size": int, **_AROUND}

Facets = component(
    "Facets",
    "How many entries each value has, under all filters but its own.",
    dict.fromkeys(search.FACETS, dict[str, int]),
)

OpeningList = component(
    "OpeningList",
    "A page of openings.",
    {"data": list_of(Opening)},
    _PAGED,
    page=key(int | None, "Null behind a cursor."),
    cursor=key(str | None, "Where to go on, on long walks; null at the end."),
    facets=Facets,
    **_WHOLE,
)

ActionList = component("ActionList", "A page of actions.", keys(OpeningList), data=list_of(Action))

Event = component(
    "Event",
    "A claim in the ledger, and its place in the chain. Of one that was erased, or that this "
    "reader may not see, its place in the chain alone: all else is null.",
    position=int,
    hash=key(Hash, "SHA-256 of `previous_hash`, `position` and `digest`, as letters."),
    previous_hash=key(Hash, "64 zeros before the first."),
    digest=key(Hash, "SHA-256 of `salt`, then the canonical JSON of `content`."),
    salt=str | None,
    commitment=key(str | None, "The id of the opening or action."),
    kind=one_of(ledger.KINDS) | None,
    part=key(str | None, "The key of the part that it is about."),
    values=key(dict[str, Any] | None, "What it says, by field."),
    reason=str | None,
    decided_on=key(str | None, "EDTF."),
    published_on=key(str | None, "EDTF."),
    text=key(str | None, "The id of the text that it rests on."),
    source=claims.Source | None,
    confidence=one_of(claims.CONFIDENCES) | None,
    standing=one_of(claims.STANDINGS) | None,
    note=str | None,
    target=key(int | None, "The position that a judgement or an erasure is about."),
    recorded_at=datetime | None,
    recorded_by=key(str | None, "The organisation whose key recorded it."),
    content=key(dict[str, Any] | None, "Exactly what `digest` covers."),
)

EventList = component(
    "EventList",
    "A page of the ledger of one entry, by position.",
    {"data": list_of(Event)},
    _PAGED,
    _WHOLE,
)

Values = component(
    "Values",
    "The values of an opening or an action that an event changed.",
    {
        name: kind
        for name, kind in {**keys(Opening), **_SECTION, "type": str}.items()
        if name not in (*UNVERSIONED, *claims.Internal.model_fields, "highlights")
    },
    whole=False,
)

Change = component(
    "RecordedChange",
    "An event, with the values that it changed.",
    keys(Event),
    title=key(Words | None, "The title of the entry; null where nothing else is shown."),
    before=key(Values | None, "Null when it began the entry."),
    after=key(Values | None, "Null when it took the entry away."),
)

ChangeList = component(
    "ChangeList",
    "A stretch of the ledger.",
    data=list_of(Change),
    next=key(Address | None, "Where to go on; null at the head."),
    head=Head,
)


# What entries refer to.

Organization = component(
    "Organization", "Who promises, or opens.", id=str, name=Words, part_of=str | None
)

OrganizationList = component(
    "OrganizationList", "All organisations.", data=list_of(Organization), **_WHOLE
)

TextMove = component(
    "TextMove",
    "A deadline that a text moved.",
    commitment=key(str, "The id of the opening or action."),
    iri=Address,
    part=key(str | None, "The key of the part; null for the whole."),
    **keys(Move),
)

Text = component(
    "Text",
    "A legal or official text, and what it moved.",
    {"id": str, "title": str, "nor": str | None},
    dict.fromkeys(("signed_on", "published_on"), key(str | None, "EDTF.")),
    moved=list_of(TextMove),
)

TextList = component("TextList", "All texts, oldest first.", data=list_of(Text), **_WHOLE)

Term = component("Term", "A word that documents use.", key=str, label=Words, meaning=Words)

StateTerm = component(
    "StateTerm", "A state, with its label of an action.", keys(Term), label_action=Words
)

Code = component("Code", "A code of the EU.", key=str, label=Words)

Category = component(
    "Category",
    "A category of high-value datasets.",
    keys(Code),
    top=key(str, "The one of the six that it belongs to, or is."),
)

Vocabularies = component(
    "Vocabularies",
    "The words that documents use.",
    {"types": list_of(Term), "states": list_of(StateTerm)},
    dict.fromkeys(("announcements", "timeliness"), list_of(Term)),
    themes=list_of(Code),
    hvd_categories=list_of(Category),
)

Live = component("Live", "The process answers.", status=str, version=str)

Ready = component("Ready", "The register can do its work.", keys(Live), {"engine": str}, keys(Head))

Fault = component(
    "Fault",
    "One thing that is wrong.",
    field=key(str, "The parameter or field; empty for the whole."),
    message=str,
)

Finding = component(
    "Finding",
    "What was found in a file, and where.",
    severity=key(one_of((comparison.ERROR, comparison.WARNING)), "An error stops everything."),
    code=key(one_of(comparison.CODES), "Each is explained in the documentation of imports."),
    row=key(int | None, "From 1, as spreadsheets count; null for the whole file."),
    column=key(str | None, "The heading of the column."),
    message=str,
)

Problem = component(
    "Problem",
    "Why a request was refused (RFC 9457). `type` leads to a page that says what to do.",
    {"type": Address, "title": str, "status": int, "detail": str, "instance": str},
    errors=NotRequired[list_of(Fault)],
    current=NotRequired[key(str, "The state that it is in.")],
    wanted=NotRequired[key(str, "The state asked for.")],
    allowed=NotRequired[key(list[str], "The states that it may become.")],
    findings=NotRequired[key(list_of(Finding), "All that was found in the file.")],
    parts=NotRequired[key(list[str], "The parts that carry state and deadline.")],
    offered=NotRequired[key(list[str], "The media types that are offered.")],
    current_version=NotRequired[key(int, "The version that the entry is at.")],
    request_id=NotRequired[str],
)

COMPONENTS: Any = Union[  # noqa: UP007 a value, for FastAPI to read
    OpeningList,
    ActionList,
    EventList,
    ChangeList,
    TextList,
    OrganizationList,
    Vocabularies,
    Live,
    Ready,
    Problem,
]
"""All of them: FastAPI lists what one route names as its model, and checks no `Response` by it."""
