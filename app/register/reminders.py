"""Reminders by e-mail: teams are told of deadlines that come, and stewards of those long past.

Each goes out once, by one run at a time. What a server has taken is noted at once, and what it has
not is tried again. A run that is cut short between the two sends that letter again, with its id.
"""

import hashlib
import smtplib
import ssl
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from app.domain.access import Member, opener
from app.domain.claims import TYPES
from app.domain.commitments import Commitment
from app.domain.context import Context
from app.domain.errors import Unavailable
from app.domain.search import LANGUAGES, Search
from app.formats.sentences import Sentences, lower
from app.register.reading import Reading
from app.register.writing import CLERK
from app.store import keys as rows

DAYS_FOR_PUBLISHER, DAYS_FOR_STEWARD = (-90, -30, -7, 7), (30,)
"""How many days after a deadline, or before it, who opens is reminded, and who answers for it."""
AWAITED = ("overdue", "partly_open", "unconfirmed", "due_soon")
PATIENCE = 10
"""Seconds that a server may take for each of its answers."""
SILENCE = 15
"""Minutes after which a run that sends nothing is taken to be cut short."""
REFUSED = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
)
"""What a server says of a letter, and goes on."""


class Due(NamedTuple):
    """An entry of which a member is reminded, and the days of the reminder."""

    entry: Commitment
    deadline: date
    days: int


@dataclass(frozen=True, slots=True)
class Post:
    """The SMTP server that sends, and in whose name."""

    url: str
    sender: str

    @contextmanager
    def opened(self) -> Iterator[smtplib.SMTP]:
        """A connection, encrypted where the server offers it or a password is sent.

        Raises OSError, SMTPException.
        """
        parts, context = urlsplit(self.url), ssl.create_default_context()
        host, port = parts.hostname or "", parts.port or 0
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=PATIENCE)
        with server:
            server.ehlo()
            if parts.scheme == "smtp" and (server.has_extn("starttls") or parts.username):
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            yield server


@dataclass(frozen=True, slots=True)
class Reminders:
    """Who is to be reminded of what, by which post. The paths of the desk are by language."""

    register: Reading
    post: Post
    report_paths: Mapping[str, str]
    team_paths: Mapping[str, str]

    def due(self) -> tuple[Context, dict[Member, list[Due]]]:
        """What each member is to be reminded of, and has not been yet."""
        walk = self.register.walk(Search(type=TYPES, timeliness=AWAITED), CLERK)
        entries = list(walk.entries)
        with self.register.database.reading() as connection:
            members, noted = rows.find_members(connection), rows.find_reminders(connection)
        letters = defaultdict[Member, list[Due]](list)
        reached = [member for member in members if member.email and not member.removed_at]
        for entry in entries:
            for due, whose in _stages(entry, walk.context.day):
                for member in reached:
                    key = (entry.slug, due.deadline.isoformat(), member.id, due.days)
                    if member.organization == whose and key not in noted:
                        letters[member].append(due)
        return walk.context, dict(letters)

    def send(self, refused: Callable[[Member, str], None]) -> int:
        """Send what is due; how many letters went out.

        `refused` is told whom the server does not write to, and why. Raises Unavailable where no
        server answers, or another run sends.
        """
        sent = 0
        with self._alone():
            context, letters = self.due()
            if not letters:
                return 0
            try:
                with self.post.opened() as server:
                    for member, due in letters.items():
                        try:
                            server.send_message(self.letter(member, due, context))
                        except REFUSED as refusal:
                            refused(member, str(refusal))
                        else:
                            self._note(member, due)
                            sent += 1
            except (OSError, smtplib.SMTPException) as fault:
                host = urlsplit(self.post.url).hostname
                raise Unavailable(
                    f"{host} does not send ({fault}). {sent} of {len(letters)} letters went out; "
                    "the others will at the next run."
                ) from None
        return sent

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While no other run sends. Raises Unavailable."""
        writing, now = self.register.database.writing, self.register.clock.now()
        with writing() as connection:
            if not rows.begin_run(connection, now, now - timedelta(minutes=SILENCE)):
                raise Unavailable(
                    "Another run is sending reminders, or one was cut short less than {n} minutes "
                    "ago.",
                    n=SILENCE,
                )
        try:
            yield
        finally:
            with writing() as connection:
                rows.end_run(connection)

    def _note(self, member: Member, due: list[Due]) -> None:
        at = self.register.clock.now()
        keys = [(row.entry.slug, row.deadline.isoformat(), member.id, row.days) for row in due]
        with self.register.database.writing() as connection:
            rows.note_reminders(connection, keys, at)

    def letter(self, member: Member, due: list[Due], context: Context) -> EmailMessage:
        """What a member is sent, in French and in English: each entry once, with its form.

        It has the same id when it is sent again, so that whoever has it already sees it once.
        """
        letter = EmailMessage(policy=SMTP)
        box, _, host = (member.email or "").rpartition("@")
        letter["To"] = Address(member.name, box, host)
        letter["From"] = self.post.sender
        entries = list({row.entry.slug: row.entry for row in due}.values())
        says = [Sentences(language, context) for language in LANGUAGES]
        n = len(entries)
        letter["Subject"] = " / ".join(
            say.counted("{n} promise to look at", "{n} promises to look at", n) for say in says
        )
        named = "\n".join(f"{row.entry.slug} {row.deadline} {row.days}" for row in due)
        digest = hashlib.sha256(f"{member.id}\n{named}".encode()).hexdigest()[:32]
        letter["Message-ID"] = f"<{digest}@{urlsplit(context.base).hostname}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content("\n\n-- \n\n".join(self._text(member, entries, say) for say in says))
        return letter

    def _text(self, member: Member, entries: list[Commitment], say: Sentences) -> str:
        base, day = say.context.base, say.context.day
        lines = [
            say.t("Hello {name},", name=member.name),
            "",
            say.t("the public register of promised openings waits for news of this:"),
        ]
        for entry in entries:
            own, deadline = say.of(entry), entry.next_deadline or entry.deadline
            until = deadline and say.in_force(deadline)
            lines += ["", own.labelled(own.short_title(entry), lower(own.timeliness(entry, day)))]
            lines += [say.t("Deadline: {period}", period=until)] if until else []
            address = f"{base}{self.report_paths[say.language]}?entry={quote(entry.slug)}"
            lines.append(say.labelled(say.t("Say what came of it"), address))
        stop = say.t(
            "You are reminded because your organisation has given this address. Whoever manages "
            "its team ends that here: {address}",
            address=base + self.team_paths[say.language],
        )
        return "\n".join([*lines, "", stop])


def _stages(entry: Commitment, day: date) -> Iterator[tuple[Due, str]]:
    """The reminders of an entry that are due on a day, each with the organisation that gets it."""
    deadline = entry.next_deadline or entry.deadline
    if deadline is None:
        return
    end = deadline.period.end
    for stages, whose in (
        (DAYS_FOR_PUBLISHER, opener(entry)),
        (DAYS_FOR_STEWARD, entry.steward or opener(entry)),
    ):
        past = [days for days in stages if days <= (day - end).days]
        if past:
            yield Due(entry, end, past[-1]), whose
