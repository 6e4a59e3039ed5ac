"""What a person types at the desk, as the bodies of changes; and what they refuse, by field.

A field of a form is named as in the body that it fills, `source.url`, `text.title`.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any, TypeVar, get_args
from zlib import compress, decompressobj, error

from pydantic import BaseModel, ValidationError

from app.domain import beside, values
from app.domain.claims import Announcement, Change, Description, NewText, Resource, Values
from app.domain.errors import Invalid, Refusal, Unfit
from app.domain.ledger import Claim
from app.domain.periods import NO_SUCH_DAY, Unreadable, period_of, read_dating, spell, spelled
from app.domain.references import Text
from app.domain.states import STATES
from app.domain.values import Title, Words
from app.formats.language import say
from app.formats.sentences import Sentences
from app.formats.sheets import MOST_BYTES
from app.register.importing import ImportForm

M = TypeVar("M", bound=BaseModel)
Sent = Mapping[str, str]
BY = "by"
"""The name behind a dated field that says “by that day at the latest”."""
NEW_TEXT = tuple(f"text.{name}" for name in NewText.model_fields if name != "binding")
BINDING = ("law", "decree", "order")
"""The kinds of text that set what only another such text moves."""
MOST_PARTS, LONGEST_HEAD = 60, 4_096
"""How many fields a form with a file has, and how many bytes what is before the value of one."""
LONGEST_ID = 80
"""How long the id of a text is that is made of its title."""
OF_SOURCE = ("title", "url")
_WORDS = beside(__file__)
OF_RESOURCE: dict[str, str] = _WORDS["resource"]
"""What a form asks for of a resource; the rest of what is known goes along unseen, as `KNOWN`."""
KNOWN, SPARE = "known", 2
"""How many rows are empty, for what is new."""
CHOSEN = {"state": "state", "publisher": "organization"}
"""What is chosen in a list, and in which."""
TONGUES = {name: str(info.title) for name, info in Words.model_fields.items()}
HINTS: dict[str, str] = _WORDS["hints"]
"""What is said under a field: of that name, or of a list."""
OPTIONS = {
    name: tuple(values.without_null(schema).get("enum", ()))
    for name, schema in Description.model_json_schema()["properties"].items()
}
"""The words of which a field takes one."""


@dataclass(slots=True)
class Faults:
    """What is wrong with a form: of each field, and of the whole under an empty name."""

    language: str
    rows: dict[str, str] = field(default_factory=dict)
    position: int | None = None
    """The claim that the whole is refused for, if it is one."""

    def note(self, where: str, why: Unfit) -> None:
        """Remember the first thing that is wrong with a field."""
        self.position = self.position or (None if where else why.facts.get("position"))
        facts = {name: self._labelled(fact) for name, fact in why.facts.items()}
        self.rows.setdefault(where, say(self.language, why.sentence, **facts))

    def _labelled(self, fact: Any) -> Any:
        """A fact as people know it: days are spelt, and the codes of states have labels."""
        if isinstance(fact, tuple):
            return tuple(map(self._labelled, fact))
        if not isinstance(fact, str):
            return fact
        with suppress(Unreadable):
            return spell(period_of(read_dating(fact).last), self.language)
        return say(self.language, STATES[fact].label) if fact in STATES else fact

    def of(self, refusal: Refusal, shown: Iterable[str] = ()) -> None:
        """What a refusal says of each field that the form shows; the rest is of the whole."""
        whole = [("", Unfit(refusal.sentence, **refusal.facts))]
        for where, why in refusal.errors if isinstance(refusal, Invalid) else whole:
            self.note(next(_shown(where, shown), ""), why)


def _shown(where: str, shown: Iterable[str]) -> Iterator[str]:
    """The fields of a path, and of those that it is within: `title.fr` of `title`, `text` last."""
    while where:
        yield from (name for name in shown if name == where or name.startswith(f"{where}."))
        where = where.rpartition(".")[0]


def dating(sent: Sent, name: str) -> str | None:
    """The EDTF text of a day, a month or a year as people write them. Raises Invalid."""
    text = sent.get(name, "")
    if not text:
        return None
    sentence = "Write a day or a month, such as 24/11/2026 or November 2026."
    try:
        period = spelled(text)
    except Unreadable as fault:
        period = None
        if fault.facts["why"] == NO_SUCH_DAY:
            sentence = "The calendar has no such day."
    if period is None or period.precision in ("quarter", "half"):
        raise Invalid((name, Unfit(sentence)))
    edtf = period.end.isoformat()[: {"year": 4, "month": 7, "day": 10}[period.precision]]
    return f"../{edtf}" if sent.get(f"{name}.{BY}") else edtf


def _usual(text: str) -> str:
    """An ISO day, month or year as people write it, 30/09/2026; any other text as it is."""
    parts = text.split("-")
    return "/".join(reversed(parts)) if "".join(parts).isdecimal() else text


def report(sent: Sent, before: Sent) -> Change:
    """The change that a report of an opening asks for. Raises Invalid.

    `before`: what the form said at first; what stands as it did is not sent.
    """
    body = _body(sent, before)
    if not body.get("decided_on"):
        raise Invalid(("decided_on", Unfit("Say since when, as far as you know.")))
    return checked({**body, "state": sent.get("state", "")})


def move(sent: Sent, before: Sent, texts: Mapping[str, Text]) -> Change:
    """The change that moves a deadline: known since its text was, if nothing else is said."""
    body: dict[str, Any] = _body(sent, before)
    body["deadline"] = None if sent.get("withdrawn") else sent.get("deadline")
    if body["deadline"] == "":
        raise Invalid(("deadline", Unfit("Give the new deadline, or tick that it is withdrawn.")))
    text = body.get("text")
    new = text if isinstance(text, dict) else {}
    known = texts.get(str(text))
    if day := new.get("published_on") or (known and known.published_on):
        body.setdefault("published_on", day)
    return checked(body)


def announcement(sent: Sent, before: Sent) -> Announcement:
    """A new entry, as far as the form says anything of it. Raises Invalid."""
    return checked(_body(sent, dict.fromkeys(before, "")), Announcement)


def change(sent: Sent, before: Sent) -> Change:
    """The change of an entry or of a claim, as far as the form says otherwise. Raises Invalid."""
    return checked(_body(sent, before))


def _body(sent: Sent, before: Sent) -> dict[str, Any]:
    """What a form says otherwise than it did at first, as a body."""
    body = _testimony(sent, before)
    for name, info in Values.model_fields.items():
        inner = [n for n in before if n == name or n.startswith(f"{name}.")]
        if not any(sent.get(n, "") != before[n] for n in inner):
            continue
        filled = [n for n in inner if sent.get(n) or before[n]]
        typed = {n.removeprefix(f"{name}."): sent.get(n) or None for n in filled}
        if name in LISTS:
            body[name] = [row for row in map(_resource, _rows(sent, name)) if row]
        elif inner != [name]:
            body[name] = typed if any(typed.values()) or info.default is not None else None
        elif isinstance(info.default, tuple):
            several = sent.get(name, "").replace(";", ",").split(",")
            body[name] = [each.strip() for each in several if each.strip()]
        else:
            body[name] = typed[name]
    return body


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model that a value is of, or a list of values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model, get_args(annotation))), None)


LISTS = [name for name, row in Values.model_fields.items() if _model(row.annotation) is Resource]
"""The fields that are typed in rows."""


def compacted(sent: Sent) -> Sent:
    """What was sent, each row of a list in the place that a refusal names: the empty ones last."""
    return dict(sent) | {
        f"{name}.{number}.{inner}": value
        for name in LISTS
        for number, row in enumerate(_rows(sent, name))
        for inner, value in row.items()
    }


def _rows(sent: Sent, name: str) -> list[dict[str, str]]:
    """The rows of a list as they were typed: those that are empty come last."""
    typed: dict[str, dict[str, str]] = {}
    for key, value in sent.items():
        if key.startswith(f"{name}."):
            number, _, inner = key.removeprefix(f"{name}.").partition(".")
            typed.setdefault(number, {})[inner] = value
    return sorted(typed.values(), key=lambda row: not any(map(row.get, OF_RESOURCE)))


def untyped(sent: Sent, before: Sent, now: Sent) -> dict[str, str]:
    """The fields that say what they did before, as they are now; a list is typed as a whole."""
    names = {name: _listed(name) for name in {**before, **now}}
    typed = {whole for name, whole in names.items() if sent.get(name, "") != before.get(name, "")}
    return {name: now.get(name, "") for name, whole in names.items() if whole not in typed}


def _listed(name: str) -> str:
    """The list that a field is in a row of, or the field."""
    whole = name.partition(".")[0]
    return whole if whole in LISTS else name


def _resource(row: Sent) -> dict[str, Any]:
    """A resource as it was typed, with what else is known of it; nothing of an empty row."""
    if not any(map(row.get, OF_RESOURCE)):
        return {}
    known: dict[str, Any] = {}
    with suppress(ValueError):
        known = Resource.model_validate_json(row.get(KNOWN, "")).model_dump(mode="json")
    title = {**known.get("title", {}), "fr": row.get("title.fr") or None}
    typed = {name: row.get(name) or None for name in OF_RESOURCE if "." not in name}
    return {**known, **typed, "title": title}


def _testimony(sent: Sent, before: Sent) -> dict[str, Any]:
    """What stands beside the values: of which part, by which text, who says so, when, why."""
    body: dict[str, Any] = {"part": sent["part"]} if sent.get("part") else {}
    for name in ("decided_on", "published_on"):
        known = [(before.get(each, ""), sent.get(each, "")) for each in (name, f"{name}.{BY}")]
        if any(was != now for was, now in known) and (text := dating(sent, name)):
            body[name] = text
    for name in ("note", "reason"):
        if sent.get(name, "") != before.get(name, ""):
            body[name] = sent.get(name) or None
    if any(map(sent.get, NEW_TEXT)):
        dated = {name: dating(sent, name) for name in NEW_TEXT if name.endswith("_on")}
        given = {name.partition(".")[2]: {**sent, **dated}.get(name) for name in NEW_TEXT}
        body["text"] = {name: value for name, value in given.items() if value}
        body["text"] |= {"binding": True} if sent.get("text.kind") in BINDING else {}
    elif sent.get("text", "") != before.get("text", ""):
        body["text"] = sent.get("text") or None
    source = {name: sent.get(f"source.{name}", "") for name in OF_SOURCE}
    if any(value != before.get(f"source.{name}", "") for name, value in source.items()):
        body["source"] = {name: value for name, value in source.items() if value} or None
    return body


def checked(body: Mapping[str, Any], model: type[M] = Change) -> M:  # type: ignore[assignment]
    """A body, as the API checks it. Raises Invalid."""
    try:
        return model.model_validate(body)
    except ValidationError as fault:
        raise Invalid(*values.refusals(fault.errors(), model.model_fields)) from None


OF_TABLE = {"text.title": "text_title", "source.title": "source_title", "source.url": "source_url"}
"""The fields of the form of a table that an import knows by another name."""


def table(sent: Sent, *, rehearsed: bool) -> ImportForm:
    """What is said of a table that is handed in. Raises Invalid."""
    body: dict[str, Any] = {"dry_run": rehearsed, "correct": bool(sent.get("correct"))}
    body |= {name: sent[name] for name in ("text", "programme") if sent.get(name)}
    body |= {OF_TABLE[name]: sent[name] for name in OF_TABLE if sent.get(name)}
    if published := dating(sent, "published_on"):
        body["published_on"] = published
    if title := body.get("text_title"):
        body["text"] = values.permanent_name(title, LONGEST_ID)
    return checked(body, ImportForm)


def packed(file: bytes) -> str:
    """A file as a field of a form, for the page that asks whether to carry it out."""
    return urlsafe_b64encode(compress(file)).decode()


def unpacked(field: str) -> bytes:
    """The file of such a field, no larger than a table may be. Raises Invalid."""
    content = b""
    with suppress(ValueError, error):
        content = decompressobj().decompress(urlsafe_b64decode(field), MOST_BYTES + 1)
    if not content:
        raise Invalid(("upload", Unfit("Choose the file of the table.")))
    return content


def parts(media_type: str, body: bytes) -> dict[str, str]:
    """The fields of a form that carries a file; the file itself packed, as `file`.

    A form has no form within a part, so what a part holds is not parsed (RFC 7578). Raises
    ValueError.
    """
    whole = Message()
    whole["Content-Type"] = media_type
    boundary = f"\r\n--{whole.get_boundary('')}".encode("latin-1")
    pieces = (b"\r\n" + body).split(boundary, MOST_PARTS + 1)
    if boundary == b"\r\n--" or len(pieces) > MOST_PARTS or not pieces[-1].startswith(b"--"):
        raise ValueError(media_type)
    fields, file = dict[str, str](), b""
    for piece in pieces[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        if len(head) > LONGEST_HEAD:
            raise ValueError(len(head))
        part = BytesHeaderParser().parsebytes(head.removeprefix(b"\r\n"))
        name = str(part.get_param("name", "", "content-disposition"))
        if name == "upload":
            file = content
        else:
            fields[name] = content.decode()
    return fields | ({"file": packed(file)} if file else {})


@dataclass(frozen=True, slots=True)
class Input:
    """A field of a form: its name, its label, and what is typed or chosen there.

    `language`: that of a text which may be in both. `group`: what several are of, and which one.
    """

    name: str
    label: str
    kind: str = "line"
    language: str | None = None
    group: tuple[str, int] | None = None
    hint: str = ""
    options: tuple[str, ...] = ()

    def named(self, say: Sentences) -> str:
        """Its label, and in which language."""
        return ", ".join(
            say.t(each) for each in (self.label, TONGUES.get(self.language or "")) if each
        )

    def labelled(self, say: Sentences) -> str:
        """Its label, with that of its group and its language."""
        label = self.named(say)
        group, number = self.group or ("", 0)
        within = say.t("Resource {number}", number=number) if number else say.t(group)
        return say.labelled(within, label) if group else label


def inputs(names: Iterable[str], values: Mapping[str, Any]) -> dict[Input, str]:
    """What a form can ask for of these fields, and what stands there at first; `values` as JSON."""
    return {row: _text(values, row.name.split(".")) for row in _inputs(names, values)}


def _inputs(names: Iterable[str], values: Mapping[str, Any]) -> Iterator[Input]:
    for name in names:
        info = Values.model_fields[name]
        label, model = str(info.title), _model(info.annotation)
        if name in LISTS:
            for number in range(len(values.get(name) or ()) + SPARE):
                row = (label, number + 1)
                for inner, asked in OF_RESOURCE.items():
                    yield Input(f"{name}.{number}.{inner}", asked, group=row)
                yield Input(f"{name}.{number}.{KNOWN}", "", "hidden", group=row)
        elif model and issubclass(model, Words):
            kind = "line" if issubclass(model, Title) else "prose"
            for language in model.model_fields:
                yield Input(f"{name}.{language}", label, kind, language)
        elif model:
            for inner, each in model.model_fields.items():
                place = f"{name}.{each.alias or inner}"
                yield Input(place, str(each.title), group=(label, 0))
        else:
            hint = HINTS.get(name, HINTS["list"] if isinstance(info.default, tuple) else "")
            kind, options = CHOSEN.get(name, "line"), OPTIONS.get(name, ())
            yield Input(name, label, kind, hint=hint, options=options)


def _text(value: Any, steps: list[str]) -> str:
    """What a field says of a value that is so many steps within JSON."""
    if steps == [KNOWN]:
        return json.dumps(value) if value else ""
    if steps:
        inner = dict(enumerate(value)) if isinstance(value, list) else value or {}
        first = int(steps[0]) if isinstance(value, list) else steps[0]
        return _text(inner.get(first), steps[1:])
    if isinstance(value, dict):  # a period
        return _usual(value["label"])
    return ", ".join(value) if isinstance(value, list) else value or ""


def correctable(claim: Claim) -> dict[Input, str]:
    """What may be corrected of what a claim says, and what it says."""
    return inputs((name for name in claim.values if name in _CHANGED), claim.values)


_CHANGED = Change.model_fields.keys() & Values.model_fields.keys()


def described(description: Description | None) -> dict[Input, str]:
    """What may be described of an entry, and how it is."""
    values = description.model_dump(mode="json") if description else {}
    return inputs(Description.model_fields, values)


def texts(fields: Mapping[Input, str]) -> dict[str, str]:
    """What stands in some fields, by their names."""
    return {row.name: text for row, text in fields.items()}


def blank(*names: str) -> dict[str, str]:
    """Nothing of what stands beside the values, and of some other fields, is typed yet."""
    beside = ("decided_on", "published_on", "text", "note", "reason", *NEW_TEXT, *names)
    return dict.fromkeys([*beside, *(f"source.{name}" for name in OF_SOURCE)], "")


def of_claim(claim: Claim) -> dict[str, str]:
    """A claim as the fields of the form that corrects it."""
    fields = {**blank(), "text": claim.text or "", "note": claim.note or ""}
    for name, dated in (("decided_on", claim.decided_on), ("published_on", claim.published_on)):
        fields[name] = _usual(str(dated).rpartition("/")[2])
        fields[f"{name}.{BY}"] = "1" if dated.first is None else ""
    for name in OF_SOURCE if claim.source else ():
        fields[f"source.{name}"] = getattr(claim.source, name) or ""
    return fields | texts(correctable(claim))
