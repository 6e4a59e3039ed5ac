"""The lists as tables: every column, in the order of the JSON document; and their Table Schema.

What editors describe is laid out by type, from the schema of `Description`; only what a table says
otherwise than the document is named here. Statistics are the rows of their document, laid flat.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.claims import ANNOUNCEMENTS, OPENING_TYPES, Description
from app.domain.commitments import TIMELINESS, Commitment, Move, Part
from app.domain.context import Context
from app.domain.periods import PRECISIONS
from app.domain.search import Export
from app.domain.states import STATES
from app.domain.statistics import Statistics
from app.domain.values import Words, without_null
from app.formats.document import Document, correction, figures, label
from app.formats.language import say
from app.formats.table import Cell, Sheet

Read = Callable[[Commitment, Context], Any]

BETWEEN = "; "
"""What stands between the values of a cell that has several."""
NONE = "none"
"""The deadline, in such a cell, of what has none."""

_WIDTHS = {"string": 20, "integer": 10, "boolean": 10, "date": 12, "datetime": 20}
_WIDE, _WIDEST_LABEL = 60, 32


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key, its label in parts, what it means, how a cell is made, of which type.

    `type` and `rules` are those of Table Schema. `wide` is one that holds sentences.
    """

    key: str
    label: tuple[str, ...]
    meaning: str
    cell: Read
    type: str = "string"
    rules: Mapping[str, Any] = field(default_factory=dict)
    wide: bool = False

    def heading(self, labels: str) -> str:
        """What the header says: the key, or the label in a language."""
        if labels == "keys":
            return self.key
        return ", ".join(say(labels, part) for part in self.label)

    @property
    def width(self) -> int:
        """As wide as its cells usually are and, within reason, as its labels."""
        longest = max(len(self.heading(labels)) for labels in ("keys", "fr", "en"))
        return _WIDE if self.wide else max(_WIDTHS[self.type], min(longest, _WIDEST_LABEL) + 2)

    def schema(self) -> Document:
        """The column as a field of Table Schema."""
        titles = {language: self.heading(language) for language in ("fr", "en")}
        rules = {"constraints": dict(self.rules)} if self.rules else {}
        head = {"name": self.key, "type": self.type, "title": titles["en"], "titles": titles}
        return {**head, "description": self.meaning, **rules}


def _value(name: str, part: str = "") -> Read:
    """Reads a field of the record, or a part of it where it has a value."""

    def read(entry: Commitment, _: Context) -> Any:
        value = entry.value(name)
        return getattr(value, part, None) if part else value

    return read


def _plain(name: str, label: str, meaning: str, kind: str = "string", /, **rules: Any) -> Column:
    """A field of the record, as it is."""
    return Column(name, (label,), meaning, _value(name), kind, rules)


def _words(
    name: str, label: tuple[str, ...], meaning: str, read: Read, *, wide: bool = False
) -> Iterator[Column]:
    """A text: in French, and in English."""
    for language, suffix in (("fr", "in French"), ("en", "in English")):

        def cell(entry: Commitment, context: Context, language: str = language) -> Any:
            return getattr(read(entry, context), language)

        sense = f"{meaning.removesuffix('.')}, {suffix}."
        yield Column(f"{name}_{language}", (*label, suffix), sense, cell, wide=wide)


def _organization(name: str, label: str, **rules: Any) -> Iterator[Column]:
    """Who: the id, and the name."""

    def read(entry: Commitment, context: Context) -> Words:
        slug = entry.value(name)
        return context.name_of(slug) if slug else Words()

    yield _plain(name, label, f"{label}: the id of an organisation.", **rules)
    yield from _words(f"{name}_name", (label, "name"), f"{label}: the name", read)


def _deadline(name: str, label: str, meaning: str) -> Iterator[Column]:
    """A promised period: as its source spells it, its days, its precision, its text."""

    def of_period(part: str) -> Read:
        def read(entry: Commitment, _: Context) -> Any:
            deadline = entry.value(name)
            return deadline and getattr(deadline.period, part)

        return read

    yield Column(name, (label,), meaning, of_period("label"))
    for part, suffix, sense, kind, rules in (
        ("start", "first day", "First day of", "date", {}),
        ("end", "last day", "Last day of", "date", {}),
        ("precision", "precision", "How precise is", "string", {"enum": [*PRECISIONS]}),
        ("text", "text", "The id of the text that set", "string", {}),
    ):
        read = _value(name, part) if part == "text" else of_period(part)
        yield Column(f"{name}_{part}", (label, suffix), f"{sense} `{name}`.", read, kind, rules)


# What is described, by type.

_SCHEMA = Description.model_json_schema(mode="serialization")


def _described() -> Iterator[Column]:
    """A value with parts is laid flat; a list stands in one cell."""
    for name, schema in _SCHEMA["properties"].items():
        info, shape = Description.model_fields[name], without_null(schema)
        title, meaning = str(info.title), str(info.description)
        if name == "publisher":
            yield from _organization(name, title, required=True)
        elif isinstance(info.default, Words):
            yield from _words(name, (title,), meaning, _value(name), wide=True)
        elif "$ref" in shape:
            yield from _parts(name, title, _SCHEMA["$defs"][shape["$ref"].rpartition("/")[2]])
        elif shape["type"] == "array":
            yield Column(name, (title,), f"{meaning} Parted by “{BETWEEN}”.", _joined(name))
        else:
            rules = {} if "anyOf" in schema else {"required": True}
            rules |= {"enum": shape["enum"]} if "enum" in shape else {}
            yield _plain(name, title, meaning, shape["type"], **rules)


def _parts(name: str, title: str, shape: Mapping[str, Any]) -> Iterator[Column]:
    """The parts of a value. The one that it is nothing without bears its name alone."""
    for key, part in shape["properties"].items():
        alone = "default" not in part
        labels = (title,) if alone else (title, part["title"])
        column = name if alone else f"{name}_{key}"
        yield Column(column, labels, part["description"], _of_model(name, key))


def _of_model(name: str, key: str) -> Read:
    def read(entry: Commitment, _: Context) -> Any:
        value = entry.value(name)
        return value and value.model_dump(mode="json")[key]

    return read


def _joined(name: str) -> Read:
    """Texts one after the other; of what can be had, its file or else its address."""

    def read(entry: Commitment, _: Context) -> str:
        values = entry.value(name)
        return BETWEEN.join(v if isinstance(v, str) else v.download_url or v.url for v in values)

    return read


# The columns.

REQUIRED = {"required": True}


def _columns(types: Iterable[str]) -> Iterator[Column]:
    """The columns of a list of these types."""
    unique = {"required": True, "unique": True}
    name, address = "Its permanent name.", "Its permanent address, in every format."
    yield Column("id", ("Permanent name",), name, _value("slug"), rules=unique)
    yield Column(
        "iri", ("Permanent address",), address, lambda e, c: c.iri(e), rules=REQUIRED, wide=True
    )
    yield _plain("type", "Type", "What it is.", required=True, enum=[*types])
    rank = "Its place in the official table."
    yield _plain("rank", "Rank in the official table", rank, "integer")
    if "action" in types:
        yield _plain("section", "Section of the roadmap", "Its section in the roadmap.")
    announced = "`new`, or `continued` where some was open already."
    yield _plain("announcement", "Announcement", announced, enum=[*ANNOUNCEMENTS])
    yield from _organization("steward", "Who promises")
    yield from _described()
    yield from _progress()
    yield from _deadlines()
    yield from _timeliness()
    yield from _record()


def _progress() -> Iterator[Column]:
    yield _plain("state", "State", "Its state.", required=True, enum=[*STATES])
    yield from _words(
        *("state_label", ("State in words",), "Its state in words"),
        lambda entry, _: label(entry.state, of_action=entry.type == "action"),
    )
    since = "The day from which it has been in that state; of a vague day, the last."
    yield _plain("state_since", "In this state since", since, "date", required=True)
    opened = "The opening day; of a vague one, the last. Empty while nothing was ever open."
    yield _plain("opened_on", "Opening day", opened, "date")


def _deadlines() -> Iterator[Column]:
    official = "The last deadline of the official table, as it spells it."
    yield from _deadline("announced_deadline", "Announced deadline", official)
    in_force = "The deadline in force, as its text spells it."
    yield from _deadline("deadline", "Deadline in force", in_force)
    first = "The deadline first promised, as refined before any move."
    yield from _deadline("first_deadline", "First deadline", first)
    following = "With parts, the earliest deadline still awaited."
    yield from _deadline("next_deadline", "Next deadline", following)
    yield Column(
        *("moves", ("Moves of the deadline",)),
        f"Each move of the deadline, in order, parted by “{BETWEEN}”: its last day before and "
        f"after (`{NONE}` when withdrawn), by how many days, and the id of the text that moved it.",
        lambda entry, _: BETWEEN.join(map(_move, entry.moves)),
        wide=True,
    )
    many = "How many moves went later; a withdrawal is one."
    yield _plain("postponements", "Postponements", many, "integer", required=True, minimum=0)
    slip = "From the last day first promised to the last day in force; negative when it is earlier."
    yield _plain("slip_days", "Slip in days", slip, "integer")


def _move(move: Move) -> str:
    days = "" if move.days is None else f" {move.days:+d}"
    text = f" {move.text}" if move.text else ""
    return f"{move.moved_from}/{move.moved_to or NONE}{days}{text}"


def _timeliness() -> Iterator[Column]:
    for suffix, name, more, against in (
        ("", "timing", "", "the deadline in force"),
        ("_first", "timing_first", ", first deadline", "the first deadline"),
    ):
        yield Column(
            *(f"timeliness{suffix}", (f"Timeliness{more}",), f"Against {against}."),
            _verdict(name, 0),
            rules={"required": True, "enum": [*TIMELINESS]},
        )
        days = f"By how many days, against {against}; negative if early. Empty if unproven."
        yield Column(
            *(f"days_late{suffix}", (f"Days late{more}",), days, _verdict(name, 1), "integer")
        )
    doubt = "Whether the day `as_of` leaves doubt: nothing is then shown as overdue."
    yield _plain("uncertain", "Uncertain", doubt, "boolean", required=True)
    yield Column(
        *("parts", ("Parts",)),
        f"Each part that has dates of its own, parted by “{BETWEEN}”: its key, its state, the last "
        f"day of its deadline (or `{NONE}`), and its timeliness.",
        lambda entry, context: BETWEEN.join(_part(part, context) for part in entry.parts),
        wide=True,
    )


def _verdict(name: str, place: int) -> Read:
    return lambda entry, context: getattr(entry, name).on(context.day)[place]


def _part(part: Part, context: Context) -> str:
    due = part.deadline.period.end if part.deadline else NONE
    timeliness, _ = part.timing.on(context.day)
    return f"{part.key} {part.state} {due} {timeliness}"


def _record() -> Iterator[Column]:
    first, last = "When its first event was recorded.", "When its last public event was recorded."
    yield _plain("created", "First recorded (UTC)", first, "datetime", required=True)
    yield _plain("modified", "Last recorded (UTC)", last, "datetime", required=True)
    version = "The position of its last event."
    yield _plain("version", "Version", version, "integer", required=True)
    where = "Where to report an error about it."
    yield Column("correct", ("Report an error",), where, lambda e, c: correction(c.contact, e.slug))
    day = "The day that the row is about: what the public could know on it."
    yield Column("as_of", ("Day of the answer",), day, lambda _, c: c.day, "date", REQUIRED)
    position = "The position of the last event that the register held."
    label = ("Position of the register",)
    yield Column("position", label, position, lambda _, c: c.head.position, "integer", REQUIRED)


@dataclass(frozen=True, slots=True)
class Table:
    """A list as a table. `name` is what the list is called in addresses."""

    name: str
    label: str
    title: str
    columns: tuple[Column, ...]

    def sheet(self, entries: Iterable[Commitment], context: Context, labels: str) -> Sheet:
        """The entries, one a row, on the day of the context."""
        cells = [column.cell for column in self.columns]
        return Sheet(
            name=self.name if labels == "keys" else say(labels, self.label),
            header=tuple(column.heading(labels) for column in self.columns),
            rows=(tuple([cell(entry, context) for cell in cells]) for entry in entries),
            widths=tuple(column.width for column in self.columns),
        )

    def schema(self) -> Document:
        """The Table Schema of the CSV whose header is keys."""
        return {
            "name": f"ouvertures-{self.name}",
            "title": self.title,
            "description": "What was promised, by when, by which text, and what came of it: one "
            "entry a row, as the public could know it on the day `as_of`.",
            "fields": [column.schema() for column in self.columns],
            "missingValues": [""],
            "primaryKey": ["id"],
        }


OPENINGS = Table(
    *("openings", "Openings", "Public register of promised openings"),
    tuple(_columns(OPENING_TYPES)),
)
ACTIONS = Table(
    "actions", "Actions", "Public register of promised actions", tuple(_columns(("action",)))
)
TABLES = {table.name: table for table in (OPENINGS, ACTIONS)}


def sheet(entries: Iterable[Commitment], export: Export, context: Context) -> Sheet:
    """The list that is taken away, in columns of its own."""
    return TABLES[export.of].sheet(entries, context, export.labels)


# Statistics.


def statistics(counted: Statistics, context: Context) -> Sheet:
    """The figures of each group, and in a last row, by `all`, those of all of them together.

    Each row says for which day and position it holds, so that tables of several days can be one.
    """
    head: Document = {"as_of": context.day.isoformat(), "position": context.head.position}
    rows = [*((counted.by, row) for row in counted.rows), ("all", counted.overall)]
    lines = [
        {**head, "by": by, **dict(_flat(figures(row, counted.by, context)))} for by, row in rows
    ]
    return Sheet("statistics", tuple(lines[-1]), (tuple(line.values()) for line in lines))


def _flat(document: Document, before: str = "") -> Iterator[tuple[str, Cell]]:
    """A document as columns: the names on the way to a value, joined."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}_")
        else:
            yield before + name, value
