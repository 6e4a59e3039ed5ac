"""The second seed, folded: APIs that were promised by a month."""

from collections import Counter
from itertools import groupby

from app.domain.commitments import Commitment
from app.domain.fold import on, resolve
from app.register import seed
from tests.domain.histories import TODAY, written

SEED = seed.read(seed.FOLDERS / "api-gouv-fr")


def _folded() -> dict[str, tuple[Commitment, ...]]:
    events = sorted(written(SEED.claims), key=lambda event: event.commitment)
    return {slug: resolve([*rows]) for slug, rows in groupby(events, lambda row: row.commitment)}


SPANS = _folded()


def test_the_catalogue_is_what_its_sources_count() -> None:
    assert (len(SPANS), len(SEED.organizations), len(SEED.texts)) == (52, 28, 0)
    kinds = Counter(claim.kind for claim in SEED.claims)
    assert kinds == {"announced": 52, "deadline": 95, "state": 38}
    newest = [on(spans, TODAY) for spans in SPANS.values()]
    assert Counter(entry.state for entry in newest if entry) == {"available": 38, "planned": 14}
    assert all(claim.source and claim.source.url for claim in SEED.claims)
