"""What an import does, or would do, as JSON: counts, findings, and what becomes of each row."""

from app.domain.commitments import Commitment, Deadline
from app.domain.comparison import ERROR, OUTCOMES, WARNING, Finding, Outcome, Report, Table
from app.domain.periods import to_json
from app.domain.references import Head
from app.formats.document import Document


def told(report: Report, head: Head, *, rehearsed: bool) -> Document:
    """The whole report, and the last event of the register after it."""
    publication = report.publication
    source = publication.source
    return {
        "dry_run": rehearsed,
        "file": file(report.table),
        "published_on": str(publication.published_on),
        "compared_on": report.day.isoformat(),
        "text": publication.text,
        "source": source and {"title": source.title, "site": source.site, "url": source.url},
        "counts": counts(report),
        "findings": [finding(one) for one in report.findings],
        "rows": [_row(outcome) for outcome in report.outcomes],
        "missing": [_missing(entry) for entry in report.missing],
        "register": {"position": head.position, "hash": head.hash},
    }


def counts(report: Report) -> dict[str, int]:
    """How many rows have each outcome, and what comes of them."""
    severities = [one.severity for one in report.findings]
    return {
        **{kind: report.count(kind) for kind in OUTCOMES},
        "missing": len(report.missing),
        "claims": len(report.claims),
        "errors": severities.count(ERROR),
        "warnings": severities.count(WARNING),
    }


def file(table: Table) -> Document:
    """How the file was read."""
    return {
        "format": table.format,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "sheet": table.sheet,
        "heading_row": table.heading_row,
        "rows": table.rows,
    }


def finding(one: Finding) -> Document:
    """What was found, and where."""
    return {
        "severity": one.severity,
        "code": one.code,
        "row": one.row,
        "column": one.column,
        "message": one.why.english,
    }


def _row(outcome: Outcome) -> Document:
    return {
        "row": outcome.line.row,
        "title": outcome.line.title,
        "outcome": outcome.kind,
        "id": outcome.slug,
        "before": _values(outcome.before),
        "after": _values(outcome.after),
    }


def _values(entry: Commitment | None) -> Document | None:
    """What a table can change of an entry, and what comes of it."""
    if entry is None:
        return None
    return {
        "state": entry.state,
        "announced_deadline": _deadline(entry.announced_deadline),
        "deadline": _deadline(entry.deadline),
        "postponements": entry.postponements,
        "slip_days": entry.slip_days,
    }


def _deadline(deadline: Deadline | None) -> Document | None:
    return {**to_json(deadline.period), "text": deadline.text} if deadline else None


def _missing(entry: Commitment) -> Document:
    return {"id": entry.slug, "title": entry.described.title.within("fr"), "state": entry.state}
