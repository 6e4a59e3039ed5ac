"""The lists as tables: every column, in the order of the JSON document; and their Table Schema."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.domain.commitments import (
    ACCESS_RIGHTS,
    ANNOUNCEMENTS,
    OPENING_TYPES,
    TIMELINESS,
    Commitment,
)
from app.domain.context import Context
from app.domain.search import Export
from app.domain.states import STATES
from app.formats.cells import (
    BETWEEN,
    NONE,
    REQUIRED,
    Column,
    Labels,
    contact,
    deadline,
    held,
    moves,
    one_of,
    organization,
    parts,
    resources,
    words,
)
from app.formats.document import Document, correction, label
from app.formats.table import Row, Sheet

_NAMES = (
    Column(
        "id",
        ("Nom permanent", "Permanent name"),
        "Its permanent name.",
        held("slug"),
        rules={"required": True, "unique": True},
    ),
    Column(
        "iri",
        ("Adresse permanente", "Permanent address"),
        "Its permanent address, which speaks every voice.",
        lambda entry, context: context.iri(entry),
        rules=REQUIRED,
        wide=True,
    ),
)
"""What it is called."""

_PROMISE = (
    Column(
        "rank",
        ("Rang dans le tableau officiel", "Rank in the official table"),
        "Its place in the official table.",
        held("rank"),
        "integer",
    ),
    *words("title", ("Titre", "Title"), "Its title", lambda entry, _: entry.title, wide=True),
    *words(
        "description",
        ("Description", "Description"),
        "What it is",
        lambda entry, _: entry.description,
        wide=True,
    ),
    Column(
        "announcement",
        ("Annonce", "Announcement"),
        "`new`, or `continued` where some of it was open already.",
        held("announcement"),
        rules=one_of(ANNOUNCEMENTS),
    ),
    *organization("publisher", ("Qui ouvre", "Publisher"), "Who opens", REQUIRED),
    *organization("steward", ("Qui promet", "Steward"), "Who promises", {}),
)
"""What was promised, and by whom."""


_STATE = (
    Column("state", ("État", "State"), "Its state.", held("state"), rules=one_of(STATES, REQUIRED)),
    *words(
        "state_label",
        ("État en mots", "State in words"),
        "Its state in words",
        lambda entry, _: label(entry.state, of_action=entry.type == "action"),
    ),
    Column(
        "state_since",
        ("Dans cet état depuis", "In this state since"),
        "The day from which it has been in that state; of a vague day, the last.",
        held("state_since"),
        "date",
        REQUIRED,
    ),
    Column(
        "opened_on",
        ("Jour d’ouverture", "Opening day"),
        "The opening day; of a vague one, the last. Empty while nothing was ever open.",
        held("opened_on"),
        "date",
    ),
)
"""How far it is."""


_DEADLINES = (
    *deadline(
        "announced_deadline",
        ("Échéance annoncée", "Announced deadline"),
        "The last deadline of the official table, as it spells it.",
    ),
    *deadline(
        "deadline",
        ("Échéance en vigueur", "Deadline in force"),
        "The deadline in force, as its text spells it.",
    ),
    *deadline(
        "first_deadline",
        ("Première échéance", "First deadline"),
        "The deadline first promised, as refined before any move.",
    ),
    *deadline(
        "next_deadline",
        ("Prochaine échéance", "Next deadline"),
        "With parts, the earliest deadline still awaited.",
    ),
    Column(
        "moves",
        ("Déplacements de l’échéance", "Moves of the deadline"),
        f"Each move of the deadline, in order, parted by “{BETWEEN}”: its last day before and "
        f"after (`{NONE}` when withdrawn), by how many days, and the id of the text that moved it.",
        moves,
        wide=True,
    ),
    Column(
        "postponements",
        ("Nombre de reports", "Postponements"),
        "How many moves went later; a withdrawal is one.",
        held("postponements"),
        "integer",
        {**REQUIRED, "minimum": 0},
    ),
    Column(
        "slip_days",
        ("Décalage en jours", "Slip in days"),
        "From the last day first promised to the last day in force; negative when it is earlier.",
        held("slip_days"),
        "integer",
    ),
)
"""What was promised, and how it moved."""


_TIMELINESS = (
    Column(
        "timeliness",
        ("Respect de l’échéance", "Timeliness"),
        "Against the deadline in force.",
        lambda entry, context: entry.timing.on(context.day)[0],
        rules=one_of(TIMELINESS, REQUIRED),
    ),
    Column(
        "days_late",
        ("Jours de retard", "Days late"),
        "By how many days, against the deadline in force; negative if early. Empty if unproven.",
        lambda entry, context: entry.timing.on(context.day)[1],
        "integer",
    ),
    Column(
        "timeliness_first",
        ("Respect de la première échéance", "Timeliness, first deadline"),
        "Against the first deadline.",
        lambda entry, context: entry.timing_first.on(context.day)[0],
        rules=one_of(TIMELINESS, REQUIRED),
    ),
    Column(
        "days_late_first",
        ("Jours de retard sur la première échéance", "Days late, first deadline"),
        "By how many days, against the first deadline; negative if early. Empty if unproven.",
        lambda entry, context: entry.timing_first.on(context.day)[1],
        "integer",
    ),
    Column(
        "uncertain",
        ("Jour incertain", "Uncertain"),
        "Whether the day `as_of` leaves doubt: nothing is then told as overdue.",
        held("uncertain"),
        "boolean",
        REQUIRED,
    ),
    Column(
        "parts",
        ("Parties", "Parts"),
        f"Each part that has dates of its own, parted by “{BETWEEN}”: its key, its state, the last "
        f"day of its deadline (or `{NONE}`), and its timeliness.",
        parts,
        wide=True,
    ),
)
"""Whether it is late, on the day `as_of`."""


_DESCRIPTION = (
    Column(
        "landing_page",
        ("Page d’accès", "Landing page"),
        "The page where what is open can be had.",
        held("landing_page"),
    ),
    Column(
        "resources",
        ("Ressources", "Resources"),
        f"The address of each file, API or repository, parted by “{BETWEEN}”.",
        resources,
    ),
    Column(
        "covers_from",
        ("Période couverte, début", "Period covered, from"),
        "Where the period that the data cover begins, in EDTF.",
        lambda entry, _: entry.covers.start,
    ),
    Column(
        "covers_to",
        ("Période couverte, fin", "Period covered, to"),
        "Where the period that the data cover ends, in EDTF.",
        lambda entry, _: entry.covers.end,
    ),
    Column(
        "access_rights",
        ("Accès", "Access rights"),
        "Who may have it.",
        held("access_rights"),
        rules=one_of(ACCESS_RIGHTS, REQUIRED),
    ),
    Column(
        "access_conditions_fr",
        ("Conditions d’accès (français)", "Conditions of access (French)"),
        "Who may have what is not for everyone, and how, in French.",
        lambda entry, _: entry.access_conditions.fr,
    ),
    Column(
        "access_conditions_en",
        ("Conditions d’accès (anglais)", "Conditions of access (English)"),
        "Who may have what is not for everyone, and how, in English.",
        lambda entry, _: entry.access_conditions.en,
    ),
    Column("licence", ("Licence", "Licence"), "The licence of what is open.", held("licence")),
    Column(
        "contact",
        ("Contact", "Contact"),
        "The service to write to.",
        contact(lambda contact: contact.name),
    ),
    Column(
        "contact_email",
        ("Contact, courriel", "Contact, e-mail"),
        "The e-mail address of the service.",
        contact(lambda contact: contact.email),
    ),
    Column(
        "contact_url",
        ("Contact, page", "Contact, page"),
        "The page of the service.",
        contact(lambda contact: contact.url),
    ),
    Column(
        "keywords",
        ("Mots-clés", "Keywords"),
        f"Keywords, parted by “{BETWEEN}”.",
        lambda entry, _: BETWEEN.join(entry.keywords),
    ),
    Column(
        "themes",
        ("Thèmes", "Themes"),
        f"Themes, by the EU’s codes, parted by “{BETWEEN}”.",
        lambda entry, _: BETWEEN.join(entry.themes),
    ),
    Column(
        "hvd_categories",
        ("Catégories de forte valeur", "High-value categories"),
        f"Categories of high-value datasets, by the EU’s codes, parted by “{BETWEEN}”.",
        lambda entry, _: BETWEEN.join(entry.hvd_categories),
    ),
)
"""Where it is to be had, and what else is described."""


_RECORD = (
    Column(
        "created",
        ("Premier enregistrement (UTC)", "First recorded (UTC)"),
        "When its first event was recorded.",
        held("created"),
        "datetime",
        REQUIRED,
    ),
    Column(
        "modified",
        ("Dernier enregistrement (UTC)", "Last recorded (UTC)"),
        "When its last public event was recorded.",
        held("modified"),
        "datetime",
        REQUIRED,
    ),
    Column(
        "version",
        ("Version", "Version"),
        "The position of its last event.",
        held("version"),
        "integer",
        REQUIRED,
    ),
    Column(
        "correct",
        ("Signaler une erreur", "Report an error"),
        "Where to report an error about it.",
        lambda entry, context: correction(context.contact, entry.slug),
    ),
    Column(
        "as_of",
        ("Jour de la réponse", "Day of the answer"),
        "The day that the row is about: what the public could know on it.",
        lambda _, context: context.day,
        "date",
        REQUIRED,
    ),
    Column(
        "position",
        ("Position du registre", "Position of the register"),
        "The position of the last event that the register held.",
        lambda _, context: context.head.position,
        "integer",
        REQUIRED,
    ),
)
"""Since when the register holds it, and for what the row holds."""


def _columns(types: Iterable[str], place: Column) -> tuple[Column, ...]:
    """The columns of a list of these types; `place` is where an entry stands in the roadmap."""
    kind = Column(
        "type", ("Type", "Type"), "What it is.", held("type"), rules=one_of(types, REQUIRED)
    )
    told = (*_STATE, *_DEADLINES, *_TIMELINESS, *_DESCRIPTION, *_RECORD)
    return (*_NAMES, kind, *_PROMISE, place, *told)


@dataclass(frozen=True, slots=True)
class Table:
    """A list as a table. `name` is what the list is called in addresses."""

    name: str
    labels: Labels
    titles: Labels
    columns: tuple[Column, ...]

    def sheet(self, entries: Iterable[Commitment], context: Context, labels: str) -> Sheet:
        """The entries, one a row, on the day of the context."""
        fr, en = self.labels
        return Sheet(
            name={"fr": fr, "en": en}.get(labels, self.name),
            header=tuple(column.named(labels) for column in self.columns),
            rows=_rows(entries, self.columns, context),
            widths=tuple(column.width for column in self.columns),
        )

    def schema(self) -> Document:
        """The Table Schema of the CSV whose header is keys."""
        return {
            "name": f"ouvertures-{self.name}",
            "title": self.titles[1],
            "description": "What was promised, by when, by which text, and what came of it: one "
            "entry a row, as the public could know it on the day `as_of`.",
            "fields": [column.described() for column in self.columns],
            "missingValues": [""],
            "primaryKey": ["id"],
        }


def _rows(
    entries: Iterable[Commitment], columns: Sequence[Column], context: Context
) -> Iterator[Row]:
    makers = [column.cell for column in columns]
    for entry in entries:
        yield tuple([make(entry, context) for make in makers])


OPENINGS = Table(
    "openings",
    ("Ouvertures", "Openings"),
    ("Registre public des ouvertures promises", "Public register of promised openings"),
    _columns(
        OPENING_TYPES,
        Column(
            "action",
            ("Action de la feuille de route", "Action of the roadmap"),
            "The action of the roadmap that it carries out.",
            held("action"),
        ),
    ),
)

ACTIONS = Table(
    "actions",
    ("Actions", "Actions"),
    ("Registre public des actions promises", "Public register of promised actions"),
    _columns(
        ("action",),
        Column(
            "section",
            ("Section de la feuille de route", "Section of the roadmap"),
            "Its section in the roadmap.",
            held("section"),
        ),
    ),
)

TABLES = {table.name: table for table in (OPENINGS, ACTIONS)}


def sheet(entries: Iterable[Commitment], export: Export, context: Context) -> Sheet:
    """The list that is taken away, in columns of its own."""
    return TABLES[export.of].sheet(entries, context, export.labels)
