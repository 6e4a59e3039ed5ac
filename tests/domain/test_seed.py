"""The real seed, folded: the consequences that the design names, every entry on one day."""

from collections import Counter
from datetime import date, timedelta
from itertools import groupby

import pytest

from app.domain.commitments import Commitment
from app.domain.fold import on, resolve
from app.domain.ledger import Event, same
from app.register import seed
from tests.domain.histories import TODAY, deadlines, part, table, written

SEED, APIS = seed.read(), seed.read(seed.FOLDERS / "api-gouv-fr")
BINDING = {text.id for text in SEED.texts if text.binding}


Spans = tuple[Commitment, ...]


def _folded(content: seed.Seed) -> tuple[dict[str, list[Event]], dict[str, Spans]]:
    events = sorted(written(content.claims), key=lambda event: event.commitment)
    ledgers = {slug: list(rows) for slug, rows in groupby(events, lambda row: row.commitment)}
    return ledgers, {slug: resolve(rows, BINDING) for slug, rows in ledgers.items()}


EVENTS, SPANS = _folded(SEED)
OPENINGS = {slug for slug in SPANS if slug.startswith("decisions-")}
ACTIONS = SPANS.keys() - OPENINGS


def entry(slug: str, day: str | date) -> Commitment:
    """An entry on a day on which it exists."""
    span = on(SPANS[slug], date.fromisoformat(str(day)))
    assert span is not None
    return span


def timely(slug: str, day: str | date) -> tuple[str, int | None]:
    """(timeliness, days late) of an entry on a day."""
    return entry(slug, day).timing.on(date.fromisoformat(str(day)))


def test_the_seed_is_what_the_design_counts() -> None:
    assert (len(OPENINGS), len(ACTIONS), len(SEED.texts)) == (11, 34, 7)
    assert Counter(claim.kind for claim in SEED.claims if claim.commitment in OPENINGS) == {
        "announced": 11,
        "deadline": 23,
        "state": 11,
        "described": 7,
    }
    assert Counter(claim.kind for claim in SEED.claims if claim.commitment in ACTIONS) == {
        "announced": 34
    }


def test_the_seed_is_in_the_order_in_which_it_happened_without_repetition() -> None:
    days = [claim.published_on.last for claim in SEED.claims]
    assert days == sorted(days)
    assert len({same(claim) for claim in SEED.claims}) == len(SEED.claims)


def test_each_opening_has_the_identity_that_the_annex_gives_it() -> None:
    ranked = sorted((entry(slug, TODAY) for slug in OPENINGS), key=lambda each: each.rank or 0)
    assert [each.rank for each in ranked] == list(range(1, 12))
    assert {
        (each.type, each.announcement, each.steward, each.described.action) for each in ranked
    } == {("dataset", "new", "ministere-de-la-justice", "justice-2021/A16")}
    assert ranked[5].described.title.fr == "Décisions de justice des Conseils de prud’hommes"
    assert ranked[8].described.title.fr is not None
    assert "matière civile – tribunaux judiciaires" in ranked[8].described.title.fr
    labels = [each.announced_deadline and each.announced_deadline.period.label for each in ranked]
    quarters = ["T3 2021", "T3 2021", "T1 2022", "T2 2022", "T2 2022", "T2 2023", "T4 2024"]
    assert labels == [*quarters, "T4 2024", "T3 2025", "T4 2025", "T4 2025"]


# The consequences to test.


COUNTS = """
2021-04-28
2021-04-29 planned 11
2021-09-30 planned 11
2021-10-15 available 2 planned 9
2022-04-15 available 3 planned 8
2022-05-01 available 4 planned 7
2022-07-01 available 4 planned 7
2022-07-10 available 5 planned 6
2024-01-11 available 5 partially_available 1 planned 5
2026-08-13 available 7 planned 4
2026-08-14 available 7 in_progress 1 planned 3
2026-11-26 available 7 in_progress 1 planned 3
"""


@pytest.mark.parametrize("row", COUNTS.strip().splitlines())
def test_how_many_openings_were_in_each_state(row: str) -> None:
    day, *words = row.split()
    entries = [on(SPANS[slug], date.fromisoformat(day)) for slug in OPENINGS]
    counts = Counter(entry.state for entry in entries if entry)
    assert counts == dict(zip(words[::2], map(int, words[1::2]), strict=True))


PRUD_HOMMES = "decisions-conseils-de-prud-hommes"


STORIES = """
# Due in 2023, then 2025, then 2026; overdue since October 2026, and on no day of 2023.
conseils-de-prud-hommes 2021-04-29 2023-06-30    0 on_track 0
conseils-de-prud-hommes 2023-06-30 2023-06-30    0 due_soon 0
conseils-de-prud-hommes 2023-07-01 2023-06-30    0 unconfirmed None uncertain
conseils-de-prud-hommes 2023-07-30 2023-06-30    0 unconfirmed None uncertain
conseils-de-prud-hommes 2023-07-31 2025-09-30  823 on_track 0 uncertain
conseils-de-prud-hommes 2023-08-01 2025-09-30  823 on_track 0
conseils-de-prud-hommes 2025-09-02 2025-09-30  823 due_soon 0
conseils-de-prud-hommes 2025-09-03 2026-09-30 1188 on_track 0
conseils-de-prud-hommes 2026-07-02 2026-09-30 1188 due_soon 0
conseils-de-prud-hommes 2026-09-30 2026-09-30 1188 due_soon 0
conseils-de-prud-hommes 2026-10-01 2026-09-30 1188 overdue 1
# Nothing supports calling these late.
tribunaux-de-commerce 2024-12-31 2024-12-31 0 due_soon 0 uncertain
tribunaux-de-commerce 2025-01-01 2024-12-31 0 unconfirmed None uncertain
tribunaux-de-commerce 2025-09-02 2024-12-31 0 unconfirmed None uncertain
tribunaux-de-commerce 2025-09-03 2024-12-31 0 delivered_unknown None uncertain
tribunaux-de-commerce 2025-09-04 2024-12-31 0 delivered_unknown None
"""
"""An opening on a day: the deadline in force, the slip, timeliness, days late, and any doubt."""


@pytest.mark.parametrize("row", table(STORIES))
def test_an_opening_stands_day_by_day(row: str) -> None:
    slug, day, *expected = row.split()
    opening = entry(f"decisions-{slug}", day)
    facts = [deadlines(opening)[1], opening.slip_days, *timely(f"decisions-{slug}", day)]
    assert [*map(str, facts), *["uncertain"] * opening.uncertain] == expected


def test_the_prud_hommes_stand_by_the_last_evidence() -> None:
    opening = entry(PRUD_HOMMES, TODAY)
    assert opening.evidence
    assert (str(opening.evidence.on), opening.evidence.text) == ("2026-08-14", None)
    assert opening.evidence.source
    assert str(opening.evidence.source.url).startswith("https://github.com/Cour-de-cassation/")
    before = entry(PRUD_HOMMES, "2026-08-13").evidence
    assert before
    assert (str(before.on), before.text) == ("2025-09-03", "arrete-2025-08-29")


def test_the_prud_hommes_are_overdue_on_no_other_day_and_by_the_first_deadline_since_2023() -> None:
    days = (date(2021, 4, 29) + timedelta(n) for n in range((TODAY - date(2021, 4, 29)).days + 1))
    late = [day for day in days if timely(PRUD_HOMMES, day)[0] == "overdue"]
    assert (late[0], len(late)) == (date(2026, 10, 1), 54)
    assert entry(PRUD_HOMMES, TODAY).timing_first.on(TODAY) == ("overdue", 1242)


PENAL = "decisions-penal-premiere-instance"


def test_the_criminal_first_instance_has_two_parts_since_december_2024() -> None:
    assert entry(PENAL, "2024-12-07").parts == ()
    assert deadlines(entry(PENAL, "2024-12-07"))[1] == "2024-12-31"
    opening = entry(PENAL, "2024-12-08")
    assert {(each.key, each.title.fr) for each in opening.parts} == {
        ("delictuel", "Procédures délictuelles"),
        ("contraventionnel", "Procédures contraventionnelles"),
    }
    assert deadlines(opening)[1] == "2027-12-31"
    assert opening.next_deadline == part(opening, "delictuel").deadline


def test_the_criminal_first_instance_as_a_whole_is_at_1461_days_in_two_moves() -> None:
    opening = entry(PENAL, TODAY)
    assert deadlines(opening) == ("T4 2024", "2028-12-31", "2024-12-31")
    assert (opening.postponements, opening.slip_days) == (2, 1461)
    assert [move.days for move in opening.moves] == [1095, 366]
    assert opening.next_deadline == part(opening, "delictuel").deadline
    assert timely(PENAL, TODAY) == ("on_track", 0)
    assert timely(PENAL, "2027-10-03") == ("due_soon", 0)
    assert timely(PENAL, "2028-01-01") == ("overdue", 1)


def test_the_civil_first_instance_opened_in_part_before_the_public_could_know_it() -> None:
    slug = "decisions-civil-premiere-instance"
    (uncertain,) = (span for span in SPANS[slug] if span.uncertain)
    assert (uncertain.valid_from, uncertain.valid_to) == (date(2023, 12, 22), date(2024, 1, 11))
    assert entry(slug, "2024-01-10").state == "planned"
    assert entry(slug, "2024-01-11").state == "partially_available"
    for day in ("2024-01-11", TODAY):
        assert str(entry(slug, day).opened_in_part_on) == "2023-12-22"
    assert entry(slug, "2024-01-11").opened_on is None
    assert timely(slug, "2025-09-29") == ("due_soon", 0)
    assert timely(slug, TODAY) == ("delivered_on_time", 0)


ON_23_NOVEMBER_2026 = """
conseil-d-etat               available 2021-09-30    0 delivered_on_time    0 2021-09-30
cour-de-cassation            available 2021-09-30    0 delivered_late       1 2021-10-01
cours-administratives-d-appel available 2022-03-31   0 delivered_on_time    0 2022-03-31
cours-d-appel-civil          available 2022-04-30    0 delivered_early     -9 2022-04-21
tribunaux-administratifs     available 2022-06-30    0 delivered_on_time    0 2022-06-30
conseils-de-prud-hommes      in_progress 2026-09-30 1188 overdue             54 None
tribunaux-de-commerce        available 2024-12-31    0 delivered_unknown None ../2025-09-03
penal-premiere-instance      planned   2028-12-31 1461 on_track             0 None
civil-premiere-instance      available 2025-09-30    0 delivered_on_time    0 2025-09-30
procedures-criminelles       planned   2028-12-31 1096 on_track             0 None
cours-d-appel-penal          planned   2028-12-31 1096 on_track             0 None
"""
"""State, deadline in force, slip, timeliness, days late, since when open."""


def test_every_opening_on_23_november_2026() -> None:
    rows = [row.split() for row in ON_23_NOVEMBER_2026.strip().splitlines()]
    assert {f"decisions-{slug}" for slug, *_ in rows} == OPENINGS
    for slug, *row in rows:
        opening = entry(f"decisions-{slug}", TODAY)
        due = deadlines(opening)[1]
        shown = (
            opening.state,
            due,
            opening.slip_days,
            *opening.timing.on(TODAY),
            opening.opened_on,
        )
        assert [str(value) for value in shown] == row
        assert not opening.uncertain
        assert (opening.described.landing_page is not None) is (opening.state == "available")


def test_the_sources_that_disagree_are_kept_and_do_not_count() -> None:
    disputed = [claim for claim in SEED.claims if claim.standing == "disputed"]
    assert {claim.commitment for claim in disputed} == {
        "decisions-conseil-d-etat",
        "decisions-cour-de-cassation",
        "decisions-cours-administratives-d-appel",
    }
    assert all(claim.note for claim in disputed)


# The actions.


def test_every_action_is_planned_and_unconfirmed_but_a29_that_has_no_deadline() -> None:
    for code in ACTIONS:
        action = entry(code, TODAY)
        since = (action.type, action.state, str(action.state_since))
        assert since == ("action", "planned", "2021-09-27")
        assert action.described.publisher == action.steward == "ministere-de-la-justice"
        bare = code == "justice-2021/A29"
        assert (action.slip_days, action.postponements) == ((None, 0) if bare else (0, 0))
        expected = ("no_deadline" if bare else "unconfirmed", None)
        assert timely(code, TODAY) == action.timing_first.on(TODAY) == expected
        assert not action.uncertain


def test_the_actions_are_ranked_and_in_their_sections() -> None:
    ranked = sorted((entry(code, TODAY) for code in ACTIONS), key=lambda each: each.rank or 0)
    assert [each.slug for each in ranked] == [
        f"justice-2021/A{number:02}" for number in range(1, 35)
    ]
    assert all(each.section and each.described.title for each in ranked)


# The second seed: APIs that were promised by a month.


def test_the_catalogue_is_what_its_sources_count() -> None:
    _, spans = _folded(APIS)
    assert (len(spans), len(APIS.organizations), len(APIS.texts)) == (52, 28, 0)
    kinds = Counter(claim.kind for claim in APIS.claims)
    assert kinds == {"announced": 52, "deadline": 95, "state": 38}
    newest = [on(entry, TODAY) for entry in spans.values()]
    assert Counter(entry.state for entry in newest if entry) == {"available": 38, "planned": 14}
    assert all(claim.source and claim.source.url for claim in APIS.claims)
