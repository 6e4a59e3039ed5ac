"""The second seed, folded: APIs promised by a month that no law binds are never called late."""

from collections import Counter
from datetime import date, timedelta
from itertools import groupby

from app.domain.commitments import Commitment, by_first
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


def test_what_is_not_there_by_its_month_is_unconfirmed_on_every_day_and_never_overdue() -> None:
    first = date(2020, 6, 22)
    verdicts = Counter(
        entry.timing.on(day)[0]
        for spans in SPANS.values()
        for day in (first + timedelta(n) for n in range(0, (TODAY - first).days, 5))
        if (entry := on(spans, day))
    )
    assert verdicts["overdue"] == verdicts["delivered_late"] == 0
    last = Counter(e.timing.on(TODAY)[0] for spans in SPANS.values() if (e := on(spans, TODAY)))
    assert last["unconfirmed"] == 14
    by_the_first = Counter(
        by_first(entry.timing, entry.timing_first, TODAY).on(TODAY)[0]
        for spans in SPANS.values()
        if (entry := on(spans, TODAY))
    )
    assert by_the_first["overdue"] == 0
