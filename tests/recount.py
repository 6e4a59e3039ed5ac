"""Statistics counted again from the public JSON documents alone, in the plainest way there is."""

from statistics import median
from typing import Any

from app.domain.claims import TYPES
from app.domain.commitments import TIMELINESS
from app.domain.references import BEFORE
from app.domain.values import Words

Document = dict[str, Any]
NAMELESS = {"fr": None, "en": None}
LABELS = {
    "dataset": {"fr": "Données", "en": "Data"},
    "api": {"fr": "API", "en": "API"},
    "source_code": {"fr": "Code source", "en": "Source code"},
    "action": {"fr": "Action", "en": "Action"},
}


def by_publisher(documents: list[Document]) -> list[Document]:
    """A row for each publisher."""
    names = {entry["publisher"]["id"]: entry["publisher"]["name"] for entry in documents}
    return [
        row([one for one in documents if one["publisher"]["id"] == group], group, names[group])
        for group in sorted(names)
    ]


def by_programme(documents: list[Document]) -> list[Document]:
    """A row for each programme."""
    groups = sorted({one["programme"] for one in documents})
    title = Words.model_dump(BEFORE.title)
    return [
        row([one for one in documents if one["programme"] == group], group, title)
        for group in groups
    ]


def by_type(documents: list[Document]) -> list[Document]:
    """A row for each type, in the order in which types are told."""
    return [
        row(found, name, LABELS[name])
        for name in TYPES
        if (found := [one for one in documents if one["type"] == name])
    ]


def by_year(documents: list[Document]) -> list[Document]:
    """A row for the year of each first deadline’s last day; at the end, for those without."""
    groups: dict[str, list[Document]] = {}
    for one in documents:
        first = one["first_deadline"]
        groups.setdefault(first["end"][:4] if first else "none", []).append(one)
    return [row(groups[key], None if key == "none" else key) for key in sorted(groups)]


ROWS = {"publisher": by_publisher, "programme": by_programme, "type": by_type, "year": by_year}


def row(
    entries: list[Document], group: str | None = None, name: Document | None = None
) -> Document:
    """The figures of some documents."""
    judged = [one for one in entries if one["timeliness"] != "not_applicable"]
    promised = [one for one in judged if one["first_deadline"] is not None]
    postponed = [one for one in entries if one["postponements"] >= 1]
    return {
        "group": group,
        "name": name or NAMELESS,
        "entries": len(entries),
        "uncertain": len([one for one in entries if one["uncertain"]]),
        "restricted": len(
            [
                one
                for one in entries
                if one["timeliness"] == "not_applicable" and one["access_rights"] != "public"
            ]
        ),
        **verdicts(entries, ""),
        **verdicts(entries, "_first"),
        "postponed": len(postponed),
        "postponed_rate": share(
            len([one for one in promised if one["postponements"] >= 1]), len(promised)
        ),
        "moves": sum(len(one["moves"]) for one in entries),
        "postponements": sum(one["postponements"] for one in entries),
        "slip_days": spread([(one["slip_days"], one["id"]) for one in entries]),
        "slip_days_postponed": spread([(one["slip_days"], one["id"]) for one in postponed]),
    }


def verdicts(entries: list[Document], suffix: str) -> Document:
    """What came of them against the deadline in force, or against the first."""
    told = [one[f"timeliness{suffix}"] for one in entries]
    opened = [one for one in told if one in ("delivered_early", "delivered_on_time")]
    late = [one for one in told if one in ("delivered_late", "overdue")]
    return {
        f"timeliness{suffix}": {name: told.count(name) for name in TIMELINESS},
        f"opened_on_time{suffix}": len(opened),
        f"on_time_rate{suffix}": share(len(opened), len(opened) + len(late)),
        f"days_late{suffix}": spread(
            [
                (one[f"days_late{suffix}"], one["id"])
                for one in entries
                if one[f"timeliness{suffix}"] in ("delivered_late", "overdue")
            ]
        ),
    }


def share(numerator: int, denominator: int) -> Document:
    """So many of so many."""
    value = numerator / denominator if denominator else None
    return {"numerator": numerator, "denominator": denominator, "value": value}


def spread(told: list[tuple[int | None, Any]]) -> Document:
    """How days are spread over those that have a number of them."""
    known = sorted((days, name) for days, name in told if days is not None)
    if not known:
        empty = ("median", "mean", "longest", "entry")
        return {"count": 0, "sum": 0, "longest_count": 0, **dict.fromkeys(empty)}
    days = [one for one, _ in known]
    longest = days[-1]
    names = [name for one, name in known if one == longest]
    return {
        "count": len(days),
        "sum": sum(days),
        "median": median(days),
        "mean": sum(days) / len(days),
        "longest": longest,
        "longest_count": days.count(longest),
        "entry": names[0] if longest > 0 else None,
    }
