"""What a record amounts to in a sentence, in French and in English. Knows no markup, no syntax."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from app.domain import beside, claims
from app.domain.commitments import Commitment, Course, Deadline, Move, Part, by_first
from app.domain.context import Context
from app.domain.ledger import Claim, paris_day
from app.domain.periods import Dating, Period, period_of, spell, spelled
from app.domain.references import THE_REGISTER, Text
from app.domain.states import OPEN
from app.domain.values import HVD_CATEGORIES, JURISDICTIONS, THEMES, Words
from app.formats import language as words
from app.formats.document import category_label, label
from app.formats.language import TERMS

AWAITED = frozenset({"planned", "in_progress", "partially_available", "suspended"})
"""The states in which a deadline is still to be met."""
ENDED = frozenset({"abandoned", "withdrawn"})
"""The states that began on a day and last."""

FIELDS = {
    name: str(info.title)
    for name, info in {**claims.Identity.model_fields, **claims.Description.model_fields}.items()
    if name != "visibility"
}
"""What a claim says besides state and deadline, with its label. No field that is internal."""

TEXTS: dict[str, dict[str, Any]] = beside(__file__)
ACCESS: dict[str, str] = TEXTS["access"]
KINDS: Mapping[str, str] = TEXTS["kinds"]
MOVES: Mapping[str, tuple[str, str]] = TEXTS["moves"]
COUNTED: Mapping[str, tuple[str, str]] = TEXTS["counted"]


def restricted(described: claims.Description) -> str | None:
    """What restricts access, in a word; None where everyone may have it."""
    restriction: str | None = TEXTS["restrictions"].get(described.access_rights)
    return restriction


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is known: its label, its value, and where the value leads."""

    label: str
    value: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Sentences:
    """How records are said in a language: French has words of its own for an action.

    `context` names what they refer to.
    """

    language: str
    context: Context
    of_action: bool = False

    def of(self, entry: Commitment | None) -> "Sentences":
        """How an entry is said."""
        of_action = entry is not None and entry.type == "action"
        return self if of_action == self.of_action else replace(self, of_action=of_action)

    def t(self, sentence: str, /, *, context: str = "", **facts: Any) -> str:
        return words.say(self.language, sentence, context=context, **facts)

    def counted(self, singular: str, plural: str, n: int, /, **facts: Any) -> str:
        return words.count(self.language, singular, plural, n, **facts)

    def labelled(self, label: str, value: str) -> str:
        """A label and its value, with the colon of the language."""
        return self.t("{label}: {value}", label=label, value=value)

    # Numbers, days, names

    def number(self, value: int) -> str:
        return words.number(self.language, value)

    def signed_days(self, days: int) -> str:
        """A number of days with its sign: “+1 188 jours”."""
        signed = ("\u2212" if days < 0 else "+") + self.number(abs(days))
        return self.counted("{signed} day", "{signed} days", days, signed=signed)

    def day(self, day: date) -> str:
        """A day: “1er octobre 2021”."""
        return spell(period_of(day), self.language)

    def moment(self, moment: datetime) -> str:
        return self.day(paris_day(moment))

    def period(self, period: Period) -> str:
        """A period: “T2 2023”, “30 septembre 2026”."""
        return spell(period, self.language)

    def dating(self, dating: Dating | str) -> str:
        """A date as far as sources go: “2023”, “au plus tard le 3 septembre 2025”."""
        text = str(dating)
        first, _, last = text.partition("/")
        if last and first != "..":
            return self.t(
                "between {first} and {last}", first=self.dating(first), last=self.dating(last)
            )
        period = spelled(text.removeprefix("../")) if text else None
        if period is None or not text.startswith("../"):
            return self.period(period) if period else ""
        precise = period.precision == "day"
        return self.t(
            "by {date} at the latest", context="day" if precise else "", date=self.period(period)
        )

    def title(self, record: Commitment | Part) -> str:
        """The title of an entry or a part, which may have its key alone."""
        if isinstance(record, Part):
            return record.title.within(self.language) or record.key
        return record.described.title.within(self.language)

    def usual_title(self, entry: Commitment) -> Words:
        """The title that people use, where there is one, in its languages."""
        return entry.described.short_title or entry.described.title

    def name(self, organization: str) -> str:
        return self.context.name_of(organization).within(self.language)

    def recorder(self, slug: str) -> str:
        """Who recorded: the register itself, or an organisation."""
        return self.t("the register") if slug == THE_REGISTER else self.name(slug)

    def short_title(self, entry: Commitment) -> str:
        """The title that people use, where there is one."""
        return entry.described.short_title.within(self.language) or self.title(entry)

    def text(self, key: str) -> str:
        """The title of a legal text, with its official number."""
        known = self.context.texts.get(key)
        nor = f" (NOR {known.nor})" if known and known.nor else ""
        return self.context.title_of(key) + nor

    def short_text(self, key: str) -> str:
        """The title of a legal text up to the day of its signature: “Arrêté du 28 avril 2021”."""
        known, title = self.context.texts.get(key), self.context.title_of(key)
        signed = known and known.signed_on
        if not signed or signed.startswith("../"):
            return title
        head, day, _ = title.partition(spell(spelled(signed), "fr"))
        return head + day

    def text_address(self, key: str) -> str | None:
        """Where a text is read, or else what the register has of it."""
        known = self.context.texts.get(key)
        ours = f"{self.context.base}/api/v1/texts/{quote(key, safe='')}"
        return (known.url or known.eli or ours) if known else None

    def source(self, source: claims.Source | None) -> str:
        """A source by its title, and the site on which it is."""
        named = (source and (source.title or source.site or source.url)) or ""
        site = f" ({source.site})" if source and source.site and source.site != named else ""
        return named + site

    def evidence(self, record: Commitment | Part) -> Detail | None:
        """The last source that says where it stands: “14 août 2026, Judilibre (github.com)”."""
        if (known := record.evidence) is None:
            return None
        where = self.source(known.source) or (self.text(known.text) if known.text else "")
        value = ", ".join(filter(None, (self.dating(known.on), where)))
        leads = known.source.url if known.source else None
        return Detail(self.t("Last evidence"), value, leads)

    def code(self, key: str) -> str:
        """A theme of the EU, or a category of high-value datasets, by its label; else the key."""
        if key in HVD_CATEGORIES:
            return category_label(key).within(self.language)
        return self.t(THEMES[key]) if key in THEMES else key

    def term(self, vocabulary: str, key: str) -> str:
        """The label of a key of one of the public vocabularies."""
        return self.t(TERMS[vocabulary][key].label)

    def filter(self, name: str, value: str) -> str:
        phrase = f"{name} = {value}"
        match name:
            case "state":
                phrase = self.state_label(value)
            case "timeliness":
                phrase = self.timeliness_label(value)
            case "publisher" | "steward":
                phrase = self.name(value)
            case "programme":
                phrase = self.context.programme_of(value).within(self.language)
            case "type" | "announcement":
                phrase = self.term(f"{name}s", value)
            case "q":
                words = "".join(filter(str.isprintable, " ".join(value.split())))
                phrase = self.t("“{words}”", words=words)
            case "as_of":
                phrase = self.t("as known on {date}", date=self.dating(value))
            case "at":
                phrase = self.t("up to event {position}", position=value)
        return phrase

    # States

    def state_label(self, key: str) -> str:
        return label(key, of_action=self.of_action).within(self.language)

    def state(self, record: Commitment | Part) -> str:
        """The state with its date: “Planifié, échéance T2 2023”, “Available since 1 July 2022”."""
        state = self.state_label(record.state)
        vague = record.state_since.vague
        facts = {"state": state, "day": self.day(record.state_since.last)}
        if record.state in OPEN or record.state == "suspended":
            state = self.t(
                "{state} since {day} at the latest" if vague else "{state} since {day}", **facts
            )
        elif record.state in ENDED:
            state = self.t(
                "{state} on {day} at the latest" if vague else "{state} on {day}", **facts
            )
        if record.state not in AWAITED:
            return state
        if record.deadline:
            due = self.period(record.deadline.period)
            return self.t("{state}, due {period}", state=state, period=due)
        return self.t("{state}, no deadline", state=state)

    def description(self, entry: Commitment) -> str:
        """The state, what the thing is, its parts, who may have it: for who sees one text only."""
        parts = [self.labelled(self.title(part), self.state(part)) for part in entry.parts]
        apart = self.t("{first}; {second}", first="", second="")
        known = [self.t("Parts: {parts}.", parts=apart.join(parts))] if parts else []
        about = entry.described.description.within(self.language)
        if not about:
            about = " ".join([_ended(self.title(entry)), *self.set_by(entry)])
        attested = self.evidence(entry)
        last = [_ended(self.labelled(attested.label, attested.value))] if attested else []
        return " ".join([f"[{self.state(entry)}]", about, *known, *last, *self._access(entry)])

    def _access(self, entry: Commitment) -> Iterator[str]:
        """Who may have it, where not everyone may, and what restricts it."""
        restriction = restricted(entry.described)
        if conditions := entry.described.access_conditions.within(self.language):
            yield _ended(self.labelled(self.t(restriction or "Access"), conditions))
        elif restriction:
            yield _ended(self.t(restriction))

    def coverage(self, period: claims.Coverage) -> str:
        """The period that data cover, as far as it is known."""
        start, end = (edge and self.dating(edge) for edge in (period.start, period.end))
        if start and end:
            return f"{start} – {end}"
        if start:
            return self.t("from {start}", start=start)
        return self.t("until {end}", end=end) if end else ""

    # Deadlines

    def deadline(self, record: Commitment | Part) -> str:
        """The deadline with its moves: “30 septembre 2026, reportée 2 fois, +1 188 jours”."""
        in_force = self.in_force(record.deadline, withdrawn=bool(record.moves))
        return ", ".join([in_force, *self.slips(record)])

    def slips(self, record: Commitment | Part) -> Iterator[str]:
        """How often the deadline has moved, and by how much in all."""
        later = sum(1 for move in record.moves if move.days is None or move.days > 0)
        earlier = len(record.moves) - later
        if later == 2:
            yield self.t("postponed twice")
        elif later:
            yield self.counted("postponed once", "postponed {n} times", later)
        if earlier:
            yield self.counted("brought forward once", "brought forward {n} times", earlier)
        if record.moves and record.slip_days:
            yield self.signed_days(record.slip_days)

    def due(self, period: Period) -> str:
        """A deadline to come: French says “due le 30 juin 2023”, “due en mai 2023”."""
        if period.precision == "day":
            return self.t("Due on {period}", period=self.period(period))
        return self.t(
            "Due in {period}",
            context="month" if period.precision in ("month", "year") else "",
            period=self.period(period),
        )

    def in_force(self, deadline: Deadline | None, *, withdrawn: bool = False) -> str:
        """A deadline alone."""
        if deadline:
            return self.period(deadline.period)
        return self.t("Deadline withdrawn" if withdrawn else "No deadline")

    def set_by(self, record: Commitment | Part) -> Iterator[str]:
        """The text that set the deadline in force, or that took it away."""
        if record.deadline and record.deadline.text:
            yield self.t(
                "Deadline set by: {text}.", text=self.context.title_of(record.deadline.text)
            )
        elif record.moves and not record.deadline and (text := record.moves[-1].text):
            yield self.t("Deadline withdrawn by: {text}.", text=self.context.title_of(text))

    def history(self, record: Commitment | Part) -> str:
        """How the deadline has moved, by which texts; nothing when it has not."""
        first = record.first_deadline
        if first is None or not record.moves:
            return ""
        began = self.t("First deadline: {period}", period=self.period(first.period))
        phrases = [self._by(began, first.text)]
        phrases += [self._by(self.move(move), move.text) for move in record.moves]
        if record.slip_days is not None:
            phrases.append(self.t("Slip in all: {days}.", days=self.signed_days(record.slip_days)))
        return " ".join(phrases)

    def addresses(self, record: Commitment | Part) -> Iterator[str]:
        """Where the texts that set and moved the deadline are read."""
        for known in dict.fromkeys(self.texts(record)):
            if known and (leads := known.url or known.eli):
                yield leads

    def texts(self, record: Course) -> list[Text | None]:
        """The texts that set and moved the deadline, as far as they are known."""
        due = (record.first_deadline, *record.moves, record.deadline)
        return [self.context.texts.get(each.text or "") for each in due if each]

    def move(self, move: Move, *, named: bool = False) -> str:
        """A move of a deadline; `named`: after the name of the entry, and not by itself."""
        facts = {"start": self.day(move.moved_from)}
        if move.moved_to is None or move.days is None:
            return self.t(MOVES["withdrawn"][named], **facts)
        facts |= {"end": self.day(move.moved_to), "days": self.signed_days(move.days)}
        return self.t(MOVES["earlier" if move.days < 0 else "later"][named], **facts)

    def _by(self, phrase: str, text: str | None) -> str:
        return f"{phrase} ({self.context.title_of(text)})." if text else f"{phrase}."

    # Timeliness

    def timeliness_label(self, key: str) -> str:
        """A timeliness without days."""
        done = self.of_action and TEXTS["done"].get(key)
        return self.t(done) if done else self.term("timeliness", key)

    def timeliness(self, record: Commitment | Part, day: date, *, first: bool = False) -> str:
        """Timeliness on a day, with the days where they are proven: “En retard de 54 jours”."""
        timing = record.timing
        if first:
            timing = by_first(timing, record.timing_first, day)
        key, days = timing.on(day)
        name = key.replace("delivered", "done") if self.of_action else key
        counts = COUNTED.get(f"least_{name}" if _at_least(record, day, days) else name)
        if key == "due_soon" and timing.due:
            days = (timing.due - day).days
            if days == 0:
                return self.t("Due soon, last day")
        if counts and days:
            return self.counted(*counts, abs(days))
        if key == "no_deadline" and record.opened_on and record.deadline:
            return self.t("No deadline was set then")
        return self.timeliness_label(key)

    # Claims

    def claim(self, claim: Claim, moves: Sequence[Move] = ()) -> str:
        """What a claim says of state and deadline, or else what it describes, in one line."""
        if claim.kind == claims.DEADLINE and not claim.deadline:
            return self.t("Deadline withdrawn")
        phrases: list[str] = []
        if state := claim.values.get("state"):
            phrases.append(self.state_label(state))
        if period := claim.deadline:
            due = self.period(period)
            if claim.kind == claims.ANNOUNCED:
                due = self.t("due {period}", period=due)
            phrases.append(due + self._moved(claim, moves))
        elif "deadline" in claim.values:
            phrases.append(self.t("No deadline"))
        if claim.kind == claims.DESCRIBED:
            phrases = [lower(self.t(FIELDS[name])) for name in claim.values if name in FIELDS]
        kind = self.t(KINDS[claim.kind])
        return self.labelled(kind, ", ".join(phrases)) if phrases else kind

    def _moved(self, claim: Claim, moves: Sequence[Move]) -> str:
        """By how many days a claim moved the deadline, if it did."""
        move = move_of(claim, moves)
        days = (move and move.days) or 0
        if not days:
            return ""
        by = self.counted(*COUNTED["earlier" if days < 0 else "later"], abs(days))
        return f" ({by})"

    def details(self, values: Mapping[str, Any]) -> Iterator[Detail]:
        """What a claim says besides. What is internal is left out."""
        claimed = claims.read(values)
        for name, title in FIELDS.items():
            if name in claimed.model_fields_set:
                for value, address in self._value(getattr(claimed, name)):
                    yield Detail(self.t(title), value or self.t("value removed"), address)

    def described(
        self, whole: claims.Description, besides: Sequence[str]
    ) -> Iterator[tuple[str, Any]]:
        """The label and the value of each field that is described, besides those named."""
        for name, field in claims.Description.model_fields.items():
            value = getattr(whole, name)
            if name not in besides and value != field.default:
                for text, _ in self._value(value):
                    yield self.t(str(field.title)), value if isinstance(value, Words) else text

    def _value(self, value: Any) -> Iterator[tuple[str, str | None]]:
        """A value by its type, and where it leads."""
        match value:
            case Words():
                yield value.within(self.language), None
            case claims.Coverage():
                yield self.coverage(value), None
            case claims.Contact():
                yield value.name, value.url
            case (claims.Resource(), *_):
                for resource in value:
                    yield resource.title.within(self.language) or resource.url, resource.url
            case tuple():
                yield ", ".join(map(self.code, value)), None
            case str():
                yield self.word(value), value if value.startswith(("http://", "https://")) else None
            case _:
                yield str(value or ""), None

    def word(self, value: str) -> str:
        """An organisation or a programme by its name, a word of a list by its label; any text."""
        if value in self.context.organizations:
            return self.name(value)
        if value in self.context.programmes:
            return self.context.programme_of(value).within(self.language)
        return self.t(_LABELS[value]) if value in _LABELS else value


_LABELS = {**ACCESS, **JURISDICTIONS} | {
    key: term.label for name in ("types", "announcements") for key, term in TERMS[name].items()
}
"""The words of the values that are one of a list."""


def lower(label: str) -> str:
    """A label within a sentence."""
    return label[:1].lower() + label[1:]


def _at_least(record: Commitment | Part, day: date, days: int | None) -> bool:
    """Whether that many days late or early are only the fewest that are proven."""
    records = record.parts if isinstance(record, Commitment) and record.parts else (record,)
    return any(
        each.opened_on is not None
        and each.opened_on.vague
        and days in (each.timing.on(day)[1], each.timing_first.on(day)[1])
        for each in records
    )


def _ended(text: str) -> str:
    """A sentence, with the full stop that it may lack."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def move_of(claim: Claim, moves: Iterable[Move]) -> Move | None:
    """The first of these moves that the claim made, if it made one."""
    made = (claim.text, str(claim.published_on), claim.deadline and claim.deadline.end)
    return next((m for m in moves if (m.text, m.published_on, m.moved_to) == made), None)
