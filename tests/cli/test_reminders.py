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

from app.register.teams import MemberPatch, NewMember, Teams
from app.register.writing import CLERK
from app.store.keys import note_reminders
from tests.cli.terminal import PATIENCE, ROOT, Ran, environment, free_port, run
from tests.seeded import PRUD_HOMMES
from tests.serving import writing

ZOE, ANNE = "zoe@court.example", "anne@ministry.example"
SENDER = "registre@ouvertures.example"
LATE = date(2026, 11, 26)


class Box:
    """A mail server, and what it has taken; it refuses some addresses, or goes away."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refused: set[str] = set()
        self.most = 100
        self.meanwhile: Callable[[], object] = lambda: None

    @property
    def readers(self) -> list[str]:
        """The addresses to which its letters are written."""
        return [letter["To"].addresses[0].addr_spec for letter in self.letters]

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
    with writing(seeded_database_url) as register:
        teams = Teams(register.database, register.clock)
        for name, email, whose in (
            ("Zoé d’Àrtois, «greffe»", ZOE, "cour-de-cassation"),
            ("Paul", None, "cour-de-cassation"),
            ("Anne", ANNE, "ministere-de-la-justice"),
        ):
            teams.add_member(NewMember(name=name, email=email, organization=whose), CLERK)
        yield teams


@pytest.fixture
def remind(seeded_database_url: str, box: Box, teams: Teams) -> Iterator[Callable[..., Ran]]:
    """The command on a day, with its answer as JSON."""
    assert teams
    settings = {"smtp_from": SENDER, "public_url": "https://ouvertures.example/registre"}
    with posting(box) as address:

        def remind(*words: str, day: date = LATE) -> Ran:
            given = {**settings, "smtp_url": address, "today": day.isoformat()}
            return run("remind", "--json", *words, url=seeded_database_url, **given)

        yield remind


def test_each_deadline_is_told_four_times_to_its_team_and_once_to_its_steward(
    box: Box, remind: Any
):
    """The opening was due on 30 September 2026."""
    reminded = {}
    for month, number in (
        *((7, 1), (7, 2), (7, 3), (8, 31), (9, 1), (9, 23), (9, 30), (10, 7)),
        *((10, 29), (10, 30), (11, 26)),
    ):
        box.letters.clear()
        assert remind(day=date(2026, month, number)).code == 0
        box.letters = [letter for letter in box.letters if PRUD_HOMMES in letter.get_content()]
        reminded[month, number] = box.readers
    assert {day: readers for day, readers in reminded.items() if readers} == {
        **{day: [ZOE] for day in ((7, 2), (8, 31), (9, 23), (10, 7))},
        (10, 30): [ANNE],
    }


def test_a_letter_says_in_both_languages_what_is_due_where_to_answer_and_how_to_end_it(
    box: Box, remind: Any
):
    remind()
    letter = box.letters[box.readers.index(ZOE)]
    assert letter["To"].addresses[0].display_name == "Zoé d’Àrtois, «greffe»"
    assert str(letter["From"]) == SENDER
    words = " ".join(letter.get_content().split())
    for sentence in (
        "Bonjour Zoé d’Àrtois, «greffe»,",
        ": en retard de 57 jours",
        f"https://ouvertures.example/registre/equipe/signaler?entry={PRUD_HOMMES}",
        "https://ouvertures.example/registre/equipe/gestion",
        ": overdue by 57 days",
        f"https://ouvertures.example/registre/desk/report?entry={PRUD_HOMMES}",
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
    remind()
    assert (box.readers, box.letters[0]["Bcc"]) == ([ZOE], None)
    assert len(box.letters[0]["To"].addresses) == 1


def test_who_is_refused_is_named_and_others_are_written_to(box: Box, remind: Any):
    box.refused = {ANNE}
    first = remind()
    assert (first.code, first.document["sent"], box.readers) == (1, 1, [ZOE])
    assert "nobody of that name" in first.document["refused"][0]["why"]
    box.refused = set()
    assert (remind().code, box.readers[1:]) == (0, [ANNE])


def test_what_a_server_has_not_taken_is_sent_at_the_next_run(box: Box, remind: Any):
    box.most = 1
    broken = remind()
    assert (broken.code, "1 of 2 letters went out" in broken.err) == (1, True)
    box.most = 100
    assert remind().document == {"sent": 1, "refused": []}
    assert sorted(box.readers) == [ANNE, ZOE]
    assert remind().document["sent"] == 0


def test_of_two_runs_at_once_one_sends(box: Box, remind: Any):
    others: list[Ran] = []
    box.meanwhile = lambda: others.append(remind())
    assert remind().document["sent"] == 2
    assert sorted(box.readers) == [ANNE, ZOE]
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


def test_a_dry_run_prints_what_would_be_sent_and_without_a_server_nothing_is(
    seeded_database_url: str, box: Box, remind: Any
):
    letters = remind("--dry-run").document["letters"]
    assert "Échéance : 30 septembre 2026" in letters[0].replace("\u00a0", " ")
    assert [letter.partition("<")[2].partition(">")[0] for letter in letters] == [ANNE, ZOE]
    assert box.letters == []
    assert "OUVERTURES_SMTP_URL" in run("remind", url=seeded_database_url).refusal
