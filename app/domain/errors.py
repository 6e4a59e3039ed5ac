"""The refusals, as facts. Knows nothing of HTTP: `app/api/problems.toml` gives each its status.

Each is an English sentence, the key of its translations, and the facts that fill it in.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any


class Word(str):
    """A fact that is itself a key of the translations, such as the kind of what is missing."""

    __slots__ = ()


class Unfit(ValueError):  # noqa: N818 it is a fact about a value, not an accident
    """A value that is refused: a sentence, which is the key of its translations, and its facts."""

    def __init__(self, sentence: str, **facts: Any) -> None:
        self.sentence, self.facts = sentence, facts
        # Not the facts: pydantic encodes the text, and a lone surrogate in a fact would raise.
        super().__init__(sentence)

    @property
    def english(self) -> str:
        return _english(self.sentence, self.facts)


def _english(sentence: str, facts: Mapping[str, Any]) -> str:
    """A sentence with its facts; several are listed with commas, as translations list them."""
    listed = {
        name: ", ".join(fact) if isinstance(fact, tuple) else fact for name, fact in facts.items()
    }
    return sentence.format(**listed) if facts else sentence


def unknown(kind: str, name: str, known: tuple[str, ...] = (), near: str = "") -> Unfit:
    """Why a name is refused that does not exist: its near miss, or all that are known."""
    facts = {"kind": Word(kind), "name": name[:60]}
    if near:
        return Unfit("There is no {kind} “{name}”. Did you mean “{near}”?", near=near, **facts)
    if known:
        return Unfit("There is no {kind} “{name}”. Known: {known}.", known=known, **facts)
    return Unfit("There is no {kind} “{name}”.", **facts)


class Refusal(Exception):  # noqa: N818 a refusal is an answer, not an accident
    """What the register declines to do, and why."""

    sentence = ""

    def __init__(self, sentence: str = "", **facts: Any) -> None:
        self.sentence, self.facts = sentence or self.sentence, facts
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return _english(self.sentence, self.facts)


class Missing(Refusal):
    """No such thing, or not for this actor."""

    sentence = "There is no {kind} “{name}” here."

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(kind=Word(kind), name=name)


class Gone(Missing):
    """Nothing accepted stands of the entry any more; its ledger still answers."""

    sentence = (
        "No accepted claim stands of the {kind} “{name}” any more. "
        "Its ledger still answers, with every claim and why it was judged."
    )


class Forbidden(Refusal):
    """The actor is known and may not do this."""

    sentence = "This key may not {action} “{name}”."

    def __init__(self, action: str, name: str) -> None:
        super().__init__(action=Word(action), name=name)


class NotItsText(Forbidden):
    """A text that another organisation stated, or by which entries of others are judged."""

    sentence = (
        "This key may not {action} “{name}”: that is for the organisation that stated it, or for "
        "an operator. Only an operator changes whether it binds, once entries of others rest on it."
    )


class Unauthenticated(Refusal):
    """No key, or one that is unknown, ended or revoked."""


class Invalid(Refusal):
    """The request itself is wrong. `errors`: each with where it is and what is wrong."""

    def __init__(self, *errors: tuple[str, Unfit]) -> None:
        self.errors = errors
        super().__init__()

    def __str__(self) -> str:
        rows = ((where, why.english) for where, why in self.errors)
        return "; ".join(f"{where}: {why}" if where else why for where, why in rows)


class BadQuery(Invalid):
    """A parameter of the address is wrong. Every fault is named at once."""


class FutureDay(Invalid):
    """A claim dated after today."""

    def __init__(self, field: str, day: date | str, today: date) -> None:
        super().__init__((field, Unfit("{day} is after today, {today}.", day=day, today=today)))


class Unimportable(Invalid):
    """A table in which something was found that stops the import."""

    def __init__(self, findings: Sequence[Any]) -> None:
        self.findings = findings
        super().__init__()
        self.facts = {"n": len(findings)}
        self.sentence = "{n} things were found in the table, and nothing was imported."
        if len(findings) == 1:
            self.sentence = "One thing was found in the table, and nothing was imported."

    def __str__(self) -> str:
        return Refusal.__str__(self)


class Incomplete(Invalid):
    """The change asks for something that is not there."""

    def __init__(self, field: str, sentence: str, **facts: Any) -> None:
        super().__init__((field, Unfit(sentence, **facts)))


class Contradiction(Refusal):
    """What the register holds does not allow it."""


class MoveRefused(Contradiction):
    """A state that may not follow the present one."""

    sentence = "“{current}” may not become “{wanted}”; it may become: {allowed}."


class WholeHasParts(Contradiction):
    """The whole's own state or deadline, where parts carry it."""

    sentence = (
        "This entry has parts, and its state and deadline are computed from theirs. "
        "Name one with “part”: {parts}."
    )


class Restates(Contradiction):
    """A state or a deadline that is recorded already, with another day or by another text."""

    sentence = (
        "This {what} is recorded already by the claim at position {position}, with another day or "
        "text. Correct that claim."
    )


class Taken(Contradiction):
    """The name is in use."""

    sentence = "“{name}” is in use already."


class NotAcceptable(Refusal):
    """None of the formats asked for is offered here."""

    sentence = "Offered here: {offered}."


class Stale(Refusal):
    """The entry has changed since it was read."""

    sentence = (
        "The entry is at version {current_version}, and this change was made on another. "
        "Read it again, then decide."
    )


class Unconditional(Refusal):
    """A write that does not say what it has read."""

    sentence = (
        "A change names the version it was made on: send If-Match with the entry’s ETag "
        "(“*” names none)."
    )


class Unavailable(Refusal):
    """The database cannot answer now."""

    sentence = "The register’s database cannot answer now."


class Altered(Unavailable):
    """The database answers, and a row of it cannot be read: somebody altered it by hand."""

    sentence = "What is kept of “{name}” cannot be read. The operator can derive it anew."


class Cut(Unavailable):
    """The connection to the database was cut: a reading may be tried again."""


class Busy(Unavailable):
    """Others hold what a writer needs, for longer than it may wait."""

    sentence = (
        "Others are writing, and the turn did not come within {n} seconds. Nothing was changed."
    )


class Displaced(Unavailable):
    """The file of the register, or its journal, is not there any more."""

    sentence = (
        "The register’s file is not where it was, or another is. Put it back, or start again."
    )


class Damaged(Unavailable):
    """The file of the register cannot be read in places."""

    sentence = "The register’s file is damaged. Restore a copy."


class NotMigrated(Unavailable):
    """The tables are those of an earlier version, or none."""

    sentence = "The database’s tables are not those of this version: migrate it."
