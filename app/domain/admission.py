"""What comes whole, from a file: claims, organisations and texts, held to what a form is held to.

Knows what each kind of claim may say. What may be said of an entry as it stands is `decisions.py`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from app.domain import values
from app.domain.commitments import DESCRIPTIVE, IDENTITY, Commitment, Words, as_json
from app.domain.decisions import OPENED, dates
from app.domain.errors import Invalid
from app.domain.ledger import (
    ANNOUNCED,
    CONFIDENCES,
    DEADLINE,
    DESCRIBED,
    STANDINGS,
    STATE,
    VISIBILITIES,
    Claim,
    Source,
)
from app.domain.references import Organization, Text
from app.domain.states import STATES

_SAYS = {
    ANNOUNCED: ({*IDENTITY, *DESCRIPTIVE, "state", "deadline"}, ("type", "title", "publisher")),
    DEADLINE: ({"deadline"}, ("deadline",)),
    STATE: ({"state", *OPENED}, ("state",)),
    DESCRIBED: ({*DESCRIPTIVE}, ()),
}
"""What each kind of claim may say, and what it is nothing without."""

_BESIDE = {
    "commitment": values.entry_name,
    "part": values.slug,
    "part_title": values.line,
    "reason": values.prose,
    "text": values.slug,
    "source": values.parts({"title": values.line, "site": values.line, "url": values.address}),
    "confidence": values.one_of(CONFIDENCES, "confidence"),
    "standing": values.one_of(STANDINGS, "standing"),
    "note": values.prose,
    "visibility": values.one_of(VISIBILITIES, "visibility"),
}
_ADMITTED = {
    kind: values.parts(
        {
            **_BESIDE,
            "values": values.parts({name: values.CHECKS[name] for name in says}, nothing_without),
        }
    )
    for kind, (says, nothing_without) in _SAYS.items()
}
_ORGANIZATION = values.parts(
    {"slug": values.slug, "name": values.words(values.line), "part_of": values.maybe(values.slug)}
)
_TEXT = values.parts(
    {
        "id": values.slug,
        "title": values.line,
        "nor": values.maybe(values.nor),
        "signed_on": values.maybe(values.edtf),
        "published_on": values.maybe(values.edtf),
    }
)


def claims(found: Iterable[Claim], today: date) -> list[Claim]:
    """Claims in the form in which they are kept. Raises Invalid with all that is wrong in any."""
    kept: list[Claim] = []
    wrong: list[tuple[str, str]] = []
    for one in found:
        try:
            kept.append(claim(one, today))
        except Invalid as refusal:
            wrong += refusal.errors
    if wrong:
        raise Invalid(tuple(wrong))
    return kept


def claim(told: Claim, today: date) -> Claim:
    """A claim in the form in which it is kept. Raises Invalid with all that is wrong in it."""
    name = told.commitment[:60]
    if told.kind not in _ADMITTED or told.target is not None:
        raise Invalid(((name, "A claim is taken whole, and no judgement."),))
    beside = {key: getattr(told, key) for key in _BESIDE if getattr(told, key) is not None}
    if told.source:
        source = asdict(told.source)
        beside["source"] = {key: value for key, value in source.items() if value is not None}
    restated = told.kind == ANNOUNCED and told.values.keys() == {"deadline"}
    admitted = _ADMITTED[DEADLINE if restated else told.kind]  # see decision record 0013
    kept = _admitted(admitted, {**beside, "values": told.values}, name)
    if told.source:
        kept["source"] = Source(**kept["source"])
    try:
        dates(told, today)
    except Invalid as refusal:
        raise Invalid(tuple((f"{name}.{key}", why) for key, why in refusal.errors)) from None
    return replace(told, **kept)


def unfit(entry: Commitment) -> Iterator[tuple[str, str]]:
    """The fields of an entry that no door takes now, and why: an older version did, or nobody."""
    for name, check in values.CHECKS.items():
        if name not in DESCRIPTIVE and name not in IDENTITY:
            continue
        try:
            check(as_json(getattr(entry, name)))
        except ValueError as fault:
            yield from values.faults(fault, name)
    if entry.state not in STATES:
        yield "state", f"There is no state “{entry.state[:60]}”."


def organization(found: Organization) -> Organization:
    """An organisation in the form in which it is kept. Raises Invalid with all that is wrong."""
    told = {"slug": found.slug, "name": as_json(found.name), "part_of": found.part_of}
    kept = _admitted(_ORGANIZATION, told, found.slug[:60])
    return replace(found, **{**kept, "name": Words(**kept["name"])})


def text(found: Text) -> Text:
    """A legal text in the form in which it is kept. Raises Invalid with all that is wrong."""
    return Text(**_admitted(_TEXT, asdict(found), found.id[:60]))


def _admitted(check: values.Check, told: dict[str, Any], name: str) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = check(told)
    except ValueError as fault:
        raise Invalid(values.faults(fault, name)) from fault
    return kept
