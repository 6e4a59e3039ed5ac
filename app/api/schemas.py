"""What answers hold, as components of the OpenAPI document.

Makes and checks no answer: `app/formats/document.py` makes them, and the tests hold them to this.
"""

from datetime import date, datetime
from typing import Annotated, Any, NotRequired, Union

from pydantic import Field

from app.api.shapes import component as _component
from app.api.shapes import keys as _keys
from app.api.shapes import list_of as _list
from app.api.shapes import one_of as _one_of
from app.api.shapes import told as _told
from app.domain.commitments import (
    ACCESS_RIGHTS,
    ANNOUNCEMENTS,
    OPENING_TYPES,
    RESOURCE_KINDS,
    TIMELINESS,
)
from app.domain.imports import CODES, ERROR, WARNING
from app.domain.ledger import CONFIDENCES, KINDS, STANDINGS
from app.domain.periods import PRECISIONS
from app.domain.search import FACETS
from app.domain.states import STATES
from app.formats.document import UNVERSIONED

JSON = "application/json"


# What several documents say.

Address = Annotated[str, Field(json_schema_extra={"format": "uri"})]
Edtf = _told(str, "EDTF, as far as the source goes: `2023`, `2023-12`, `../2025-09-03`.")
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

Words = _component(
    "Words",
    "A text in French and in English; null where there is none.",
    {"fr": str | None, "en": str | None},
)

Named = _component("Named", "An organisation, by its id and its name.", {"id": str, "name": Words})

Deadline = _component(
    "Deadline",
    "A promised period, and the text that set it.",
    {
        "label": _told(str, "As its source spells it."),
        "start": date,
        "end": date,
        "precision": _one_of(PRECISIONS),
        "text": _told(str | None, "The id of the text that set it."),
    },
)

Move = _component(
    "Move",
    "A deadline set elsewhere. Days run between last days.",
    {
        "from": date,
        "to": _told(date | None, "Null when it was withdrawn."),
        "days": _told(int | None, "Negative when it was brought forward."),
        "text": _told(str | None, "The id of the text that moved it."),
        "published_on": Edtf,
    },
)

_STATE = {
    "state": _told(_one_of(STATES), "Each is explained in `/api/v1/vocabularies`."),
    "state_label": Words,
    "state_since": _told(date, "The day from which it is in this state."),
    "opened_on": _told(date | None, "The day of the opening; the last possible one, if vague."),
}
_DEADLINES = {
    "deadline": _told(Deadline | None, "The deadline in force."),
    "first_deadline": _told(Deadline | None, "The deadline first promised."),
    "moves": _told(_list(Move), "Every move of the deadline, in order."),
    "slip_days": _told(int | None, "From the last day first promised to the last one in force."),
}
_TIMELINESS = {
    "timeliness": _told(_one_of(TIMELINESS), "By the deadline in force, on the day asked."),
    "days_late": _told(int | None, "Null where it is not proven."),
    "uncertain": _told(bool, "Whether the day lies inside a date known only vaguely."),
}

Part = _component(
    "Part",
    "A part with dates of its own, where a text has split an opening.",
    {
        "key": str,
        "title": Words,
        **{name: kind for name, kind in _STATE.items() if name != "state_label"},
        **_DEADLINES,
        **_TIMELINESS,
    },
)

Resource = _component(
    "Resource",
    "Where what is open can be had.",
    {
        "title": Words,
        "kind": _one_of(RESOURCE_KINDS),
        "url": Address,
        "download_url": Address | None,
        "format": _told(str | None, "The EU’s file-type code, such as CSV."),
        "media_type": str | None,
        "bytes": int | None,
        "licence": Address | None,
        "documentation": Address | None,
    },
)

Coverage = _component(
    "Coverage",
    "The period that the data cover, as far as it is known: EDTF.",
    {"from": str | None, "to": str | None},
)

Contact = _component(
    "Contact",
    "Whom to write to: a service, not a person.",
    {"name": str, "email": str | None, "url": Address | None},
)

ActionLinks = _component(
    "ActionLinks",
    "The other addresses of an action.",
    {
        "self": Address,
        "events": Address,
        "html": Address,
        "calendar": _told(Address, "Its deadlines, to subscribe to."),
        "atom": _told(Address, "What changes, to subscribe to."),
        "correct": _told(Address | None, "Where to report an error."),
    },
)

Links = _component(
    "Links",
    "The other addresses of an opening, in every voice.",
    {
        **_keys(ActionLinks),
        "turtle": Address,
        "json_ld": Address,
        "rdf": Address,
        "ntriples": Address,
    },
)

Passage = _list(
    _component("Piece", "A piece of a text: words sought, or not.", {"text": str, "match": bool})
)
Passages = _component(
    "Passages",
    "A text in pieces, in French and in English; null where nothing was met.",
    {"fr": Passage | None, "en": Passage | None},
)
Highlights = _component(
    "Highlights",
    "Where an entry holds the words sought; of a long description, what stands around them.",
    {"title": Passages, "description": Passages, "keywords": _list(Passage)},
)

Opening = _component(
    "Opening",
    "An opening that was announced, and what came of it. Every key is always there; the two "
    "internal ones for a key of its publisher or steward alone, `highlights` where `q` is asked.",
    {
        "id": _told(str, "Its permanent name."),
        "iri": _told(Address, "Its permanent address, which speaks every voice."),
        "type": _told(_one_of(OPENING_TYPES), "What is opened."),
        "rank": _told(int | None, "Its place in the official table."),
        "title": Words,
        "description": Words,
        "announcement": _told(_one_of(ANNOUNCEMENTS) | None, "Whether it was announced as new."),
        "publisher": _told(Named, "Who opens."),
        "steward": _told(Named | None, "Who answers for it."),
        "action": _told(str | None, "The roadmap action that it carries out."),
        **_STATE,
        "announced_deadline": _told(Deadline | None, "The last one of the official table."),
        **_DEADLINES,
        "next_deadline": _told(Deadline | None, "The earliest of its parts that is awaited."),
        "postponements": _told(int, "How many moves went later; a withdrawal is one."),
        **_TIMELINESS,
        "timeliness_first": _told(_one_of(TIMELINESS), "By the first deadline, on the day asked."),
        "days_late_first": _told(int | None, "By the first deadline."),
        "parts": _list(Part),
        "landing_page": Address | None,
        "resources": _list(Resource),
        "covers": Coverage,
        "access_rights": _one_of(ACCESS_RIGHTS),
        "access_conditions": _told(Words, "What restricts access, and who may have it."),
        "licence": Address | None,
        "contact": Contact | None,
        "keywords": list[str],
        "themes": _told(list[str], "Codes of the EU’s data themes."),
        "hvd_categories": _told(list[str], "Codes of the EU’s high-value dataset categories."),
        "budget_status": NotRequired[_told(str | None, "Internal.")],
        "steering_unit": NotRequired[_told(str | None, "Internal.")],
        "created": _told(datetime, "When its first claim was recorded."),
        "modified": _told(datetime, "When its last public claim was recorded."),
        "version": _told(int, "The position of its last event; an ETag begins with it."),
        "links": Links,
        "highlights": NotRequired[_told(Highlights, "With `q` alone.")],
    },
)

_SECTION = {"section": _told(str | None, "Its section in the roadmap, such as 2.2.1.")}

Action = _component(
    "Action",
    "An action of the roadmap: an opening’s keys, and its section.",
    {**_keys(Opening), **_SECTION, "type": _one_of(["action"]), "links": ActionLinks},
)


# Lists.

Head = _component("Head", "The last event of the ledger.", {"position": int, "hash": Hash})

Register = _component(
    "Register",
    "What an answer holds for: the head of the ledger, and the day.",
    {**_keys(Head), "as_of": date},
)

_WHOLE = {"total": int, "register": Register}

Facets = _component(
    "Facets",
    "How many entries each value has, under all filters but its own.",
    dict.fromkeys(FACETS, dict[str, int]),
)

OpeningList = _component(
    "OpeningList",
    "A page of openings.",
    {
        "data": _list(Opening),
        "page": _told(int | None, "Null behind a cursor."),
        "page_size": int,
        "next_page": Address | None,
        "previous_page": Address | None,
        "cursor": _told(str | None, "Where to go on, on long walks; null at the end."),
        "facets": Facets,
        **_WHOLE,
    },
)

ActionList = _component(
    "ActionList", "A page of actions.", {**_keys(OpeningList), "data": _list(Action)}
)

Source = _component(
    "Source",
    "Where a claim was read.",
    {"title": str | None, "site": str | None, "url": str | None},
)

Event = _component(
    "Event",
    "A claim in the ledger, and its place in the chain. Of one that was erased, or that this "
    "reader may not see, its place in the chain alone: all else is null.",
    {
        "position": int,
        "hash": _told(Hash, "SHA-256 of `previous_hash`, `position` and `digest`, as letters."),
        "previous_hash": _told(Hash, "64 zeros before the first."),
        "digest": _told(Hash, "SHA-256 of `salt`, then the canonical JSON of `content`."),
        "salt": str | None,
        "commitment": _told(str | None, "The id of the opening or action."),
        "kind": _one_of(KINDS) | None,
        "part": _told(str | None, "The key of the part that it is about."),
        "values": _told(dict[str, Any] | None, "What it says, by field."),
        "reason": str | None,
        "decided_on": _told(str | None, "EDTF."),
        "published_on": _told(str | None, "EDTF."),
        "text": _told(str | None, "The id of the text that it rests on."),
        "source": Source | None,
        "confidence": _one_of(CONFIDENCES) | None,
        "standing": _one_of(STANDINGS) | None,
        "note": str | None,
        "target": _told(int | None, "The position that a judgement or an erasure is about."),
        "recorded_at": datetime | None,
        "recorded_by": _told(str | None, "The organisation whose key recorded it."),
        "content": _told(dict[str, Any] | None, "Exactly what `digest` covers."),
    },
)

EventList = _component(
    "EventList", "The ledger of one entry, by position.", {"data": _list(Event), **_WHOLE}
)

Values = _component(
    "Values",
    "The values of an opening or an action that an event changed.",
    {
        name: kind
        for name, kind in {**_keys(Opening), **_SECTION, "type": str}.items()
        if name not in (*UNVERSIONED, "budget_status", "steering_unit", "highlights")
    },
    whole=False,
)

Change = _component(
    "Change",
    "An event, with the values that it changed.",
    {
        **_keys(Event),
        "before": _told(Values | None, "Null when it began the entry."),
        "after": _told(Values | None, "Null when it took the entry away."),
    },
)

ChangeList = _component(
    "ChangeList",
    "A stretch of the ledger.",
    {
        "data": _list(Change),
        "next": _told(Address | None, "Where to go on; null at the head."),
        "head": Head,
    },
)


# What entries refer to.

Organization = _component(
    "Organization", "Who promises, or opens.", {"id": str, "name": Words, "part_of": str | None}
)

OrganizationList = _component(
    "OrganizationList", "All organisations.", {"data": _list(Organization), **_WHOLE}
)

TextMove = _component(
    "TextMove",
    "A deadline that a text moved.",
    {
        "commitment": _told(str, "The id of the opening or action."),
        "iri": Address,
        "part": _told(str | None, "The key of the part; null for the whole."),
        **_keys(Move),
    },
)

Text = _component(
    "Text",
    "A legal or official text, and what it moved.",
    {
        "id": str,
        "title": str,
        "nor": str | None,
        "signed_on": _told(str | None, "EDTF."),
        "published_on": _told(str | None, "EDTF."),
        "moved": _list(TextMove),
    },
)

TextList = _component("TextList", "All texts, oldest first.", {"data": _list(Text), **_WHOLE})

Term = _component(
    "Term", "A word that documents use.", {"key": str, "label": Words, "meaning": Words}
)

StateTerm = _component(
    "StateTerm", "A state, with its label of an action.", {**_keys(Term), "label_action": Words}
)

Code = _component("Code", "A code of the EU.", {"key": str, "label": Words})

Category = _component(
    "Category",
    "A category of high-value datasets.",
    {**_keys(Code), "top": _told(str, "The one of the six that it belongs to, or is.")},
)

Vocabularies = _component(
    "Vocabularies",
    "The words that documents use.",
    {
        "types": _list(Term),
        "states": _list(StateTerm),
        "announcements": _list(Term),
        "timeliness": _list(Term),
        "themes": _list(Code),
        "hvd_categories": _list(Category),
    },
)

Live = _component("Live", "The process answers.", {"status": str, "version": str})

Ready = _component(
    "Ready", "The register can do its work.", {**_keys(Live), "engine": str, **_keys(Head)}
)

Fault = _component(
    "Fault",
    "One thing that is wrong.",
    {"field": _told(str, "The parameter or field; empty for the whole."), "message": str},
)

Finding = _component(
    "Finding",
    "What was found in a file, and where.",
    {
        "severity": _told(_one_of((ERROR, WARNING)), "An error stops everything."),
        "code": _told(_one_of(CODES), "Each is explained in the documentation of imports."),
        "row": _told(int | None, "From 1, as spreadsheets count; null for the whole file."),
        "column": _told(str | None, "The heading of the column."),
        "message": str,
    },
)

Problem = _component(
    "Problem",
    "Why a request was refused (RFC 9457). `type` leads to a page that says what to do.",
    {
        "type": Address,
        "title": str,
        "status": int,
        "detail": str,
        "instance": str,
        "errors": NotRequired[_list(Fault)],
        "current": NotRequired[_told(str, "The state that it is in.")],
        "wanted": NotRequired[_told(str, "The state asked for.")],
        "allowed": NotRequired[_told(list[str], "The states that it may become.")],
        "findings": NotRequired[_told(_list(Finding), "All that was found in the file.")],
        "parts": NotRequired[_told(list[str], "The parts that carry state and deadline.")],
        "offered": NotRequired[_told(list[str], "The media types that are spoken.")],
        "current_version": NotRequired[_told(int, "The version that the entry is at.")],
        "request_id": NotRequired[str],
    },
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
