"""Reminders of deadlines, as a mail server takes them: each once, whatever ends on the way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from queue import SimpleQueue
from signal import SIGKILL
from subprocess import Popen
from sys import executable
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from app.register import Clock
from app.register.teams import MemberPatch, NewMember, Teams
from app.register.writing import CLERK
from app.store.database import Database
from app.store.keys import note_reminders
from tests.cli.terminal import PATIENCE, ROOT, Ran, environment, free_port, run

COURT, MINISTRY = "cour-de-cassation", "ministere-de-la-justice"
ENTRY = "decisions-conseils-de-prud-hommes"
SENDER = "registre@ouvertures.example"


class Box:
    """A mail server, and what it has taken; it refuses some addresses, or goes away."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refused: set[str] = set()
        self.most = 100
        self.meanwhile: Callable[[], object] = lambda: None

    async def handle_RCPT(  # noqa: N802 so the server calls it
        self, _: Any, __: Any, envelope: Any, to: str, ___: Any
    ) -> str:
        if to in self.refused:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 so the server calls it
        self, server: Any, _: Any, envelope: Any
    ) -> str:
        if len(self.letters) >= self.most:
            server.transport.abort()
            return "421 gone"
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.meanwhile()
        return "250 OK"


@pytest.fixture
def box() -> Box:
    return Box()


@contextmanager
def posting(box: Box) -> Iterator[str]:
    """A server for the box, and its address."""
    with free_port() as port:
        controller = Controller(box, hostname="127.0.0.1", port=port)
        controller.start()
        try:
            yield f"smtp://127.0.0.1:{port}"
        finally:
            controller.stop()


@pytest.fixture
def teams(seeded_database_url: str) -> Iterator[Teams]:
    """A court with two members of whom one has an address, and a ministry with one."""
    database = Database(seeded_database_url)
    teams = Teams(database, Clock())
    for name, email, whose in (
        ("Zoé d’Àrtois, «greffe»", "zoe@court.example", COURT),
        ("Paul", None, COURT),
        ("Anne", "anne@ministry.example", MINISTRY),
    ):
        teams.add_member(NewMember(name=name, email=email, organization=whose), CLERK)
    yield teams
    database.close()


@pytest.fixture
def remind(seeded_database_url: str, box: Box, teams: Teams) -> Iterator[Callable[..., Ran]]:
    """The command on a day, with its answer as JSON."""
    assert teams
    settings = {"smtp_from": SENDER, "public_url": "https://ouvertures.example/registre"}
    with posting(box) as address:

        def remind(day: date, *words: str) -> Ran:
            given = {**settings, "smtp_url": address, "today": day.isoformat()}
            return run("remind", "--json", *words, url=seeded_database_url, **given)

        yield remind


def sent_to(box: Box) -> list[str]:
    return [letter["To"].addresses[0].addr_spec for letter in box.letters]


def test_each_deadline_is_told_four_times_to_its_team_and_once_to_its_steward(
    box: Box, remind: Any
):
    """The opening was due on 30 September 2026."""
    written = {}
    for day in (
        *(date(2026, 7, 1), date(2026, 7, 2), date(2026, 7, 3), date(2026, 8, 31)),
        *(date(2026, 9, 1), date(2026, 9, 23), date(2026, 9, 30), date(2026, 10, 7)),
        *(date(2026, 10, 29), date(2026, 10, 30), date(2026, 11, 26)),
    ):
        box.letters.clear()
        assert remind(day).code == 0
        about = [letter for letter in box.letters if ENTRY in letter.get_content()]
        written[day] = [letter["To"].addresses[0].username for letter in about]
    assert {f"{day:%m-%d}": names for day, names in written.items() if names} == {
        "07-02": ["zoe"],
        "08-31": ["zoe"],
        "09-23": ["zoe"],
        "10-07": ["zoe"],
        "10-30": ["anne"],
    }


def test_a_letter_says_in_both_languages_what_is_due_where_to_answer_and_how_to_end_it(
    box: Box, remind: Any
):
    remind(date(2026, 11, 26))
    letter = next(each for each in box.letters if each["To"].addresses[0].username == "zoe")
    assert letter["To"].addresses[0].display_name == "Zoé d’Àrtois, «greffe»"
    assert str(letter["From"]) == SENDER
    words = " ".join(letter.get_content().split())
    for sentence in (
        "Bonjour Zoé d’Àrtois, «greffe»,",
        "En retard de 57 jours",
        f"https://ouvertures.example/registre/equipe/signaler?entry={ENTRY}",
        "https://ouvertures.example/registre/equipe/gestion",
        "Overdue by 57 days",
        f"https://ouvertures.example/registre/desk/report?entry={ENTRY}",
        "https://ouvertures.example/registre/desk/team",
    ):
        assert sentence in words


def test_a_name_adds_no_header_and_a_member_who_left_gets_nothing(
    box: Box, teams: Teams, remind: Any
):
    for member in teams.every_member(CLERK):
        gone = MemberPatch(removed=True)
        named = MemberPatch(name='Zoé" <x@evil.example>, Bcc: y@evil.example')
        teams.change_member(member.id, gone if member.name == "Anne" else named, CLERK)
    remind(date(2026, 11, 26))
    assert (sent_to(box), box.letters[0]["Bcc"]) == (["zoe@court.example"], None)
    assert len(box.letters[0]["To"].addresses) == 1


def test_who_is_refused_is_named_and_others_are_written_to(box: Box, remind: Any):
    box.refused = {"anne@ministry.example"}
    first = remind(date(2026, 11, 26))
    assert (first.code, first.document["sent"], sent_to(box)) == (1, 1, ["zoe@court.example"])
    assert "nobody of that name" in first.document["refused"][0]["why"]
    box.refused = set()
    again = remind(date(2026, 11, 26))
    assert (again.code, sent_to(box)[1:]) == (0, ["anne@ministry.example"])


def test_what_a_server_has_not_taken_is_sent_at_the_next_run(box: Box, remind: Any):
    box.most = 1
    broken = remind(date(2026, 11, 26))
    assert broken.code == 1
    assert "1 of 2 letters went out" in broken.err
    box.most = 100
    assert remind(date(2026, 11, 26)).document == {"sent": 1, "refused": []}
    assert sorted(sent_to(box)) == ["anne@ministry.example", "zoe@court.example"]
    assert remind(date(2026, 11, 26)).document["sent"] == 0


def test_of_two_runs_at_once_one_sends(box: Box, remind: Any):
    others: list[Ran] = []
    box.meanwhile = lambda: others.append(remind(date(2026, 11, 26)))
    assert remind(date(2026, 11, 26)).document["sent"] == 2
    assert sorted(sent_to(box)) == ["anne@ministry.example", "zoe@court.example"]
    assert {(other.code, "Another run is sending" in other.err) for other in others} == {(1, True)}


def test_a_run_that_is_killed_once_a_letter_is_taken_sends_it_again_with_its_id(
    seeded_database_url: str, box: Box, teams: Teams
):
    """None is lost; whoever has it already sees it once."""
    processes = SimpleQueue[Popen[bytes]]()
    box.meanwhile = lambda: processes.get().kill()
    with posting(box) as address:
        given = {"smtp_from": SENDER, "smtp_url": address, "today": "2026-11-26"}
        settings = environment(seeded_database_url, given)
        process = Popen([executable, "-m", "app", "remind"], env=settings, cwd=ROOT)
        processes.put(process)
        assert (process.wait(PATIENCE), len(box.letters)) == (-SIGKILL, 1)
        box.meanwhile = lambda: None
        soon = run("remind", url=seeded_database_url, **given)
        assert (soon.code, "cut short less than 15 minutes ago" in soon.err) == (1, True)
        with teams.database.writing() as connection:
            note_reminders(connection, (), teams.clock.now() - timedelta(minutes=16))
        assert run("remind", url=seeded_database_url, **given).code == 0
    ids = [letter["Message-ID"] for letter in box.letters]
    assert (ids[1], len(ids), len(set(ids))) == (ids[0], 3, 2)


def test_a_dry_run_prints_what_would_be_sent(box: Box, remind: Any):
    letters = remind(date(2026, 11, 26), "--dry-run").document["letters"]
    assert "Échéance : 30 septembre 2026" in letters[0].replace("\u00a0", " ")
    assert [letter.partition("<")[2].partition(">")[0] for letter in letters] == [
        "anne@ministry.example",
        "zoe@court.example",
    ]
    assert box.letters == []


def test_without_a_server_nothing_is_sent(seeded_database_url: str):
    ended = run("remind", url=seeded_database_url)
    assert (ended.code, "OUVERTURES_SMTP_URL" in ended.err) == (1, True)
    assert run("remind", "--dry-run", url=seeded_database_url).code == 0
