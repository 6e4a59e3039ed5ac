"""What an answer holds for: it changed with what it names. Formats prove the rest."""

from datetime import UTC, date, datetime

from app.domain.context import Context, Snapshot
from app.domain.ledger import paris_midnight
from app.domain.references import Head, Organization, Text
from app.domain.values import Title

DAY = date(2026, 11, 23)
RENAMED = datetime(2026, 1, 1, tzinfo=UTC), 7


def test_an_answer_was_corrected_when_the_last_of_what_it_names_was() -> None:
    court = Organization("cour", Title(fr="Cour"), None, RENAMED)
    for organizations, corrected in (({"cour": court}, RENAMED), ({}, None)):
        context = Context(
            base="https://register.example",
            contact="mailto:a@register.example",
            snapshot=Snapshot(DAY, 7),
            head=Head(7, "f" * 64),
            midnight=paris_midnight(DAY),
            organizations=organizations,
            texts={"arrete": Text("arrete", "Arrêté")},
        )
        assert context.corrected_at == corrected
