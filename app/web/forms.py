"""What a person types at the desk, as the bodies of changes; and what they refuse, by field.

A field of a form is named as in the body that it fills, `source.url`, `text.title`.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any, TypeVar
from zlib import compress, decompressobj, error

from pydantic import BaseModel, ValidationError

from app.domain import values
from app.domain.claims import WHERE, Change, Values
from app.domain.errors import Invalid, Unfit
from app.domain.ledger import Claim
from app.domain.periods import Dating, Unreadable, parse, period_of, read_dating, spell
from app.domain.states import STATES
from app.domain.values import Title, Words
from app.formats.language import say
from app.formats.sheets import MOST_BYTES
from app.register.importing import ImportForm

M = TypeVar("M", bound=BaseModel)
Sent = Mapping[str, str]
BY = "by"
"""The name behind a dated field that says “by that day at the latest”."""
NEW_TEXT = ("text.title", "text.nor", "text.published_on")
MOST_PARTS, LONGEST_HEAD = 60, 4_096
"""How many fields a form with a file has, and how many bytes what is before the value of one."""
LONGEST_ID = 80
"""How long the id of a text is that is made of its title."""
OF_SOURCE = ("title", "url")
CHOSEN = {"state": "state", "publisher": "organization"}
"""What is chosen in a list, and in which."""


@dataclass(slots=True)
class Faults:
    """What is wrong with a form: of each field, and of the whole under an empty name."""

    language: str
    rows: dict[str, str] = field(default_factory=dict)

    def note(self, where: str, why: Unfit) -> None:
        """Remember the first thing that is wrong with a field."""
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

    def of(self, refusal: Invalid, shown: Mapping[str, Any]) -> None:
        """What a refusal says of each field that the form shows; the rest is of the whole."""
        for where, why in refusal.errors:
            self.note(next((name for name in _paths(where) if name in shown), ""), why)


def _paths(where: str) -> Iterator[str]:
    """A path, and those that it is within: `text.title`, then `text`."""
    while where:
        yield where
        where = where.rpartition(".")[0]


def dating(sent: Sent, name: str) -> str | None:
    """The EDTF text of a day, a month or a year as people write them. Raises Invalid."""
    text = sent.get(name, "")
    if not text:
        return None
    try:
        period = parse(text)
    except Unreadable:
        period = None
    if period is None or period.precision in ("quarter", "half"):
        sentence = "Write a day or a month, such as 24/11/2026 or November 2026."
        raise Invalid((name, Unfit(sentence)))
    edtf = period.end.isoformat()[: {"year": 4, "month": 7, "day": 10}[period.precision]]
    return f"../{edtf}" if sent.get(f"{name}.{BY}") else edtf


def typed(dated: Dating, name: str) -> dict[str, str]:
    """The fields that read as that date: 24/11/2026, 11/2026 or 2026, and whether it is by then."""
    text = str(dated).rpartition("/")[2]
    return {name: _usual(text), f"{name}.{BY}": "1" if dated.first is None else ""}


def _usual(text: str) -> str:
    """An ISO day, month or year as people write it, 30/09/2026; any other text as it is."""
    parts = text.split("-")
    return "/".join(reversed(parts)) if "".join(parts).isdecimal() else text


def report(sent: Sent, before: Sent) -> Change:
    """The change that a report of an opening asks for. Raises Invalid.

    `before`: what the form said at first; what stands as it did is not sent.
    """
    body = _testimony(sent, {})
    body["state"] = sent.get("state", "")
    if not body.get("decided_on"):
        raise Invalid(("decided_on", Unfit("Say since when, as far as you know.")))
    if part := sent.get("part"):
        body["part"] = part
    if sent.get(WHERE) and sent[WHERE] != before.get(WHERE):
        body[WHERE] = sent[WHERE]
    return checked(body)


def correction(sent: Sent, before: Sent) -> Change:
    """The change that corrects a claim, as far as the form says otherwise. Raises Invalid."""
    body = _testimony(sent, before)
    for name in Values.model_fields:
        inner = [n for n in before if n == name or n.startswith(f"{name}.")]
        if not any(sent.get(n, "") != before[n] for n in inner):
            continue
        if inner == [name]:
            body[name] = sent.get(name) or None
        else:
            body[name] = {n.removeprefix(f"{name}."): sent.get(n) or None for n in inner}
    return checked(body)


def _testimony(sent: Sent, before: Sent) -> dict[str, Any]:
    """What stands beside the values: by which text, who says so, when, why."""
    body: dict[str, Any] = {}
    for name in ("decided_on", "published_on"):
        known = [(before.get(each, ""), sent.get(each, "")) for each in (name, f"{name}.{BY}")]
        if any(was != now for was, now in known) and (text := dating(sent, name)):
            body[name] = text
    for name in ("note", "reason"):
        if sent.get(name, "") != before.get(name, ""):
            body[name] = sent.get(name) or None
    if sent.get("text.title"):
        given = {name.partition(".")[2]: sent.get(name) for name in NEW_TEXT}
        published = {"published_on": dating(sent, "text.published_on")}
        body["text"] = {name: value for name, value in (given | published).items() if value}
        body["text"] |= {"binding": True} if sent.get("text.binding") else {}
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


OF_TABLE = {
    "text.title": "text_title",
    "source.title": "source_title",
    "source.url": "source_url",
}
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

    `language`: that of a text which may be in both.
    """

    name: str
    label: str
    kind: str = "line"
    language: str | None = None


def inputs(claim: Claim) -> Iterator[Input]:
    """What may be corrected of what a claim says, as far as a form can ask for it."""
    for name in claim.values:
        if name not in Change.model_fields:
            continue
        info = Values.model_fields[name]
        if isinstance(info.default, Words):
            kind = "line" if isinstance(info.default, Title) else "prose"
            for language in Words.model_fields:
                yield Input(f"{name}.{language}", str(info.title), kind, language)
        elif info.annotation is str or name == "deadline" or isinstance(claim.values[name], str):
            yield Input(name, str(info.title), CHOSEN.get(name, "line"))


def of_claim(claim: Claim) -> dict[str, str]:
    """A claim as the fields of the form that corrects it."""
    source = claim.source
    fields = {
        **typed(claim.decided_on, "decided_on"),
        **typed(claim.published_on, "published_on"),
        "text": claim.text or "",
        **{f"source.{name}": (source and getattr(source, name)) or "" for name in OF_SOURCE},
        "note": claim.note or "",
        "reason": "",
    }
    for row in inputs(claim):
        name, _, inner = row.name.partition(".")
        value = claim.values[name] or {}
        text = value.get(inner or "label") or "" if isinstance(value, dict) else value
        fields[row.name] = _usual(text) if name == "deadline" else text
    return fields
