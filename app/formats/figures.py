"""Statistics as the public JSON and as CSV: the same figures under the same names."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from app.domain.context import Context
from app.domain.search import Export
from app.domain.statistics import Row, Share, Spread, Statistics, TextRow, Verdicts
from app.formats.document import Document, encode, register, vocabularies
from app.formats.table import Sheet, csv

NAMELESS: Document = {"fr": None, "en": None}
TYPES: dict[str, Document] = {row["key"]: row["label"] for row in vocabularies()["types"]}


def in_json(found: Statistics, context: Context) -> bytes:
    """A row for each group, and one for all of them together."""
    return encode(
        {
            "by": found.by,
            "data": [_row(row, found.by, context) for row in found.rows],
            "overall": _row(found.overall, found.by, context),
            "register": register(context),
        }
    )


def in_csv(found: Statistics, export: Export, context: Context) -> bytes:
    """The same as CSV: a line for each group, and a last one, by `all`, for all of them together.

    Each line says for which day and position it holds, so that tables of several days can be one.
    """
    held = register(context)
    rows = [*((found.by, row) for row in found.rows), ("all", found.overall)]
    lines = [
        {
            **{name: held[name] for name in ("as_of", "position")},
            "by": by,
            **dict(_flat(_row(row, found.by, context))),
        }
        for by, row in rows
    ]
    cells = (tuple(line.values()) for line in lines)
    sheet = Sheet("statistics", tuple(lines[-1]), cells)
    return b"".join(csv(sheet, spreadsheet=export.spreadsheet))


def _row(row: Row | TextRow, by: str, context: Context) -> Document:
    if isinstance(row, TextRow):
        return _of_text(row, context)
    return {
        "group": row.group,
        "name": _name(row.group, by, context),
        "entries": row.entries,
        "uncertain": row.uncertain,
        "restricted": row.restricted,
        **_verdicts(row.in_force, ""),
        **_verdicts(row.first, "_first"),
        "postponed": row.postponed,
        "postponed_rate": _share(row.postponed_rate),
        "moves": row.moves,
        "postponements": row.postponements,
        "slip_days": _spread(row.slip),
        "slip_days_postponed": _spread(row.slip_postponed),
    }


def _name(group: str | None, by: str, context: Context) -> Document:
    """What a group is called: an organisation by its name, a type by its label."""
    if group is not None and by == "publisher":
        return context.name_of(group).model_dump()
    return TYPES.get(group or "", NAMELESS)


def _verdicts(found: Verdicts, suffix: str) -> Document:
    return {
        f"timeliness{suffix}": dict(found.timeliness),
        f"opened_on_time{suffix}": found.opened_on_time,
        f"on_time_rate{suffix}": _share(found.on_time_rate),
        f"days_late{suffix}": _spread(found.days_late),
    }


def _share(found: Share) -> Document:
    return {
        "numerator": found.numerator,
        "denominator": found.denominator,
        "value": found.value,
    }


def _spread(found: Spread) -> Document:
    return {
        "count": found.count,
        "sum": found.sum,
        "median": found.median,
        "mean": found.mean,
        "longest": found.longest,
        "longest_count": found.longest_count,
        "entry": found.entry,
    }


def _of_text(row: TextRow, context: Context) -> Document:
    return {
        "group": row.group,
        "title": row.group and context.title_of(row.group),
        "entries": row.entries,
        "parts": row.parts,
        "moves": row.moves,
        "later": row.later,
        "earlier": row.earlier,
        "withdrawn": row.withdrawn,
        "days": {**_spread(row.days), "part": row.days.part},
        "details": row.group and _details(row.group, context),
    }


def _details(text: str, context: Context) -> str:
    """Where each move of a text is told, of the same day and position."""
    return f"{context.base}/api/v1/texts/{quote(text, safe='')}{context.seen_from}"


def _flat(told: Document, before: str = "") -> Iterator[tuple[str, Any]]:
    """A document as columns: the names on the way to a value, joined."""
    for name, value in told.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}_")
        else:
            yield before + name, value
