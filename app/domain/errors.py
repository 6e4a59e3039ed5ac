"""The refusals, as facts. Knows nothing of HTTP: `app/api/problems.py` gives each its status.

Refusal
├── Missing                 no such thing, or not for this actor
│   └── Gone                it was there, and no accepted claim of it stands
├── Forbidden               the actor is known and may not do this
│   └── Unauthenticated     the actor is not known
├── Invalid                 the request itself is wrong, whatever the register holds
│   ├── UnknownName         a parameter, field or value that does not exist, with its near miss
│   ├── BadQuery            a parameter of the address
│   ├── OutOfRange          a value outside its bounds
│   ├── FutureDay           a claim dated after today
│   ├── Unimportable        a table in which something found stops the import
│   └── Incomplete          something that the change asks for is not there
├── Contradiction           what the register holds does not allow it
│   ├── MoveRefused         a state that may not follow the present one
│   ├── WholeHasParts       the whole's own state or deadline, where parts carry it
│   └── Taken               the name is in use
├── NotAcceptable           none of the voices asked for is spoken here
├── Stale                   the entry has changed since it was read
├── Unconditional           a write that does not say what it has read
└── Unavailable             the memory cannot answer now
"""

from dataclasses import dataclass
from typing import Any


class Refusal(Exception):  # noqa: N818 the trade's word: a refusal is an answer, not an accident
    """What the register declines to do, and why."""

    @property
    def detail(self) -> str:
        """One English sentence or two for a person."""
        return str(self)


@dataclass(eq=False)
class Missing(Refusal):
    """No such thing, or not for this actor."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"There is no {self.kind} “{self.name}” here."


class Gone(Missing):
    """Nothing accepted stands of the entry any more; its ledger still answers."""

    def __str__(self) -> str:
        return (
            f"No accepted claim stands of the {self.kind} “{self.name}” any more. "
            "Its ledger still answers, with every claim and why it was judged."
        )


@dataclass(eq=False)
class Forbidden(Refusal):
    """The actor is known and may not do this."""

    action: str
    name: str

    def __str__(self) -> str:
        return f"This key may not {self.action} “{self.name}”."


@dataclass(eq=False)
class Unauthenticated(Refusal):
    """No key, or one that is unknown, ended or revoked."""

    why: str

    def __str__(self) -> str:
        return self.why


@dataclass(eq=False)
class Invalid(Refusal):
    """The request itself is wrong. `errors`: each with where it is and what is wrong."""

    errors: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return "; ".join(f"{where}: {what}" if where else what for where, what in self.errors)


class UnknownName(Invalid):
    """A parameter, field or value that does not exist."""

    def __init__(self, kind: str, name: str, known: tuple[str, ...] = (), near: str = "") -> None:
        self.kind, self.name, self.known, self.near = kind, name, known, near
        hint = f" Did you mean “{near}”?" if near else ""
        if known and not near:
            hint = f" Known: {', '.join(known)}."
        where = name if kind == "parameter" else kind
        super().__init__(((where, f"There is no {kind} “{name[:60]}”.{hint}"),))


class BadQuery(Invalid):
    """A parameter of the address is wrong. Every fault is named at once."""


class OutOfRange(Invalid):
    """A value outside its bounds."""


class FutureDay(Invalid):
    """A claim dated after today."""

    def __init__(self, field: str, day: str, today: str) -> None:
        self.field, self.day, self.today = field, day, today
        super().__init__(((field, f"{day} is after today, {today}."),))


class Unimportable(Invalid):
    """A table in which something was found that stops the import. `report` tells all of it."""

    def __init__(self, report: Any) -> None:
        self.report = report
        super().__init__(())

    def __str__(self) -> str:
        found = len(self.report.findings)
        things = "One thing was" if found == 1 else f"{found} things were"
        return f"{things} found in the table, and nothing was imported."


class Incomplete(Invalid):
    """The change asks for something that is not there."""

    def __init__(self, field: str, why: str) -> None:
        self.field = field
        super().__init__(((field, why),))


@dataclass(eq=False)
class Contradiction(Refusal):
    """What the register holds does not allow it."""

    why: str

    def __str__(self) -> str:
        return self.why


@dataclass(eq=False)
class MoveRefused(Contradiction):
    """A state that may not follow the present one."""

    current: str
    wanted: str
    allowed: tuple[str, ...]

    def __init__(self, current: str, wanted: str, allowed: tuple[str, ...]) -> None:
        self.current, self.wanted, self.allowed = current, wanted, allowed
        may = ", ".join(allowed) or "nothing"
        super().__init__(f"“{current}” may not become “{wanted}”; it may become: {may}.")


class WholeHasParts(Contradiction):
    """The whole's own state or deadline, where parts carry it."""

    def __init__(self, parts: tuple[str, ...]) -> None:
        self.parts = parts
        super().__init__(
            "This entry has parts, and its state and deadline are computed from theirs. "
            f"Name one with “part”: {', '.join(parts)}."
        )


class Taken(Contradiction):
    """The name is in use."""


@dataclass(eq=False)
class NotAcceptable(Refusal):
    """None of the voices asked for is spoken here."""

    offered: tuple[str, ...]

    def __str__(self) -> str:
        return f"This is spoken here: {', '.join(self.offered)}."


@dataclass(eq=False)
class Stale(Refusal):
    """The entry has changed since it was read."""

    current: int

    def __str__(self) -> str:
        return (
            f"The entry is at version {self.current}, and this change was made on another. "
            "Read it again, then decide."
        )


class Unconditional(Refusal):
    """A write that does not say what it has read."""

    def __str__(self) -> str:
        return (
            "A change names the version it was made on: send If-Match with the entry’s ETag "
            "(“*” names none)."
        )


class Unavailable(Refusal):
    """The memory cannot answer now."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else "The register’s database cannot answer now."
