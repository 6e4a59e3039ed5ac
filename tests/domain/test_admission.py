"""What comes whole, from a file, is held to what a form is held to."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.claims import Source
from app.domain.decisions import admit, admit_all
from app.domain.errors import Invalid
from app.domain.ledger import Claim, same
from app.domain.periods import read_dating
from app.domain.references import Organization, Text, checked
from app.domain.values import Title
from app.register import seed
from tests import openings
from tests.domain.histories import TODAY, announced, described, due, judged, state

IDENTITY = {"title": {"fr": "Décisions"}, "publisher": "cour"}
ANNOUNCED = announced("2021-09-27", "T2 2023", values=IDENTITY)


def wrong(claim: Claim) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        admit_all([claim], TODAY)
    return [where for where, _ in refusal.value.errors]


def test_the_seed_and_claims_of_every_kind_are_admitted_as_they_are() -> None:
    """Else a register that holds the seed already would take it for new."""
    content = seed.read()
    claims = [*content.claims, *openings.claims(60)]
    assert [*map(same, admit_all(claims, TODAY))] == [*map(same, claims)]
    assert [checked(row) for row in content.organizations] == [*content.organizations]
    assert [checked(row) for row in content.texts] == [*content.texts]


def test_what_is_admitted_is_kept_in_the_form_of_a_form() -> None:
    claim = described(
        "2022-01-01",
        title={"fr": " De\u0301cisions "},
        resources=[{"url": "https://é.example/a b".replace(" ", "%20"), "format": "csv"}],
        licence="EUPL-1.2",
    )
    source = Source.model_construct(title=" Une source ", url="HTTPS://Data.Example/")
    kept = admit(replace(claim, note="a\r\nb", source=source), TODAY)
    assert kept.values == {
        "title": {"fr": "Décisions"},
        "resources": [{"url": "https://xn--9ca.example/a%20b", "format": "CSV"}],
        "licence": "https://spdx.org/licenses/EUPL-1.2",
    }
    assert (kept.note, kept.source) == (
        "a\nb",
        Source(title="Une source", site=None, url="https://data.example/"),
    )
    assert admit(kept, TODAY) == kept


@pytest.mark.parametrize(
    ("claim", "where"),
    [
        (described("2022-01-01", licence="javascript:alert(1)"), ["decisions.values.licence"]),
        (described("2022-01-01", title={"fr": "\x00"}), ["decisions.values.title.fr"]),
        (described("2022-01-01", state="available"), ["decisions.values.state"]),
        (described("2022-01-01", dream="x"), ["decisions.values.dream"]),
        (announced("2022-01-01"), ["decisions.values.title", "decisions.values.publisher"]),
        (due("2022-01-01", "2023", reason="\u202e"), ["decisions.reason"]),
        (state("2022-01-01", "dreamt"), ["decisions.values.state"]),
        (replace(ANNOUNCED, commitment="a b"), ["a b.commitment"]),
        (replace(ANNOUNCED, confidence="low"), ["decisions.confidence"]),
        (replace(ANNOUNCED, standing="odd"), ["decisions.standing"]),
        (replace(ANNOUNCED, visibility="odd"), ["decisions.visibility"]),
        (replace(ANNOUNCED, text="Un texte"), ["decisions.text"]),
        (
            replace(ANNOUNCED, source=Source.model_construct(url="ftp://a.example/")),
            ["decisions.source.url"],
        ),
        (
            replace(ANNOUNCED, part="A part", part_title=""),
            ["decisions.part", "decisions.part_title"],
        ),
        (
            replace(
                due("2022-01-01", "2023"), values={"deadline": {"label": "2023", "end": "2022"}}
            ),
            ["decisions.values.deadline"],
        ),
        (judged(1, "retracted"), ["decisions"]),
        (replace(ANNOUNCED, target=3), ["decisions"]),
        (replace(ANNOUNCED, kind="odd"), ["decisions"]),
        (announced("2026-11-24", values=IDENTITY), ["decisions.published_on"]),
        (announced("2022", values=IDENTITY, decided="2023"), ["decisions.decided_on"]),
    ],
)
def test_what_no_form_takes_is_not_admitted(claim: Claim, where: list[str]) -> None:
    assert wrong(claim) == where


def test_all_that_is_wrong_in_a_file_is_named_at_once() -> None:
    claims = [
        ANNOUNCED,
        described("2022-01-01", licence="x"),
        replace(described("2022-01-01", keywords=["x"]), commitment="other"),
    ]
    with pytest.raises(Invalid) as refusal:
        admit_all(claims, TODAY)
    assert [where for where, _ in refusal.value.errors] == [
        "decisions.values.licence",
        "other.values.keywords.0",
    ]


@pytest.mark.parametrize(
    "record",
    [
        Organization("Cour", Title(fr="Cour")),
        Organization("cour", Title(fr="Cour"), "le ministère"),
        Text("Un texte", "Arrêté"),
        Text("texte", "Arrêté\nd’hier"),
        Text("texte", "Arrêté", nor="just"),
        Text("texte", "Arrêté", signed_on="hier"),
        Text("texte", "Arrêté", published_on="2021-02-30"),
    ],
)
def test_organisations_and_legal_texts_have_facts_that_can_be_read(record: Any) -> None:
    with pytest.raises(Invalid):
        checked(record)


def test_a_date_of_a_claim_may_be_vague_and_in_the_present() -> None:
    vague = replace(ANNOUNCED, published_on=read_dating("2026-11"))
    assert admit(vague, TODAY) == vague
