"""The lists as tables: every column, in the order of the JSON document; and their Table Schema.

What editors describe is laid out by type, from the schema of `Description`; only what a table says
otherwise than the document is named here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.claims import ANNOUNCEMENTS, OPENING_TYPES, Description
from app.domain.commitments import TIMELINESS, Commitment, Deadline, Move, Part
from app.domain.context import Context
from app.domain.periods import PRECISIONS
from app.domain.search import Export
from app.domain.states import STATES
from app.domain.values import Words, without_null
from app.formats.document import Document, correction, label
from app.formats.language import say
from app.formats.table import Cell, Sheet

Make = Callable[[Commitment, Context], Cell]
Rules = Mapping[str, Any]

BETWEEN = "; "
"""What stands between the values of a cell that holds several."""
NONE = "none"
"""The deadline, in such a cell, of what has none."""

REQUIRED: Rules = {"required": True}
COUNTED: Rules = {"required": True, "minimum": 0}
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
    cell: Make
    type: str = "string"
    rules: Rules = field(default_factory=dict)
    wide: bool = False

    def named(self, labels: str) -> str:
        """What the header says: the key, or the label in a language."""
        if labels == "keys":
            return self.key
        return ", ".join(say(labels, part) for part in self.label)

    @property
    def width(self) -> int:
        """As wide as its cells usually are and, within reason, as its labels."""
        longest = max(len(self.named(labels)) for labels in ("keys", "fr", "en"))
        return _WIDE if self.wide else max(_WIDTHS[self.type], min(longest, _WIDEST_LABEL) + 2)

    def described(self) -> Document:
        """The column as a field of Table Schema."""
        titles = {language: self.named(language) for language in ("fr", "en")}
        rules = {"constraints": dict(self.rules)} if self.rules else {}
        head = {"name": self.key, "type": self.type, "title": titles["en"], "titles": titles}
        return {**head, "description": self.meaning, **rules}


def _enum(known: Iterable[str], rules: Rules | None = None) -> Rules:
    """What a cell holds is one of these keys."""
    return {**(rules or {}), "enum": [*known]}


def _plain(
    name: str, label: str, meaning: str, kind: str = "string", rules: Rules | None = None
) -> Column:
    """A field of the record, as it is."""
    return Column(name, (label,), meaning, lambda e, _: e.value(name), kind, rules or {})


def _words(
    name: str,
    label: tuple[str, ...],
    meaning: str,
    read: Callable[[Commitment, Context], Words],
    *,
    wide: bool = False,
) -> Iterator[Column]:
    """A text: in French, and in English."""
    for language, spoken in (("fr", "in French"), ("en", "in English")):
        yield Column(
            f"{name}_{language}",
            (*label, spoken),
            f"{meaning.removesuffix('.')}, {spoken}.",
            _within(read, language),
            wide=wide,
        )


def _within(read: Callable[[Commitment, Context], Words], language: str) -> Make:
    def cell(entry: Commitment, context: Context) -> Cell:
        text: str | None = getattr(read(entry, context), language)
        return text

    return cell


def _organization(name: str, label: str, who: str, rules: Rules) -> Iterator[Column]:
    """Who: the id, and the name."""

    def named(entry: Commitment, context: Context) -> Words:
        slug = entry.value(name)
        return context.name_of(slug) if slug else Words()

    yield _plain(name, label, f"{who}: the id of an organisation.", rules=rules)
    yield from _words(f"{name}_name", (label, "name"), f"{who}: the name", named)


def _deadline(name: str, label: str, meaning: str) -> Iterator[Column]:
    """A promised period: as its source spells it, its days, its precision, its text."""

    def of(read: Callable[[Deadline], Cell]) -> Make:
        def cell(entry: Commitment, _: Context) -> Cell:
            deadline: Deadline | None = entry.value(name)
            return read(deadline) if deadline else None

        return cell

    rows: tuple[tuple[str, str, str, Callable[[Deadline], Cell], str, Rules], ...] = (
        ("start", "first day", "First day of", lambda d: d.period.start, "date", {}),
        ("end", "last day", "Last day of", lambda d: d.period.end, "date", {}),
        (
            *("precision", "precision", "How precise is", lambda d: d.period.precision),
            *("string", _enum(PRECISIONS)),
        ),
        ("text", "text", "The id of the text that set", lambda d: d.text, "string", {}),
    )
    yield Column(name, (label,), meaning, of(lambda deadline: deadline.period.label))
    for part, more, sense, read, kind, rules in rows:
        key, says = f"{name}_{part}", f"{sense} `{name}`."
        yield Column(key, (label, more), says, of(read), kind, rules)


def _move(move: Move) -> str:
    days = "" if move.days is None else f" {move.days:+d}"
    text = f" {move.text}" if move.text else ""
    return f"{move.moved_from}/{move.moved_to or NONE}{days}{text}"


def _part(part: Part, context: Context) -> str:
    due = part.deadline.period.end if part.deadline else NONE
    timeliness, _ = part.timing.on(context.day)
    return f"{part.key} {part.state} {due} {timeliness}"


# What is described, by type.

_SCHEMA = Description.model_json_schema(mode="serialization")


def _shape(schema: Any) -> Any:
    """The type and the parts of a value, where it is not null."""
    own = without_null(schema)
    return _SCHEMA["$defs"][own["$ref"].rpartition("/")[2]] if "$ref" in own else own


def _described() -> Iterator[Column]:
    """A value with parts is laid flat; the part that it is nothing without bears its name alone."""
    for name, schema in _SCHEMA["properties"].items():
        info, shape = Description.model_fields[name], _shape(schema)
        title, meaning = str(info.title), str(info.description)
        if name == "publisher":
            yield from _organization(name, title, "Who opens", REQUIRED)
        elif info.annotation is not None and isinstance(info.default, Words):
            yield from _words(name, (title,), meaning, _value(name), wide=True)
        elif "properties" in shape:
            yield from _parts(name, title)
        elif shape["type"] == "array":
            yield Column(name, (title,), f"{meaning} Parted by “{BETWEEN}”.", _joined(name))
        else:
            required = REQUIRED if "anyOf" not in schema else {}
            rules = _enum(shape["enum"], required) if "enum" in shape else required
            yield _plain(name, title, meaning, shape["type"], rules)


def _value(name: str) -> Callable[[Commitment, Context], Words]:
    def read(entry: Commitment, _: Context) -> Words:
        words: Words = entry.value(name)
        return words

    return read


def _parts(name: str, title: str) -> Iterator[Column]:
    fields = _model(Description.model_fields[name].annotation).model_fields
    needed = {part for part, inner in fields.items() if inner.is_required()}
    for part, inner in fields.items():
        alone, key = part in needed, inner.alias or part
        labels = (title,) if alone else (title, str(inner.title))

        def cell(entry: Commitment, _: Context, part: str = part) -> Cell:
            value: Cell = getattr(entry.value(name), part, None)
            return value

        yield Column(name if alone else f"{name}_{key}", labels, str(inner.description), cell)


def _model(annotation: Any) -> Any:
    """The model of a field that may be null."""
    kinds = (annotation, *getattr(annotation, "__args__", ()))
    return next(kind for kind in kinds if hasattr(kind, "model_fields"))


def _joined(name: str) -> Make:
    """Texts one after the other; of what can be had, its file or else its address."""

    def cell(entry: Commitment, _: Context) -> Cell:
        values = entry.value(name)
        return BETWEEN.join(v if isinstance(v, str) else v.download_url or v.url for v in values)

    return cell


# The columns.


def _columns(types: Iterable[str]) -> Iterator[Column]:
    """The columns of a list of these types."""
    yield Column(
        *("id", ("Permanent name",), "Its permanent name.", lambda entry, _: entry.slug),
        rules={"required": True, "unique": True},
    )
    yield Column(
        *("iri", ("Permanent address",), "Its permanent address, in every format."),
        lambda entry, context: context.iri(entry),
        rules=REQUIRED,
        wide=True,
    )
    yield _plain("type", "Type", "What it is.", rules=_enum(types, REQUIRED))
    yield _plain(
        "rank", "Rank in the official table", "Its place in the official table.", "integer"
    )
    if "action" in types:
        yield _plain("section", "Section of the roadmap", "Its section in the roadmap.")
    yield _plain(
        *("announcement", "Announcement", "`new`, or `continued` where some was open already."),
        rules=_enum(ANNOUNCEMENTS),
    )
    yield from _organization("steward", "Who promises", "Who promises", {})
    yield from _described()
    yield from _progress()
    yield from _deadlines()
    yield from _timeliness()
    yield from _record()


def _progress() -> Iterator[Column]:
    yield _plain("state", "State", "Its state.", rules=_enum(STATES, REQUIRED))
    yield from _words(
        *("state_label", ("State in words",), "Its state in words"),
        lambda entry, _: label(entry.state, of_action=entry.type == "action"),
    )
    yield _plain(
        *("state_since", "In this state since"),
        *("The day from which it has been in that state; of a vague day, the last.", "date"),
        REQUIRED,
    )
    yield _plain(
        *("opened_on", "Opening day"),
        *("The opening day; of a vague one, the last. Empty while nothing was ever open.", "date"),
    )


def _deadlines() -> Iterator[Column]:
    for name, title, meaning in (
        (
            *("announced_deadline", "Announced deadline"),
            "The last deadline of the official table, as it spells it.",
        ),
        ("deadline", "Deadline in force", "The deadline in force, as its text spells it."),
        (
            *("first_deadline", "First deadline"),
            "The deadline first promised, as refined before any move.",
        ),
        ("next_deadline", "Next deadline", "With parts, the earliest deadline still awaited."),
    ):
        yield from _deadline(name, title, meaning)
    yield Column(
        *("moves", ("Moves of the deadline",)),
        f"Each move of the deadline, in order, parted by “{BETWEEN}”: its last day before and "
        f"after (`{NONE}` when withdrawn), by how many days, and the id of the text that moved it.",
        lambda entry, _: BETWEEN.join(map(_move, entry.moves)),
        wide=True,
    )
    many = "How many moves went later; a withdrawal is one."
    yield _plain("postponements", "Postponements", many, "integer", COUNTED)
    slip = "From the last day first promised to the last day in force; negative when it is earlier."
    yield _plain("slip_days", "Slip in days", slip, "integer")


def _timeliness() -> Iterator[Column]:
    rows: tuple[tuple[str, str, str, str, str], ...] = (
        ("", "timing", "Timeliness", "Days late", "the deadline in force"),
        (
            "_first",
            "timing_first",
            "Timeliness, first deadline",
            "Days late, first deadline",
            "the first deadline",
        ),
    )
    for suffix, of, title, days, against in rows:
        yield Column(
            *(f"timeliness{suffix}", (title,), f"Against {against}."),
            _verdict(of, 0),
            rules=_enum(TIMELINESS, REQUIRED),
        )
        yield Column(
            *(f"days_late{suffix}", (days,)),
            f"By how many days, against {against}; negative if early. Empty if unproven.",
            _verdict(of, 1),
            "integer",
        )
    doubt = "Whether the day `as_of` leaves doubt: nothing is then shown as overdue."
    yield _plain("uncertain", "Uncertain", doubt, "boolean", REQUIRED)
    yield Column(
        *("parts", ("Parts",)),
        f"Each part that has dates of its own, parted by “{BETWEEN}”: its key, its state, the last "
        f"day of its deadline (or `{NONE}`), and its timeliness.",
        lambda entry, context: BETWEEN.join(_part(part, context) for part in entry.parts),
        wide=True,
    )


def _verdict(of: str, place: int) -> Make:
    def cell(entry: Commitment, context: Context) -> Cell:
        verdict: tuple[str, int | None] = getattr(entry, of).on(context.day)
        return verdict[place]

    return cell


def _record() -> Iterator[Column]:
    first, last = "When its first event was recorded.", "When its last public event was recorded."
    yield _plain("created", "First recorded (UTC)", first, "datetime", REQUIRED)
    yield _plain("modified", "Last recorded (UTC)", last, "datetime", REQUIRED)
    yield _plain("version", "Version", "The position of its last event.", "integer", REQUIRED)
    yield Column(
        *("correct", ("Report an error",), "Where to report an error about it."),
        lambda entry, context: correction(context.contact, entry.slug),
    )
    yield Column(
        *("as_of", ("Day of the answer",)),
        "The day that the row is about: what the public could know on it.",
        lambda _, context: context.day,
        "date",
        REQUIRED,
    )
    yield Column(
        *("position", ("Position of the register",)),
        "The position of the last event that the register held.",
        lambda _, context: context.head.position,
        "integer",
        REQUIRED,
    )


@dataclass(frozen=True, slots=True)
class Table:
    """A list as a table. `name` is what the list is called in addresses."""

    name: str
    label: str
    title: str
    columns: tuple[Column, ...]

    def sheet(self, entries: Iterable[Commitment], context: Context, labels: str) -> Sheet:
        """The entries, one a row, on the day of the context."""
        makers = [column.cell for column in self.columns]
        return Sheet(
            name=self.name if labels == "keys" else say(labels, self.label),
            header=tuple(column.named(labels) for column in self.columns),
            rows=(tuple([make(entry, context) for make in makers]) for entry in entries),
            widths=tuple(column.width for column in self.columns),
        )

    def schema(self) -> Document:
        """The Table Schema of the CSV whose header is keys."""
        return {
            "name": f"ouvertures-{self.name}",
            "title": self.title,
            "description": "What was promised, by when, by which text, and what came of it: one "
            "entry a row, as the public could know it on the day `as_of`.",
            "fields": [column.described() for column in self.columns],
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
