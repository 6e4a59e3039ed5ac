"""The columns of a table of commitments: how cells are made, of which types. Names no column."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.commitments import Commitment, Contact, Deadline, Move, Part, Words
from app.domain.context import Context
from app.domain.periods import PRECISIONS
from app.formats.document import Document
from app.formats.table import Cell

Labels = tuple[str, str]
Make = Callable[[Commitment, Context], Cell]
Rules = Mapping[str, Any]

BETWEEN = "; "
"""What stands between the values of a cell that holds several."""

NONE = "none"
"""The deadline, in such a cell, of what has none."""

REQUIRED: Rules = {"required": True}
_WIDTHS = {"string": 20, "integer": 10, "boolean": 10, "date": 12, "datetime": 20}
_WIDE, _WIDEST_LABEL = 60, 32


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key, its labels, what it means, how a cell is made, and of which type.

    `type` and `rules` are those of Table Schema. `wide` is one that holds sentences.
    """

    key: str
    labels: Labels
    meaning: str
    cell: Make
    type: str = "string"
    rules: Rules = field(default_factory=dict)
    wide: bool = False

    def named(self, labels: str) -> str:
        """What the header says: the key, or the label in a language."""
        fr, en = self.labels
        return {"fr": fr, "en": en}.get(labels, self.key)

    @property
    def width(self) -> int:
        """As wide as its cells usually are and, within reason, as its labels."""
        longest = max(map(len, (self.key, *self.labels)))
        return _WIDE if self.wide else max(_WIDTHS[self.type], min(longest, _WIDEST_LABEL) + 2)

    def described(self) -> Document:
        """The column as a field of Table Schema."""
        fr, en = self.labels
        told = {"name": self.key, "type": self.type, "title": en, "titles": {"fr": fr, "en": en}}
        rules = {"constraints": dict(self.rules)} if self.rules else {}
        return {**told, "description": self.meaning, **rules}


def held(name: str) -> Make:
    """The value of a field, as it is."""

    def cell(entry: Commitment, _: Context) -> Cell:
        value: Cell = getattr(entry, name)
        return value

    return cell


def one_of(known: Iterable[str], rules: Rules | None = None) -> Rules:
    """What a cell holds is one of these keys."""
    return {**(rules or {}), "enum": [*known]}


def words(
    key: str,
    labels: Labels,
    meaning: str,
    read: Callable[[Commitment, Context], Words],
    **told: Any,
) -> tuple[Column, Column]:
    """A text: in French, and in English."""
    fr, en = labels
    return (
        Column(
            f"{key}_fr",
            (f"{fr}, en français", f"{en}, in French"),
            f"{meaning}, in French.",
            lambda entry, context: read(entry, context).fr,
            **told,
        ),
        Column(
            f"{key}_en",
            (f"{fr}, en anglais", f"{en}, in English"),
            f"{meaning}, in English.",
            lambda entry, context: read(entry, context).en,
            **told,
        ),
    )


def organization(key: str, labels: Labels, who: str, rules: Rules) -> Iterator[Column]:
    """Who: the id, and the name."""

    def name(entry: Commitment, context: Context) -> Words:
        slug: str | None = getattr(entry, key)
        return context.name_of(slug) if slug else Words()

    fr, en = labels
    yield Column(key, labels, f"{who}: the id of an organisation.", held(key), rules=rules)
    yield from words(f"{key}_name", (f"{fr}, nom", f"{en}, name"), f"{who}: the name", name)


def deadline(key: str, labels: Labels, meaning: str) -> Iterator[Column]:
    """A promised period: as its source spells it, its days, its precision, its text."""

    def of(read: Callable[[Deadline], Cell]) -> Make:
        def cell(entry: Commitment, _: Context) -> Cell:
            found: Deadline | None = getattr(entry, key)
            return read(found) if found else None

        return cell

    def column(
        name: str, more: Labels, meaning: str, read: Callable[[Deadline], Cell], **told: Any
    ) -> Column:
        fr, en = (f"{one}, {other}" for one, other in zip(labels, more, strict=True))
        return Column(f"{key}_{name}", (fr, en), f"{meaning} `{key}`.", of(read), **told)

    first, last = ("premier jour", "first day"), ("dernier jour", "last day")
    spelled, precisions = ("précision", "precision"), one_of(PRECISIONS)
    yield Column(key, labels, meaning, of(lambda one: one.period.label))
    yield column("start", first, "First day of", lambda one: one.period.start, type="date")
    yield column("end", last, "Last day of", lambda one: one.period.end, type="date")
    yield column(
        "precision", spelled, "How precise is", lambda one: one.period.precision, rules=precisions
    )
    yield column("text", ("texte", "text"), "The id of the text that set", lambda one: one.text)


def _move(move: Move) -> str:
    days = "" if move.days is None else f" {move.days:+d}"
    text = f" {move.text}" if move.text else ""
    return f"{move.moved_from}/{move.moved_to or NONE}{days}{text}"


def moves(entry: Commitment, _: Context) -> Cell:
    """Each move of the deadline: “2023-06-30/2025-09-30 +823 arrete-2023”."""
    return BETWEEN.join(map(_move, entry.moves))


def parts(entry: Commitment, context: Context) -> Cell:
    """Each part: “minor planned 2027-12-31 on_track”."""
    return BETWEEN.join(_part(part, context) for part in entry.parts)


def _part(part: Part, context: Context) -> str:
    due = part.deadline.period.end if part.deadline else NONE
    timeliness, _ = part.timing.on(context.day)
    return f"{part.key} {part.state} {due} {timeliness}"


def resources(entry: Commitment, _: Context) -> Cell:
    """Where each can be had."""
    return BETWEEN.join(one.download_url or one.url for one in entry.resources)


def contact(read: Callable[[Contact], str | None]) -> Make:
    """Something of the service to write to."""
    return lambda entry, _: read(entry.contact) if entry.contact else None
