"""What an answer holds for: names, addresses, and the day that it is about."""

from dataclasses import replace
from datetime import UTC, date, datetime

from app.domain.commitments import Outline
from app.domain.context import Context, Snapshot, path
from app.domain.ledger import paris_midnight
from app.domain.references import Head, Organization, Text
from app.domain.values import Title, Words
from tests.domain.histories import ROADMAP, SLUG, TODAY, as_of

RENAMED = datetime(2026, 1, 1, tzinfo=UTC)
CONTEXT = Context(
    base="https://register.example",
    contact="mailto:a@register.example",
    snapshot=Snapshot(TODAY, 7),
    head=Head(7, "f" * 64),
    midnight=paris_midnight(TODAY),
    organizations={"cour": Organization("cour", Title(fr="Cour"), None, (RENAMED, 7))},
    texts={"arrete": Text("arrete", "Arrêté")},
)


def test_names_are_those_of_the_register_else_slugs() -> None:
    assert CONTEXT.name_of("cour") == Title(fr="Cour")
    assert CONTEXT.name_of("other") == Words.of("other")
    assert (CONTEXT.title_of("arrete"), CONTEXT.title_of("other")) == ("Arrêté", "other")
    assert CONTEXT.corrected_at == (RENAMED, 7)
    assert replace(CONTEXT, organizations={}).corrected_at is None


def test_addresses_are_permanent() -> None:
    entry = as_of(TODAY, [ROADMAP])
    assert CONTEXT.iri(entry) == f"https://register.example/openings/{SLUG}"
    assert path(Outline("A 1", "action", None)) == "/actions/A%201"
    assert CONTEXT.shared("a b") == "https://register.example/catalog#a%20b"


def test_an_answer_is_asked_again_for_the_same_day_and_position() -> None:
    assert CONTEXT.seen_from == ""
    asked = Snapshot(TODAY, 7, as_of=date(2021, 10, 15), at=5)
    assert replace(CONTEXT, snapshot=asked).seen_from == "?as_of=2021-10-15&at=5"


def test_nothing_was_modified_after_the_day_of_the_answer() -> None:
    assert CONTEXT.day == TODAY
    assert CONTEXT.by_then(RENAMED) == RENAMED
    assert CONTEXT.by_then(datetime(2027, 1, 1, tzinfo=UTC)) == paris_midnight(TODAY)
    assert CONTEXT.iri(as_of(TODAY, [ROADMAP])).endswith(as_of(TODAY, [ROADMAP]).value("slug"))
