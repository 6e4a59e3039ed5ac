"""Records in the words of a language: days, deadlines, timeliness, claims. Knows no markup."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from babel.numbers import format_decimal

from app.domain.codes import THEMES
from app.domain.commitments import (
    DESCRIPTIVE,
    Commitment,
    Coverage,
    Deadline,
    Move,
    Part,
    Words,
)
from app.domain.ledger import ANNOUNCED, DEADLINE, Claim, paris_day
from app.domain.periods import Dating, Period, period_of, spell
from app.domain.references import THE_REGISTER, Organization, Text
from app.formats import sentences
from app.formats.document import category_label, label, vocabularies
from app.formats.language import bilingual
from app.web.addresses import safe
from app.web.words import PLURAL, WORDS

LOCALES = {"fr": "fr_FR", "en": "en_GB"}
COLONS = {"fr": "\u00a0: ", "en": ": "}
MINUS = "\u2212"
COUNTED = {
    "overdue": "days_overdue",
    "delivered_late": "days_late",
    "due_soon": "days_left",
}
"""The timeliness whose days are said, with the words for them."""

_LABELS = {
    "title": "field_title",
    "type": "field_type",
    "publisher": "field_publisher",
    "steward": "field_steward",
    "action": "for_action",
    "announcement": "announcement",
    "rank": "field_rank",
    "section": "section",
    "description": "description",
    "landing_page": "landing_page",
    "resources": "field_resources",
    "covers": "covers",
    "access_rights": "field_access_rights",
    "access_conditions": "access_conditions",
    "licence": "licence",
    "contact": "contact",
    "keywords": "keywords",
    "themes": "themes",
    "hvd_categories": "hvd_categories",
}
"""What a claim says besides state and deadline, in this order. No field that is internal."""

_VOCABULARIES = {name: {row["key"]: row for row in rows} for name, rows in vocabularies().items()}


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that a claim says: its label, its value, and where the value leads."""

    label: str
    value: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Speech:
    """A voice in one language, with the names of what records refer to."""

    language: str
    organizations: Mapping[str, Organization] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)

    def words(self, key: str, count: int | None = None, /, **facts: object) -> str:
        """The words of a key, for one or for several, with the facts filled in."""
        text = WORDS[self.language][key]
        if isinstance(text, tuple):
            text = text[PLURAL[self.language](count or 0)]
        if count is not None:
            facts["n"] = self.number(count)
        return text.format(**facts) if facts else text

    def known(self, kind: str, key: str) -> str:
        """The words for a key of that kind; the key itself if this version has none for it."""
        found = WORDS[self.language].get(f"{kind}_{key}")
        return found if isinstance(found, str) else key

    # Numbers and days

    def number(self, value: int) -> str:
        """A whole number with the separators of the language."""
        return format_decimal(value, locale=LOCALES[self.language])

    def signed(self, days: int) -> str:
        """A number of days with its sign: “+1 188 jours”."""
        signed = f"{'+' if days >= 0 else MINUS}{self.number(abs(days))}"
        return self.words("slip", days, signed=signed)

    def day(self, day: date) -> str:
        """A day: “1er octobre 2021”."""
        return spell(period_of(day), self.language)

    def moment(self, moment: datetime) -> str:
        """The day of a moment, in Paris."""
        return self.day(paris_day(moment))

    def period(self, period: Period) -> str:
        """A period: “T2 2023”, “30 septembre 2026”."""
        return spell(period, self.language)

    def dating(self, dating: Dating | str) -> str:
        """A date as far as sources go, in words."""
        return sentences.dating(str(dating), self.language)

    # Names

    def organization(self, slug: str | None) -> Words:
        """The name of an organisation; its slug if nothing more is known."""
        found = self.organizations.get(slug or "")
        return found.name if found else Words(slug)

    def who(self, slug: str) -> str:
        """Who recorded: the register itself, or an organisation."""
        if slug == THE_REGISTER:
            return self.words("the_register")
        return self.organization(slug).within(self.language)

    def text(self, key: str | None) -> Words:
        """The title of a legal text; its id if nothing more is known."""
        found = self.texts.get(key or "")
        return Words(found.title) if found else Words(key)

    def nor(self, key: str | None) -> str | None:
        """The official number of a legal text."""
        found = self.texts.get(key or "")
        return found.nor if found else None

    # States and deadlines

    def term(self, vocabulary: str, key: str, what: str = "label") -> str:
        """The label, or the meaning, of a key of one of the public vocabularies."""
        return str(_VOCABULARIES[vocabulary][key][what][self.language])

    def codes(self, name: str, keys: Sequence[str]) -> str:
        """The EU’s themes, or its categories of high-value datasets, by their labels."""
        label = (lambda key: bilingual(THEMES[key])) if name == "themes" else category_label
        return ", ".join(label(key).within(self.language) for key in keys)

    def state(self, key: str, *, of_action: bool = False) -> str:
        """A state in the official words."""
        return label(key, of_action=of_action).within(self.language)

    def deadline(self, held: Commitment | Part) -> str:
        """The deadline with its moves: “30 septembre 2026, reporté 2 fois, +1 188 jours”."""
        told = [self.in_force(held.deadline, withdrawn=bool(held.moves))]
        later = sum(1 for move in held.moves if move.days is None or move.days > 0)
        earlier = len(held.moves) - later
        if later:
            told.append(self.words("postponed", later))
        if earlier:
            told.append(self.words("advanced", earlier))
        if held.moves and held.slip_days:
            told.append(self.signed(held.slip_days))
        return ", ".join(told)

    def in_force(self, deadline: Deadline | None, *, withdrawn: bool = False) -> str:
        """A deadline alone."""
        if deadline:
            return self.period(deadline.period)
        return self.words("deadline_withdrawn" if withdrawn else "no_deadline_set")

    def timeliness_label(self, key: str, *, of_action: bool = False) -> str:
        """A timeliness in words, without days. What is done says so in its own words."""
        own = f"timeliness_action_{key}"
        if of_action and own in WORDS[self.language]:
            return self.words(own)
        return self.term("timeliness", key)

    def timeliness(
        self, held: Commitment | Part, day: date, *, first: bool = False, of_action: bool = False
    ) -> str:
        """Timeliness on a day, with the days where they are proven: “En retard de 54 jours”."""
        timing = held.timing_first if first else held.timing
        key, days = timing.on(day)
        label = self.timeliness_label(key, of_action=of_action)
        if key == "due_soon":
            days = (timing.due - day).days if timing.due else None
            if days == 0:
                return f"{label}, {self.words('last_day')}"
        if key not in COUNTED or not days:
            return label
        joint = ", " if key == "due_soon" else " "
        return f"{label}{joint}{self.words(COUNTED[key], days)}"

    def coverage(self, covers: Coverage) -> str | None:
        """The period that data cover, as far as it is known."""
        start = covers.start and self.dating(covers.start)
        end = covers.end and self.dating(covers.end)
        if start and end:
            return self.words("covers_both", start=start, end=end)
        if start:
            return self.words("covers_from", start=start)
        return self.words("covers_to", end=end) if end else None

    def labelled(self, label: str, value: str) -> str:
        """A label and its value, with the colon of the language."""
        return f"{label}{COLONS[self.language]}{value}"

    # Claims

    def claim(self, claim: Claim, moves: Sequence[Move] = (), *, of_action: bool = False) -> str:
        """What a claim says of the state and the deadline, in one line."""
        told: list[str] = []
        if state := claim.values.get("state"):
            told.append(self.state(state, of_action=of_action))
        if period := claim.deadline:
            named = self.period(period)
            if claim.kind == ANNOUNCED:
                named = self.words("claim_until", deadline=named)
            told.append(named + self._moved(claim, moves))
        elif "deadline" in claim.values and claim.values["deadline"] is None:
            told.append(self.words("no_deadline_set"))
        if claim.kind == DEADLINE and not claim.deadline:
            return self.words("claim_deadline_withdrawn")
        label = self.words(f"claim_{claim.kind}")
        return self.labelled(label, ", ".join(told)) if told else label

    def _moved(self, claim: Claim, moves: Sequence[Move]) -> str:
        """By how many days a claim moved the deadline, if it did."""
        period = claim.deadline
        for move in moves:
            same = (move.text, move.published_on) == (claim.text, str(claim.published_on))
            if same and period and move.moved_to == period.end and move.days:
                key = "claim_moved" if move.days > 0 else "claim_advanced"
                return f" ({self.words(key, abs(move.days))})"
        return ""

    def details(self, claim: Claim) -> Iterator[Detail]:
        """What a claim says besides. What is internal is left out."""
        for name, key in _LABELS.items():
            if name not in claim.values:
                continue
            label, value = self.words(key), claim.values[name]
            if not value:
                yield Detail(label, self.words("none_given"))
                continue
            for told, address in self._values(name, value):
                yield Detail(label, told, safe(address))

    def _values(self, name: str, value: Any) -> Iterator[tuple[str, str | None]]:
        """The value of a field in words, and where it leads."""
        if name in ("landing_page", "licence"):
            yield value, value
        elif name == "resources":
            for resource in DESCRIPTIVE[name](value):
                yield resource.title.within(self.language) or resource.url, resource.url
        elif name == "contact":
            yield value["name"], value.get("url")
        else:
            yield self._value(name, value), None

    def _value(self, name: str, value: Any) -> str:
        """The value of a field that leads nowhere, in words."""
        match name:
            case "type" | "announcement":
                told = self.term(f"{name}s", value)
            case "access_rights":
                told = self.known("access", value)
            case "themes" | "hvd_categories":
                told = self.codes(name, value)
            case "publisher" | "steward":
                told = self.organization(value).within(self.language)
            case "title" | "description" | "access_conditions":
                told = DESCRIPTIVE[name](value).within(self.language)
            case "covers":
                told = self.coverage(DESCRIPTIVE[name](value)) or self.words("none_given")
            case _:
                told = ", ".join(value) if isinstance(value, list | tuple) else str(value)
        return told
