"""The refusals, as facts. Knows nothing of HTTP: `app/api/problems.toml` gives each its status.

Each is an English sentence, the key of its translations, and the facts that fill it in. What is
usually said of a kind is in `errors.toml`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.domain import beside

_SENTENCES: Mapping[str, str] = beside(__file__)


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
    """What the register declines to do, and why. A class without a sentence has its parent’s."""

    sentence = ""

    def __init_subclass__(cls) -> None:
        cls.sentence = _SENTENCES.get(cls.__name__, cls.sentence)

    def __init__(self, sentence: str = "", **facts: Any) -> None:
        self.sentence, self.facts = sentence or self.sentence, facts
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return _english(self.sentence, self.facts)


class Missing(Refusal):
    """No such thing, or not for this actor."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(kind=Word(kind), name=name)


class Gone(Missing):
    """Nothing accepted stands of the entry any more; its ledger still answers."""


class Forbidden(Refusal):
    """The actor is known and may not do this."""

    def __init__(self, action: str, name: str) -> None:
        super().__init__(action=Word(action), name=name)


class NotItsText(Forbidden):
    """A text that another organisation stated, or by which entries of others are judged."""


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


class WholeHasParts(Contradiction):
    """The whole's own state or deadline, where parts carry it."""


class Restates(Contradiction):
    """A state or a deadline that is recorded already, with another day or by another text."""


class Taken(Contradiction):
    """The name is in use."""


class NotAcceptable(Refusal):
    """None of the formats asked for is offered here."""


class Stale(Refusal):
    """The entry has changed since it was read."""


class Unconditional(Refusal):
    """A write that does not say what it has read."""


class Unavailable(Refusal):
    """The database cannot answer now."""


class Altered(Unavailable):
    """The database answers, and a row of it cannot be read: somebody altered it by hand."""


class Cut(Unavailable):
    """The connection to the database was cut: a reading may be tried again."""


class Busy(Unavailable):
    """Others hold what a writer needs, for longer than it may wait."""


class Displaced(Unavailable):
    """The file of the register, or its journal, is not there any more."""


class Damaged(Unavailable):
    """The file of the register cannot be read in places."""


class NotMigrated(Unavailable):
    """The tables are those of an earlier version, or none."""


class NotOwner(Unavailable):
    """The role that asks has no right to do this to the tables."""
