"""The lists as tables: the JSON documents laid flat, a column a value; and their Table Schema.

What a column means is in `columns.toml`, or is defined with the field that editors describe.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import repeat
from typing import Any

from app.domain import beside, errors
from app.domain.claims import ANNOUNCEMENTS, OPENING_TYPES, TYPES, Description
from app.domain.commitments import TIMELINESS, Commitment
from app.domain.context import Context
from app.domain.errors import BadQuery
from app.domain.ledger import Event
from app.domain.periods import PRECISIONS
from app.domain.rows import EntryRow, entry_of
from app.domain.search import Export
from app.domain.states import STATES
from app.domain.statistics import Statistics
from app.domain.values import JURISDICTIONS, Words, near, without_null
from app.formats import document, sentences
from app.formats.document import Document, figures
from app.formats.language import TERMS, say
from app.formats.table import Cell, Row, Sheet

BETWEEN = "; "
"""What stands between the values of a cell that has several."""

_WIDTHS = {
    "string": 20,
    "integer": 10,
    "boolean": 10,
    "date": 12,
    "datetime": 20,
    "list": 60,
    "prose": 60,
}
_WIDEST_LABEL = 32
_TEXTS = beside(__file__)
_KINDS: Mapping[str, list[list[str]]] = _TEXTS["kinds"]
_WORDS: Mapping[str, Iterable[str]] = {
    "ANNOUNCEMENTS": ANNOUNCEMENTS,
    "PRECISIONS": PRECISIONS,
    "STATES": STATES,
    "TIMELINESS": TIMELINESS,
}
"""The vocabularies that columns have a word of."""
_LABELS: Sequence[Mapping[str, str]] = (
    *({key: term.label for key, term in terms.items()} for terms in TERMS.values()),
    *(sentences.ACCESS, JURISDICTIONS),
    *(sentences.TEXTS[name] for name in ("precisions", "answers")),
)
"""The labels of the words of each."""


Spell = Callable[[Any, Document], Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key, its label in parts, what it means, where the document has its value.

    `type` and `rules` are those of Table Schema, but for two kinds of text: `prose`, which is
    long, and a `list`, whose values stand in one cell.
    """

    key: str
    label: tuple[str, ...]
    meaning: str
    path: tuple[str, ...]
    type: str = "string"
    rules: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where a document `row` has its value, in Python: None where what holds it is None."""
        inner = "".join(f"(v := {{}}[{name!r}]) and " for name in self.path[:-1])
        return f"{inner}{{}}[{self.path[-1]!r}]".format("row", *"v" * (len(self.path) - 1))

    def spell(self, labels: str, *, typed: bool) -> Spell | None:
        """What makes a cell of its value and the document: of its type, or a text as CSV has one.

        Where words are read, a label stands in the place of a key. None: the value is the cell.
        """
        usual = (_TYPED if typed else _UNTYPED).get(self.type)
        if labels == "keys":
            return usual
        if self.key == "parts":
            return lambda parts, _: BETWEEN.join(_part(each, labels) for each in parts)
        yes_or_no = ("True", "False") if self.type == "boolean" else ()
        keys = {*self.rules.get("enum", yes_or_no)}
        words = next((words for words in _LABELS if keys and keys <= words.keys()), None)
        if words is None:
            return usual
        # French has words of its own for the states of an action.
        return lambda key, row: say(
            labels, words[str(key)], context="action" if row["type"] == "action" else ""
        )

    def heading(self, labels: str) -> str:
        """What the header says: the key, or the label in a language."""
        if labels == "keys":
            return self.key
        return ", ".join(say(labels, part) for part in self.label)

    @property
    def width(self) -> int:
        """As wide as its cells usually are and, within reason, as its labels."""
        longest = max(len(self.heading(labels)) for labels in ("keys", "fr", "en"))
        return max(_WIDTHS[self.type], min(longest, _WIDEST_LABEL) + 2)

    def schema(self) -> Document:
        """The column as a field of Table Schema."""
        titles = {language: self.heading(language) for language in ("fr", "en")}
        parted = f" Parted by “{BETWEEN}”." if self.type == "list" else ""
        return {
            "name": self.key,
            "type": "string" if self.type in ("list", "prose") else self.type,
            "title": titles["en"],
            "titles": titles,
            "description": self.meaning + parted,
            **({"constraints": dict(self.rules)} if self.rules else {}),
        }


def _item(value: Any) -> str:
    """A value in a cell of several: of what can be had, its file or else its address."""
    match value:
        case {"from": start, "to": end, "days": days, "text": text}:
            by = "" if days is None else f" {days:+d}"
            return f"{start}/{end or 'none'}{by} {text or ''}".rstrip()
        case {"key": key, "state": state, "deadline": deadline, "timeliness": timeliness}:
            return f"{key} {state} {deadline['end'] if deadline else 'none'} {timeliness}"
        case {"url": address, "download_url": file}:
            return str(file or address)
    return str(value)


def _part(part: Document, language: str) -> str:
    """A part in words: its title, its state, the last day of its deadline, and its timeliness."""
    title, deadline = part["title"], part["deadline"]
    state, timeliness = TERMS["states"][part["state"]], TERMS["timeliness"][part["timeliness"]]
    words = (
        title[language] or title["fr"],
        say(language, state.label),
        say(language, timeliness.label),
    )
    return ", ".join([*words[:2], *([deadline["end"]] if deadline else []), words[2]])


_UNTYPED: Mapping[str, Spell] = {
    "list": lambda values, _: BETWEEN.join(map(_item, values)),
    "boolean": lambda value, _: "true" if value else "false",
}
_TYPED: Mapping[str, Spell] = {
    "list": _UNTYPED["list"],
    "date": lambda value, _: date.fromisoformat(value),
    "datetime": lambda value, _: datetime.fromisoformat(value),
}
"""What makes a cell of a value of the document, by type."""


def _cells(
    columns: Iterable[Column], labels: str = "keys", *, typed: bool = True
) -> Callable[[Document], Row]:
    """What makes the row of a document: one expression, for a call would cost more than a cell."""
    cells, spelt = [], dict[str, Spell]()
    for column in columns:
        cell = column.place
        if spell := column.spell(labels, typed=typed):
            name = f"spell{len(spelt)}"
            spelt[name] = spell
            cell = f"None if (v := {cell}) is None else {name}(v, row)"
        cells.append(cell)
    row: Callable[[Document], Row] = eval(f"lambda row: ({', '.join(cells)},)", {**spelt})  # noqa: S307 made of names of ours
    return row


Laid = tuple[str, str, str, str]
"""A field of the document: its name, its kind, its label and what it means."""


def _laid(row: Laid, words: Iterable[str], path: tuple[str, ...] = ()) -> Iterator[Column]:
    """A field as columns: one, or those of its kind. `words`: what a `word` may be."""
    name, kind, label, meaning = row
    required, kind = kind.endswith("!"), kind.removesuffix("!")
    facts = {"name": name, "label": label, "meaning": meaning.removesuffix(".")}
    for suffix, where, inner, more, sense in _KINDS.get(kind, [["", "", kind, "", meaning]]):
        known = words if inner == "word" else _WORDS.get(inner, ())
        rules: dict[str, Any] = {"required": True} if required and not suffix else {}
        rules |= {"enum": [*known]} if known else {}
        yield Column(
            key=name + suffix,
            label=tuple(filter(None, f"{label} | {more}".split(" | "))),
            meaning=sense.format_map(facts),
            path=(*(path or (name,)), *filter(None, where.split("."))),
            type="string" if known else inner,
            rules=rules,
        )


_SCHEMA = Description.model_json_schema(mode="serialization")


def _described() -> Iterator[Column]:
    """What is described, by type: a value with parts is laid flat, a list stands in one cell."""
    for name, schema in _SCHEMA["properties"].items():
        info, shape = Description.model_fields[name], without_null(schema)
        label, meaning = str(info.title), str(info.description)
        if "$ref" in shape and not isinstance(info.default, Words):
            parts = _SCHEMA["$defs"][shape["$ref"].rpartition("/")[2]]["properties"]
            for key, part in parts.items():
                # The part that it is nothing without bears its name alone.
                alone = "default" not in part
                title = label if alone else f"{label} | {part['title']}"
                called = name if alone else f"{name}_{key}"
                yield from _laid((called, "string", title, part["description"]), (), (name, key))
            continue
        kind = "words" if isinstance(info.default, Words) else shape["type"]
        if name == "publisher":
            kind = "organization"
        elif kind == "array":
            kind = "list"
        elif "enum" in shape:
            kind = "word"
        required = "" if "anyOf" in schema or kind in ("words", "list") else "!"
        yield from _laid((name, kind + required, label, meaning), shape.get("enum", ()))


def _named(place: str, types: Iterable[str]) -> Iterator[Column]:
    """The columns of a table of fields."""
    for name, row in _TEXTS[place].items():
        yield from _laid((name, *row), types)


def _ordered(order: str, columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns: those first that readers want first."""
    by_key = {column.key: column for column in columns}
    first = [key for key in _TEXTS["order"][order] if key in by_key]
    return tuple(by_key[key] for key in dict.fromkeys([*first, *by_key]))


def _of_entries(types: Iterable[str]) -> tuple[Column, ...]:
    """The columns of a list of these types."""
    of_actions = ("section", "openings")
    before = [
        c for c in _named("before", types) if c.path[0] not in of_actions or "action" in types
    ]
    after = (*_named("after", types), *_named("each", types))
    return _ordered("entries", (*before, *_described(), *after))


# The lists.


@dataclass(frozen=True, slots=True)
class Table:
    """A list as a table. `name` is what the list is called in addresses."""

    name: str
    label: str
    title: str
    row: str
    columns: tuple[Column, ...]
    key: str | None = "id"

    def sheet(
        self,
        documents: Iterable[Document],
        labels: str,
        names: Iterable[str] = (),
        *,
        typed: bool = True,
    ) -> Sheet:
        """The documents, one a row, in all columns or in those named."""
        columns = [*self._chosen(names)] or self.columns
        return Sheet(
            name=self.name if labels == "keys" else say(labels, self.label),
            header=tuple(column.heading(labels) for column in columns),
            rows=map(_cells(columns, labels, typed=typed), documents),
            widths=tuple(column.width for column in columns),
        )

    def _chosen(self, names: Iterable[str]) -> Iterator[Column]:
        """The columns of these names, in their order. Raises BadQuery."""
        known = {column.key: column for column in self.columns}
        if unknown := [name for name in names if name not in known]:
            raise BadQuery(
                *(
                    ("columns", errors.unknown("column", n, (*known,), near(n, known)))
                    for n in unknown
                )
            )
        return map(known.__getitem__, dict.fromkeys(names))

    def schema(self) -> Document:
        """The Table Schema of the CSV whose header is keys."""
        return {
            "name": f"ouvertures-{self.name}",
            "title": self.title,
            "description": f"{self.row}, as the public could know it on the day `as_of`.",
            "fields": [column.schema() for column in self.columns],
            "missingValues": [""],
            **({"primaryKey": [self.key]} if self.key else {}),
        }


ENTRIES = "What was promised, by when, by which text, and what came of it: one entry a row"
OPENINGS = Table(
    *("openings", "Openings", "Public register of promised openings", ENTRIES),
    columns=_of_entries(OPENING_TYPES),
)
ACTIONS = Table(
    *("actions", "Actions", "Public register of promised actions", ENTRIES),
    columns=_of_entries(("action",)),
)
MOVES = Table(
    *("moves", "Moves of deadlines", "Every move of a promised deadline"),
    row="How deadlines moved, by how many days, by which text: one move a row",
    columns=_ordered("moves", (*_named("moves", TYPES), *_named("each", ()))),
    key=None,
)
TABLES = {table.name: table for table in (OPENINGS, ACTIONS, MOVES)}


def documents(
    rows: Iterable[EntryRow], of: str, context: Context, texts: Collection[str] = ()
) -> Iterator[Document]:
    """The entries as documents, or their moves, each with what it holds for."""
    head = {"as_of": context.day.isoformat(), "position": context.head.position}
    for row in rows:
        if of == MOVES.name:
            moves = document.moves(entry_of(row), context, texts)
            yield from ({**move, **head} for move in moves)
        else:
            made = document.values(row, context)
            made.update(head, correct=document.correction(context.contact, row.slug))
            yield made


Differing = tuple[Commitment | None, Commitment | None, Sequence[Event]]
"""An entry before and after, and the events that act between."""


def sheet(
    rows: Iterable[EntryRow], export: Export, context: Context, *, typed: bool = True
) -> Sheet:
    """The list that is taken away, in columns of its own; `typed` but for CSV."""
    made = documents(rows, export.of, context, export.texts)
    return TABLES[export.of].sheet(made, export.labels, export.columns, typed=typed)


UNCHANGING = frozenset(
    {"id", "iri", "created", "modified", "version", "correct", "as_of", "position"}
)


def differences(rows: Iterable[Differing], earlier: Context, later: Context) -> Sheet:
    """What differs between two snapshots: a row for each column of an entry that has two values."""
    ends: Document = {}
    for name, context in (("from", earlier), ("to", later)):
        ends |= {name: context.day.isoformat(), f"{name}_position": context.head.position}
    tables = {}
    for table in (OPENINGS, ACTIONS):
        columns = [column for column in table.columns if column.key not in UNCHANGING]
        tables[table.name] = columns, _cells(columns, typed=False)
    header = (*ends, "id", "title_fr", "title_en", "column", "before", "after", "texts", "events")

    def lines() -> Iterator[tuple[Cell, ...]]:
        for before, after, events in rows:
            entry = after or before
            assert entry is not None  # noqa: S101 it is there at one end at least
            columns, cells = tables["actions" if entry.type == "action" else "openings"]
            sides = document.compared(before, after, earlier, later)
            texts = sorted({row.claim.text for row in events if row.claim and row.claim.text})
            why = (BETWEEN.join(texts), BETWEEN.join(str(row.position) for row in events))
            title = entry.described.title
            named = (*ends.values(), entry.slug, title.fr, title.en)
            ends_of = (cells(side) if side else repeat(None) for side in sides)
            for column, was, now in zip(columns, *ends_of, strict=False):
                if was != now:
                    yield (*named, column.key, was, now, *why)

    return Sheet("diff", header, lines())


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
