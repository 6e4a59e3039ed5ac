"""Whatever is written, in whatever order: ledger, rows, JSON and log agree on every day.

Hypothesis writes the history: over HTTP as teams do, and by import. The calendar is moved by hand,
so that claims are recorded on many days. In the end every voice is asked about the days on which
something may have turned, and compared with the fold, and with `plain.py`, which knows no fold.
"""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
import structlog
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.domain.claims import CLAIMS
from app.domain.commitments import Commitment
from app.domain.context import Context, Snapshot
from app.domain.errors import Refusal
from app.domain.fold import on, resolve
from app.domain.ledger import FACTS, NO_HASH, Claim, Event, paris_day, paris_midnight
from app.domain.references import Head, Organization, Text
from app.domain.states import STATES
from app.domain.values import Title
from app.formats import document
from app.formats.document import UNVERSIONED
from app.register.teams import Teams
from app.register.writing import Writing
from app.settings import Settings
from app.store import events as ledger
from app.store import names
from app.store.database import Database
from tests.conftest import Engine, Models, engine_name  # noqa: F401 on both engines
from tests.domain.histories import announced, described, due, state
from tests.journeys import plain
from tests.journeys.office import BASE, Calendar, Office
from tests.rows import spans

pytestmark = pytest.mark.long
DAY = timedelta(days=1)
AFTER_ALL = datetime(2040, 1, 1, tzinfo=UTC)
SLUGS = ("alpha", "beta", "gamma", "justice-2021/A7")
"""What may be announced; the last is an action."""
ORGANIZATIONS = ("conseil-d-etat", "cour-de-cassation", "ministere-de-la-justice")
TEXTS = ("arrete-1", "arrete-2", "feuille-de-route")
BINDING = TEXTS[:2]
NEW_TEXT = {"title": "Un décret de plus", "nor": "JUST0000000D", "published_on": "2024"}
REFUSED = {403, 404, 409, 410, 412, 422}
TIMELY = ("timeliness", "days_late", "timeliness_first", "days_late_first")
"""What turns by the passing of days alone; the log tells it as on the day of recording."""
MOST_DAYS = 10
"""On how many days a history is looked at, today and its first day besides."""

EXAMPLES = 8
"""Histories on each engine. What could differ between them, `tests/store` tries besides."""
TRIED = settings(
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


Document = dict[str, Any]
"""JSON, or a piece of it."""


class Registers(Office):
    """The application over one engine. Each history gets a database of its own, and its day."""

    def __init__(self, engine: Engine, model: str) -> None:
        super().__init__(model)
        self.engine, self.model = engine, model
        register = Database(model)
        desk = Writing(register, Calendar(moments=[AFTER_ALL]))
        desk.absorb(
            [],
            [Organization(slug, Title.of(fr=slug.title())) for slug in ORGANIZATIONS],
            [Text(name, name.title(), None, "2021", binding=name in BINDING) for name in TEXTS],
        )
        self.keys: dict[str | None, str] = {
            role: Teams(register, desk.clock).create_key(organization, role)[0]
            for organization, role in (
                ("ministere-de-la-justice", "operator"),
                ("conseil-d-etat", "editor"),
            )
        }
        register.close()

    def sent(
        self, method: str, path: str, key: str | None = None, tag: str | None = None, **body: Any
    ) -> Awaitable[httpx.Response]:
        """A request on its way, with the key of a role."""
        return super().sent(method, path, self.keys.get(key), tag, **body)


# What may be said.


def _today(machine: Any) -> date:
    found: date = machine.calendar.today()
    return found


def _spelt(machine: Any, number: int, form: int) -> str:
    """A day so many fortnights ago (or one to come, which is refused), known well or vaguely."""
    day = _today(machine) - 13 * number * DAY
    told = day.isoformat()
    return (told, told, told[:7], told[:4], f"../{told}")[form]


def _when(machine: Any, published: int, decided: int | None, forms: tuple[int, int]) -> Document:
    told = {"published_on": _spelt(machine, published, forms[0])}
    if decided is not None:
        told["decided_on"] = _spelt(machine, published + decided, forms[1])
    return told


def _period(machine: Any, number: int, form: int) -> str:
    day = _today(machine) + 19 * number * DAY
    return (
        f"{day}",
        f"{day:%d/%m/%Y}",
        f"{day:%Y-%m}",
        f"T{(day.month + 2) // 3} {day.year}",
        f"{day.year}-S{(day.month + 5) // 6}",
        f"{day.year}",
    )[form]


def _of(make: Callable[..., Any], *what: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What may be said depends on the day, and on what is known already."""
    return st.builds(make, st.runner(), *what)


ago, forms = st.integers(-1, 60), st.integers(0, 4)
edtf = _of(_spelt, st.integers(0, 60), forms)
whens = st.just({}) | _of(_when, ago, st.none() | st.integers(-1, 20), st.tuples(forms, forms))  # type: ignore[var-annotated]
periods = _of(_period, st.integers(-20, 40), st.integers(0, 5))
known = st.runner().flatmap(lambda machine: st.sampled_from(machine.slugs))
unknown = st.runner().flatmap(lambda machine: st.sampled_from(machine.unannounced))
positions = st.runner().flatmap(lambda machine: st.integers(1, machine.position))
abouts = st.sampled_from(({}, {}, {"part": "a"}, {"part": "b"}))
cited = st.sampled_from(
    (
        {"text": "arrete-1"},
        {"text": "arrete-2"},
        {},
        {"text": "feuille-de-route"},
        {"text": NEW_TEXT},
    )
)
reasons = st.sampled_from(({"reason": "parce que"}, {}))
states = st.sampled_from(
    ("available", "partially_available", "in_progress", "available", *sorted(STATES))
)
addresses = st.sampled_from((None, "https://data.example/a", "https://data.example/b"))
resources = st.lists(
    st.builds(
        lambda kind, url: {"kind": kind, "url": url},
        st.sampled_from(("file", "api", "repository")),
        st.sampled_from(("https://data.example/a", "https://data.example/b")),
    ),
    max_size=2,
)
patches = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(({"fr": "Un"}, {"en": "One"}, {"fr": "Deux", "en": None})),
        "description": st.sampled_from(({"fr": "Ceci."}, {"en": "This."}, {"fr": None}, None)),
        "keywords": st.lists(st.sampled_from(("justice", "open-data", "droit")), max_size=2),
        "landing_page": addresses,
        "resources": resources,
        "access_rights": st.sampled_from(("public", "restricted", None)),
        "covers": st.sampled_from(({"from": "2020"}, {"to": "2024-06"}, None)),
        "contact": st.sampled_from(({"name": "Un service"}, None)),
        "publisher": st.sampled_from(ORGANIZATIONS),
        "licence": addresses,
        "budget_status": st.sampled_from(("demandé", "acquis", None)),
    },
).filter(bool)


def _imported(machine: Any) -> st.SearchStrategy[Claim]:
    """A claim such as a later roadmap brings, about a whole or a part, known or not."""
    slugs = st.sampled_from((*SLUGS, *machine.slugs))
    part = st.sampled_from((None, None, None, "a", "b"))

    def told(slug: str, **values: Any) -> Document:
        kind = "action" if slug == SLUGS[-1] else "dataset"
        named = {"title": {"fr": slug}, "publisher": "cour-de-cassation", "rank": 3}
        return {"commitment": slug, "values": {"type": kind, **named, **values}}

    return st.one_of(
        st.builds(
            lambda slug, day, deadline, at: announced(day, deadline, at, decided=day, **told(slug)),
            slugs,
            edtf,
            st.none() | periods,
            st.sampled_from(("planned", "planned", "available", "in_progress")),
        ),
        st.builds(
            lambda slug, day, deadline, key: due(
                day, deadline, commitment=slug, part=key, text="arrete-2"
            ),
            slugs,
            edtf,
            st.none() | periods,
            part,
        ),
        st.builds(
            lambda slug, day, at, decided, key: state(
                day, at, decided=decided, commitment=slug, part=key
            ),
            slugs,
            edtf,
            states,
            edtf,
            part,
        ),
        st.builds(
            lambda slug, day, page: replace(described(day, landing_page=page), commitment=slug),
            slugs,
            edtf,
            addresses,
        ),
    )


imports = st.runner().flatmap(lambda machine: st.lists(_imported(machine), min_size=1, max_size=4))


class Register(RuleBasedStateMachine):
    """One history of one register."""

    def __init__(self, office: Registers) -> None:
        super().__init__()
        self.office = office
        self.url = office.engine.create(office.model)
        self.database = Database(self.url)
        self.calendar = Calendar()
        office.open(self.database, self.calendar)
        self.desk = Writing(self.database, self.calendar)
        self.position, self.hash, self.facts = 0, NO_HASH, 0
        self.slugs: list[str] = []
        self.numbers = count(1)

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self.agree()
        finally:
            self.database.close()
            self.office.engine.drop(self.url)

    # What teams do.

    @property
    def unannounced(self) -> list[str]:
        return [slug for slug in SLUGS if slug not in self.slugs]

    @initialize(deadline=periods, numbers=st.tuples(ago, forms), other=st.sampled_from(SLUGS[1:]))
    def begin(self, deadline: str, numbers: tuple[int, int], other: str) -> None:
        """One entry with a deadline and one without, announced on a day of the past or today."""
        when = {"published_on": _spelt(self, max(0, numbers[0]), numbers[1])}
        self.announce("alpha", {"deadline": deadline}, {"text": "feuille-de-route"}, {}, when)
        self.announce(other, {}, {}, {"reason": "rien n’est promis"}, {})
        assert self.slugs == ["alpha", other]

    @precondition(lambda self: self.unannounced)
    @rule(
        slug=unknown,
        promise=st.fixed_dictionaries({}, optional={"deadline": periods, "state": states}),
        text=cited,
        reason=reasons,
        when=whens,
        visibility=st.sampled_from(("public", "public", "public", "public", "internal")),
    )
    def announce(
        self,
        slug: str,
        promise: Document,
        text: Document,
        reason: Document,
        when: Document,
        visibility: str = "public",
    ) -> None:
        body = self._announcement(slug, visibility) | promise | text | reason | when
        (answer,) = self.office.answered(
            self.office.sent("POST", f"/api/v1/{kind(slug)}", "operator", **body)
        )
        added = self.log(answer)
        if visibility == "internal" and added:
            # A new text that came with it is internal too, and then like any hidden event.
            self.facts += len(added) - 1
            added = added[-1:]
        assert len(added) == (answer.status_code == 201)
        if added:
            self.slugs.append(slug)
            assert answer.headers["Location"] == f"{BASE}/{kind(slug)}/{slug}"
            self.compare(slug, answer)

    def _announcement(self, slug: str, visibility: str = "public") -> Document:
        named = {"code": "A7"} if slug == SLUGS[-1] else {"id": slug, "announcement": "new"}
        return {
            **named,
            "title": {"fr": f"Titre {slug}"},
            "publisher": "cour-de-cassation",
            "steward": "ministere-de-la-justice",
            "rank": 1 + SLUGS.index(slug),
            "visibility": visibility,
        }

    @rule(slug=known, about=abouts, deadline=periods, text=cited, when=whens)
    def move(
        self, slug: str, about: Document, deadline: str, text: Document, when: Document
    ) -> None:
        self.change(slug, deadline=deadline, **about, **text, **when)

    @rule(slug=known, about=abouts, text=cited, reason=reasons, when=whens)
    def give_up_the_deadline(
        self, slug: str, about: Document, text: Document, reason: Document, when: Document
    ) -> None:
        self.change(slug, deadline=None, **about, **text, **reason, **when)

    @rule(slug=known, key=st.sampled_from("ab"), deadline=periods, text=cited, when=whens)
    def split(self, slug: str, key: str, deadline: str, text: Document, when: Document) -> None:
        part = {"key": key, "title": f"Partie {key} de {slug}"}
        self.change(slug, deadline=deadline, part=part, **text, **when)

    @rule(
        slug=known,
        about=abouts,
        state=states,
        opened=st.fixed_dictionaries({}, optional={"resources": resources}),
        text=cited,
        reason=reasons,
        when=whens,
    )
    def enter(
        self,
        slug: str,
        about: Document,
        state: str,
        opened: Document,
        text: Document,
        reason: Document,
        when: Document,
    ) -> None:
        told = {} if about else opened
        self.change(slug, state=state, **about, **told, **text, **reason, **when)

    @rule(slug=known, patch=patches, when=whens)
    def describe(self, slug: str, patch: Document, when: Document) -> None:
        # A hidden claim that is dated before all that the public reads: `plain.py` cannot know it.
        self.change(slug, **patch, **({} if "budget_status" in patch else when))

    @rule(position=positions, standing=st.sampled_from(("disputed", "retracted", "accepted")))
    def judge(self, position: int, standing: str) -> None:
        path = f"/api/v1/events/{position}/judgement"
        body = {"standing": standing, "reason": "à la relecture"}
        (answer,) = self.office.answered(self.office.sent("POST", path, "operator", **body))
        added = self.log(answer)
        if answer.status_code == 200:
            (told,) = [one for one in answer.json()["data"] if one["position"] == position]
            assert told["standing"] == standing
            assert len(added) <= 1

    @precondition(lambda self: self.position > 9)
    @rule(position=positions)
    def erase(self, position: int) -> None:
        try:
            self.desk.erase(position, "la loi")
        except Refusal:
            assert self.log() == []
        else:
            assert len(self.log()) == 1

    @rule(claims=imports)
    def absorb(self, claims: list[Claim]) -> None:
        try:
            absorbed = self.desk.absorb(claims)
        except Refusal:
            assert self.log() == []
            return
        assert len(self.log()) == absorbed
        assert self.desk.absorb(claims) == 0
        self.slugs += sorted({claim.commitment for claim in claims} - set(self.slugs))

    @rule(one=known, other=known)
    def race(self, one: str, other: str) -> None:
        """Two writers at once: on one entry one wins, on two entries both do."""
        before = {slug: self.read(slug, "operator") for slug in (one, other)}
        answers = self.office.answered(
            *(
                self.office.sent("PATCH", path(slug), "operator", tag_of(before[slug]), **body)
                for slug, body in zip((one, other), self._bodies(), strict=True)
            )
        )
        added = self.log(*answers)
        won = [answer for answer in answers if answer.status_code == 200]
        lost = [answer for answer in answers if answer.status_code == 412]
        there = sum(before[slug].status_code == 200 for slug in (one, other))
        assert len(won) == len(added) == (min(1, there) if one == other else there)
        if one == other and there:
            assert lost[0].json()["current_version"] == won[0].json()["version"]

    def _bodies(self) -> Iterator[Document]:
        for _ in range(2):
            yield {"description": {"fr": f"tour {next(self.numbers)}"}}

    @rule(days=st.integers(0, 120), hour=st.sampled_from((0, 12, 22, 23)))
    def let_days_pass(self, days: int, hour: int) -> None:
        """At 22 or 23 hours UTC it is the day after in Paris, in summer or always."""
        later = (self.calendar.now() + days * DAY).replace(hour=hour)
        if later > self.calendar.now():
            self.calendar.moments.append(later)

    # What is checked at each step.

    def change(self, slug: str, **body: Any) -> None:
        """PATCH on the version that is there, and see that the log tells what was sent."""
        note = f"note {next(self.numbers)}"
        before = self.read(slug, "operator")
        (answer,) = self.office.answered(
            self.office.sent("PATCH", path(slug), "operator", tag_of(before), note=note, **body)
        )
        added = self.log(answer)
        if answer.status_code != 200:
            return
        version = before.json()["version"] if before.status_code == 200 else 0
        assert answer.json()["version"] == (added[-1]["position"] if added else version)
        for event in added:
            if event["kind"] is not None:
                assert (event["commitment"], event["note"]) == (slug, note)
                for name, value in event["values"].items():
                    assert carried(body[name], value), (name, body[name], value)
        self.compare(slug, answer)

    def compare(self, slug: str, answer: httpx.Response) -> None:
        """What a writer is answered is what the ledger amounts to today."""
        with self.database.reading() as connection:
            events = ledger.events(connection, slug)
            context = self.context(connection, None)
        entry = on(resolve(events, BINDING), _today(self))
        assert entry is not None
        same(answer.json(), document.opening(entry, context, internal=True))

    def log(self, *answers: httpx.Response) -> list[Document]:
        """What the log has gained, each link of its chain checked; nothing if all was refused."""
        for answer in answers:
            if answer.status_code not in (200, 201):
                assert answer.status_code in REFUSED, answer.text
                assert answer.headers["Content-Type"] == "application/problem+json"
        gained = self.walk(self.position)
        for event in gained:
            assert event["previous_hash"] == self.hash
            assert event["position"] == self.position + 1
            assert is_linked(event)
            self.position, self.hash = event["position"], event["hash"]
        if answers and all(answer.status_code in REFUSED for answer in answers):
            assert gained == [], [answer.text for answer in answers]
        about = [event for event in gained if event["kind"] not in FACTS]
        self.facts += len(gained) - len(about)
        return about

    def walk(self, after: int, limit: int = 50) -> list[Document]:
        """The log after a position, page by page."""
        found: list[Document] = []
        address: str | None = f"/api/v1/changes?after={after}&page_size={limit}"
        while address:
            told = self.get(address).json()
            found += told["data"]
            address = told["next"]
        last = found[-1] if found else {"position": self.position, "hash": self.hash}
        assert told["head"] == {"position": last["position"], "hash": last["hash"]}
        return found

    def get(self, address: str) -> httpx.Response:
        """What the public reads."""
        return self.office.get(address)

    def read(self, slug: str, role: str | None, as_of: date | None = None) -> httpx.Response:
        """One entry."""
        dated = f"?as_of={as_of}" if as_of else ""
        (answer,) = self.office.answered(self.office.sent("GET", path(slug) + dated, role))
        return answer

    def context(self, connection: Any, as_of: date | None) -> Context:
        return Context(
            base=BASE,
            contact=Settings(public_url=BASE).contact,
            snapshot=Snapshot(as_of or _today(self), self.position, as_of=as_of),
            head=Head(self.position, self.hash),
            midnight=paris_midnight(as_of or _today(self)),
            organizations=names.names(connection).organizations,
        )

    # What is checked in the end.

    def agree(self) -> None:
        """Ledger, rows, JSON and log."""
        with self.database.reading() as connection:
            events = {slug: ledger.events(connection, slug) for slug in self.slugs}
            rows = {slug: spans(connection, slug) for slug in self.slugs}
            present = self.context(connection, None)
        folded = {slug: resolve(told, BINDING) for slug, told in events.items()}
        assert folded == rows
        assert sum(map(len, events.values())) == self.position - self.facts
        assert [found for found in self.desk.verify() if found.fault] == []
        self.agree_on_the_log(folded, present)
        ledgers = {slug: self.ledger(slug, events[slug], folded[slug]) for slug in self.slugs}
        for day in self.days(events, folded):
            entries = {slug: on(found, day) for slug, found in folded.items()}
            self.agree_on(day, entries, ledgers)
        for position in {0, self.position // 3, 2 * self.position // 3, self.position}:
            self.agree_at(position, events)

    def agree_at(self, position: int, events: dict[str, list[Event]]) -> None:
        """The register held at a position what its ledger amounted to by then."""
        day = _today(self)
        with self.database.reading() as connection:
            held = ledger.head(connection, position)
            snapshot = Snapshot(day, held.position, as_of=day, at=position)
            context = replace(self.context(connection, day), head=held, snapshot=snapshot)
        told: dict[str, Document] = {}
        for slug, recorded in events.items():
            known = [event for event in recorded if event.position <= held.position]
            entry = on(resolve(known, BINDING), day)
            if entry and entry.visibility == "public" and entry.type != "action":
                told[slug] = document.opening(entry, context)
        found = self.get(f"/api/v1/openings?at={position}&as_of={day}").json()
        assert {one["id"]: one for one in found["data"]} == told
        assert found["register"]["hash"] == held.hash
        assert found["total"] == sum(found["facets"]["state"].values()) == len(told)

    def agree_on_the_log(self, folded: dict[str, tuple[Commitment, ...]], present: Context) -> None:
        """Whoever replays the log from the beginning holds the present documents."""
        held: dict[str, Document] = {}
        replayed = self.walk(0, limit=7)
        assert [event["position"] for event in replayed] == list(range(1, self.position + 1))
        previous = NO_HASH
        for event in replayed:
            assert event["previous_hash"] == previous
            assert is_linked(event)
            previous = event["hash"]
            if event["kind"] not in (None, *FACTS):
                replay(held, event)
        now = {
            slug: lasting(document.opening(entry, present))
            for slug, spans in folded.items()
            if (entry := on(spans, present.day)) and entry.visibility == "public"
        }
        assert held.keys() == now.keys()
        for slug, told in now.items():
            assert held[slug] == told, differing(held[slug], told)

    def ledger(
        self, slug: str, events: list[Event], spans: tuple[Commitment, ...]
    ) -> list[plain.Told]:
        """The claims that count, as the public may read them."""
        answer = self.get(f"{path(slug)}/events")
        hidden = all(not e.claim or e.claim.visibility == "internal" for e in events)
        if (spans and spans[-1].visibility == "internal") or (hidden and not spans):
            assert answer.status_code == 404
            return []
        assert answer.status_code == 200, (slug, answer.text, events)
        told = answer.json()["data"]
        assert [one["position"] for one in told] == [event.position for event in events]
        assert all(is_linked(one) for one in told)
        return plain.accepted(told, BINDING)

    def days(
        self, events: dict[str, list[Event]], folded: dict[str, tuple[Commitment, ...]]
    ) -> list[date]:
        """The days on which something may turn, those around them, and today; not too many."""
        turns = {span.valid_from for spans in folded.values() for span in spans}
        for event in (event for told in events.values() for event in told):
            turns.add(paris_day(event.recorded_at))
            if event.kind in CLAIMS and event.claim:
                turns |= {event.claim.published_on.last, event.claim.decided_on.last}
                turns |= {event.claim.published_on.first or event.claim.published_on.last}
        for span in (span for found in folded.values() for span in found):
            for timing in (span.timing, *(part.timing for part in span.parts)):
                turns |= {timing.due, timing.due - 90 * DAY} if timing.due else set()
        around = {turn + step * DAY for turn in turns for step in (-1, 0, 1)}
        past = sorted(day for day in around if day <= _today(self))
        step = max(1, len(past) // MOST_DAYS)
        return [past[0], *past[self.position % step :: step], _today(self)]

    def agree_on(
        self, day: date, entries: dict[str, Commitment | None], ledgers: dict[str, list[plain.Told]]
    ) -> None:
        """Every voice says of that day what the ledger amounts to."""
        with self.database.reading() as connection:
            context = self.context(connection, day)
        public = {
            slug: entry for slug, entry in entries.items() if entry and entry.visibility == "public"
        }
        told = {slug: document.opening(entry, context) for slug, entry in public.items()}
        openings = {slug: told[slug] for slug in sorted(told) if slug != SLUGS[-1]}
        self.agree_on_a_list("openings", day, openings)
        if SLUGS[-1] in self.slugs:
            actions = {slug: told[slug] for slug in told if slug == SLUGS[-1]}
            self.agree_on_a_list("actions", day, actions)
        slug = self.slugs[day.toordinal() % len(self.slugs)]
        answer = self.read(slug, None, day)
        if slug in told:
            same(answer.json(), told[slug])
        else:
            assert answer.status_code in (404, 410)
        for slug, claims in ledgers.items():
            rights = told[slug]["access_rights"] if slug in told else "public"
            expected = plain.on(claims, day, rights=rights)
            assert (plain.stated(told[slug]) if slug in told else None) == expected, (day, slug)

    def agree_on_a_list(self, kind: str, day: date, told: dict[str, Document]) -> None:
        """The list holds exactly those; the rows count what the records say."""
        address = f"/api/v1/{kind}?as_of={day}"
        found = self.get(address).json()
        assert {one["id"]: one for one in found["data"]} == told
        assert found["total"] == len(told)
        late = Counter(one["timeliness"] for one in told.values())
        assert found["facets"]["timeliness"] == late
        assert found["facets"]["state"] == Counter(one["state"] for one in told.values())
        assert found["facets"]["publisher"] == Counter(
            one["publisher"]["id"] for one in told.values()
        )
        if late:
            word = sorted(late)[day.toordinal() % len(late)]
            listed = self.get(f"{address}&timeliness={word}").json()["data"]
            assert {one["id"] for one in listed} == {
                slug for slug, one in told.items() if one["timeliness"] == word
            }


# Small questions.


def kind(slug: str) -> str:
    return "actions" if slug == SLUGS[-1] else "openings"


def path(slug: str) -> str:
    return f"/api/v1/{kind(slug)}/{slug}"


def tag_of(answer: httpx.Response) -> str:
    return str(answer.headers.get("ETag", '"v0"'))


def same(document: Document, expected: Document) -> None:
    """One document is the other, but for the position that it rests on, and cites."""
    cited, address = (each["links"].pop("cite") for each in (document, expected))
    assert cited.partition("&at=")[0] == address.partition("&at=")[0]
    assert document == expected


def carried(sent: Any, written: Any) -> bool:
    """Whether the ledger’s value is what was sent: merged, read, or what null stands for."""
    if sent is None:
        nothing = isinstance(written, dict) and not any(written.values())
        return nothing or written in (None, "public")
    if isinstance(sent, dict):
        return all(carried(value, written[name]) for name, value in sent.items())
    if isinstance(written, dict):
        return bool(written["label"] == sent)
    if isinstance(sent, list) and sent and isinstance(sent[0], dict):
        return len(sent) == len(written) and all(map(carried, sent, written))
    if isinstance(sent, list):
        return sorted(written) == sorted(set(sent))
    return bool(sent == written)


def is_linked(event: Document) -> bool:
    """Whether an event of a public document has its digest and its hash, by the documentation."""
    chained = f"{event['previous_hash']}{event['position']}{event['digest']}"
    if event["hash"] != hashlib.sha256(chained.encode()).hexdigest():
        return False
    if event["content"] is None:
        return all(event[name] is None for name in ("salt", "kind", "values", "commitment"))
    told = json.dumps(event["content"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return bool(
        event["digest"] == hashlib.sha256((event["salt"] + told).encode()).hexdigest()
        and event["content"].get("commitment") == event["commitment"]
        and event["content"].get("values", {}) == event["values"]
    )


def lasting(told: Document) -> Document:
    """What a document says that neither the passing of days nor another recording turns."""
    kept = {name: value for name, value in told.items() if name not in (*UNVERSIONED, *TIMELY)}
    return kept | {name: [lasting(part) for part in told[name]] for name in kept if name == "parts"}


def replay(held: dict[str, Document], event: Document) -> None:
    """One event of the log, applied by a reader who holds nothing but the log."""
    slug = event["commitment"]
    before, after = (told and lasting(told) for told in (event["before"], event["after"]))
    if before is None:
        assert slug not in held
    else:
        expected = {name: held[slug][name] for name in before}
        assert expected == before, (event["position"], expected, before)
    if after is None:
        held.pop(slug, None)
    elif before is None:
        held[slug] = after
    else:
        assert before.keys() == after.keys()
        held[slug] |= after


def differing(one: Document, other: Document) -> dict[str, tuple[Any, Any]]:
    """The fields that two documents tell otherwise."""
    names = one.keys() | other.keys()
    return {n: (one.get(n), other.get(n)) for n in names if one.get(n) != other.get(n)}


def test_ledger_rows_voices_and_log_agree_on_every_day_whatever_is_written(
    database_url: str, models: Models
) -> None:
    tried = settings(TRIED, max_examples=EXAMPLES)
    with (
        structlog.testing.capture_logs(),
        closing(Registers(models.engine, database_url)) as office,
    ):
        run_state_machine_as_test(lambda: Register(office), settings=tried)  # type: ignore[arg-type]
