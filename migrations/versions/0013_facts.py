"""Texts and organisations are events: what the tables said is appended to the ledger.

They held before, nobody knows since when: so their events are known only by the day of migration.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
NONE = "0" * 64
FACTS = ("organization", "text")
COLUMNS = (
    *("position", "recording", "commitment", "kind", "target", "visibility", "text"),
    *("counts_from", "content", "salt", "digest", "previous_hash", "hash", "recorded_at"),
    *("recorded_by", "recorded_key"),
)
KEPT = tuple(name for name in COLUMNS if name not in ("content", "salt"))
TRIGGERS = ("events_are_appended", "events_are_not_updated", "events_are_not_deleted")
SQLITE = (
    """CREATE TRIGGER events_are_appended BEFORE INSERT ON events
    WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events)
      OR NEW.previous_hash IS NOT coalesce(
        (SELECT hash FROM events ORDER BY position DESC LIMIT 1), '{none}')
    BEGIN SELECT RAISE(ABORT, 'events are only appended, one after the other'); END""",
    """CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
    WHEN NOT ({kept} AND NEW.content IS NULL AND NEW.salt IS NULL AND EXISTS (
      SELECT 1 FROM events WHERE kind = 'erased' AND target = OLD.position))
    BEGIN SELECT RAISE(ABORT, 'events are not updated'); END""",
    """CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are not deleted'); END""",
)
POSTGRESQL = """CREATE OR REPLACE FUNCTION events_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      last record;
    BEGIN
      IF TG_OP = 'INSERT' THEN
        SELECT position, hash INTO last FROM events ORDER BY position DESC LIMIT 1;
        IF NEW.position IS DISTINCT FROM coalesce(last.position, 0) + 1
          OR NEW.previous_hash IS DISTINCT FROM coalesce(last.hash, '{none}') THEN
          RAISE EXCEPTION 'events are only appended, one after the other';
        END IF;
        RETURN NEW;
      ELSIF TG_OP = 'UPDATE' THEN
        IF NOT ({kept} AND NEW.content IS NULL AND NEW.salt IS NULL AND EXISTS (
          SELECT 1 FROM events WHERE kind = 'erased' AND target = OLD.position)) THEN
          RAISE EXCEPTION 'events are not updated';
        END IF;
        RETURN NEW;
      END IF;
      RAISE EXCEPTION 'events are not deleted';
    END $$"""


def upgrade() -> None:
    """Append what the tables say to the ledger, and drop them."""
    _unguard()
    _events(facts=True)
    _append()
    _guard(*KEPT, "subject")
    if _sqlite():
        _keys()
    else:
        op.drop_constraint("fk_keys_organization", "keys", type_="foreignkey")
    op.drop_table("texts")
    op.drop_table("organizations")
    op.drop_column("editions", "names")


def downgrade() -> None:
    """Make the tables of what the events say; facts at the end of the ledger go, as they came.

    Others stay, for the chain: to the version before they are events of an entry that it does not
    know, which it leaves out.
    """
    known = _known()
    op.add_column(
        "editions", sa.Column("names", sa.BigInteger(), nullable=False, server_default="0")
    )
    _tables(known)
    _unguard()
    last = op.get_bind().scalar(
        sa.text("SELECT coalesce(max(position), 0) FROM events WHERE commitment IS NOT NULL")
    )
    if last:
        op.execute(sa.text("DELETE FROM events WHERE position > :last").bindparams(last=last))
    op.execute("UPDATE events SET commitment = subject WHERE commitment IS NULL")
    _events(facts=False)
    _guard(*KEPT)
    if _sqlite():
        _keys(sa.ForeignKeyConstraint(["organization"], ["organizations.slug"], KEY))
    else:
        op.create_foreign_key(KEY, "keys", "organizations", ["organization"], ["slug"])


KEY = "fk_keys_organization"


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _unguard() -> None:
    if _sqlite():
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
    else:
        op.execute("ALTER TABLE events DISABLE TRIGGER events_are_kept")


def _guard(*kept: str) -> None:
    same = "IS" if _sqlite() else "IS NOT DISTINCT FROM"
    stay = " AND ".join(f"NEW.{name} {same} OLD.{name}" for name in kept)
    for statement in SQLITE if _sqlite() else [POSTGRESQL]:
        op.execute(sa.text(statement.format(kept=stay, none=NONE).replace(":", "\\:")))
    if not _sqlite():
        op.execute("ALTER TABLE events ENABLE ALWAYS TRIGGER events_are_kept")


def _events(*, facts: bool) -> None:
    """The ledger’s table with subjects and without the key to texts, or the other way round.

    SQLite alters no constraint: the table is made anew.
    """
    if not _sqlite():
        op.alter_column("events", "commitment", nullable=facts)
        if facts:
            op.drop_constraint("fk_events_text", "events", type_="foreignkey")
            op.add_column("events", sa.Column("subject", Name))
        else:
            op.drop_column("events", "subject")
            op.create_foreign_key("fk_events_text", "events", "texts", ["text"], ["id"])
        return
    made = "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'events' AND name LIKE 'ix_%'"
    indexes = op.get_bind().execute(sa.text(made)).all()
    for name, _ in indexes:
        op.drop_index(name, "events")
    op.rename_table("events", "old_events")
    subject = [sa.Column("subject", Name)] if facts else []
    key = [] if facts else [sa.ForeignKeyConstraint(["text"], ["texts.id"], "fk_events_text")]
    op.create_table(
        "events",
        sa.Column("position", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("recording", sa.BigInteger(), nullable=False),
        sa.Column("commitment", Name, nullable=facts),
        *subject,
        sa.Column("kind", Name, nullable=False),
        sa.Column("target", sa.BigInteger()),
        sa.Column("visibility", Name, nullable=False),
        sa.Column("text", Name),
        sa.Column("counts_from", sa.Date(), nullable=False),
        sa.Column("content", sa.Text()),
        sa.Column("salt", Name),
        *(sa.Column(name, Name, nullable=False) for name in ("digest", "previous_hash", "hash")),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", Name, nullable=False),
        sa.Column("recorded_key", Name),
        sa.CheckConstraint("position > 0", "ck_events_position"),
        sa.CheckConstraint("(content IS NULL) = (salt IS NULL)", "ck_events_erased_whole"),
        *key,
    )
    names = ", ".join(COLUMNS)
    op.execute(f"INSERT INTO events ({names}) SELECT {names} FROM old_events")  # noqa: S608 ours
    op.drop_table("old_events")
    for _, statement in indexes:
        op.execute(statement)


def _keys(*constraints: Any) -> None:
    """The table of keys, made anew with these constraints."""
    op.rename_table("keys", "old_keys")
    op.create_table(
        "keys",
        sa.Column("public", Name, primary_key=True),
        *(sa.Column(name, Name, nullable=False) for name in ("digest", "organization", "role")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("last_used_on", sa.Date()),
        *constraints,
    )
    names = "public, digest, organization, role, created_at, expires_at, revoked_at, last_used_on"
    op.execute(f"INSERT INTO keys ({names}) SELECT {names} FROM old_keys")  # noqa: S608 ours
    op.drop_table("old_keys")


# What the tables say, and what the events say


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _stated() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The kind, the name and the values of each row of the tables; a parent before its parts."""
    bind = op.get_bind()
    for kind, table, name in (("organization", "organizations", "slug"), ("text", "texts", "id")):
        rows = bind.execute(sa.text(f"SELECT * FROM {table} ORDER BY {name}")).mappings()  # noqa: S608
        for row in rows:
            values = {key: value for key, value in row.items() if value is not None}
            values.pop("renamed_at", None)
            if isinstance(values.get("name"), str):
                values["name"] = json.loads(values["name"])
            if "name" in values:
                values["name"] = {key: v for key, v in values["name"].items() if v is not None}
            if "binding" in values:
                values["binding"] = bool(values["binding"])
            yield kind, values.pop(name), values


def _known() -> dict[tuple[str, str], dict[str, Any]]:
    """What the events say of each subject, the later ones correcting the earlier."""
    query = "SELECT kind, subject, content FROM events WHERE commitment IS NULL ORDER BY position"
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for kind, subject, content in op.get_bind().execute(sa.text(query)):
        values = known.setdefault((kind, subject), {})
        for key, value in json.loads(content)["values"].items():
            both = isinstance(value, dict) and isinstance(values.get(key), dict)
            values[key] = {**values[key], **value} if both else value
    return known


def _append() -> None:
    """The facts that the ledger does not hold yet, as one recording."""
    op.execute(
        "UPDATE events SET subject = commitment, commitment = NULL"
        " WHERE kind IN ('organization', 'text', 'programme')"
    )
    known = _known()
    new = [row for row in _stated() if {**known.get(row[:2], {}), **row[2]} != known.get(row[:2])]
    bind, at = op.get_bind(), datetime.now(UTC).replace(microsecond=0)
    last = bind.execute(
        sa.text("SELECT position, hash FROM events ORDER BY position DESC LIMIT 1")
    ).first()
    position, link = last or (0, NONE)
    day = at.astimezone(ZoneInfo("Europe/Paris")).date()
    typed: dict[str, Any] = {"counts_from": sa.Date(), "recorded_at": sa.DateTime(timezone=True)}
    names = (*COLUMNS, "subject")
    events = sa.table("events", *(sa.column(name, typed.get(name)) for name in names))
    recording = position + len(new)
    for kind, subject, values in new:
        content = {
            "kind": kind,
            "subject": subject,
            "values": values,
            "decided_on": f"../{day}",
            "published_on": f"../{day}",
            "confidence": "high",
            "standing": "accepted",
            "visibility": "public",
            "recorded_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "recorded_by": "ouvertures",
        }
        position, salt, text = position + 1, secrets.token_hex(16), _canonical(content)
        digest = hashlib.sha256((salt + text).encode()).hexdigest()
        before, link = link, hashlib.sha256(f"{link}{position}{digest}".encode()).hexdigest()
        row = {
            "position": position,
            "recording": recording,
            "subject": subject,
            "kind": kind,
            "visibility": "public",
            "counts_from": day,
            "content": text,
            "salt": salt,
            "digest": digest,
            "previous_hash": before,
            "hash": link,
            "recorded_at": at.replace(tzinfo=None) if _sqlite() else at,
            "recorded_by": "ouvertures",
        }
        bind.execute(events.insert().values(row))


def _tables(known: dict[tuple[str, str], dict[str, Any]]) -> None:
    """The tables of texts and organisations, as the version before has them."""
    part = sa.ForeignKeyConstraint(
        ["part_of"], ["organizations.slug"], "fk_organizations_part_of", deferrable=False
    )
    organizations = op.create_table(
        "organizations",
        sa.Column("slug", Name, primary_key=True),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("part_of", Name),
        sa.Column("renamed_at", sa.DateTime(timezone=True)),
        part,
    )
    texts = op.create_table(
        "texts",
        sa.Column("id", Name, primary_key=True),
        sa.Column("title", sa.Text(), nullable=False),
        *(sa.Column(name, Name) for name in ("nor", "signed_on", "published_on")),
        *(sa.Column(name, Name) for name in ("kind", "eli", "url")),
        sa.Column("binding", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    bind = op.get_bind()
    for (kind, name), values in known.items():
        if kind == "organization":
            both = {"fr": None, "en": None, **values["name"]}
            part_of = values.get("part_of")
            bind.execute(organizations.insert().values(slug=name, name=both, part_of=part_of))
        elif kind == "text":
            columns = {column.name for column in texts.columns}
            own = {key: value for key, value in values.items() if key in columns}
            bind.execute(texts.insert().values(id=name, **{"binding": False, **own}))
