"""Statistics counted again from the public JSON documents alone, in the plainest way there is."""

from statistics import median
from typing import Any

from app.domain.claims import TYPES
from app.domain.commitments import TIMELINESS

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


ROWS = {"publisher": by_publisher, "type": by_type, "year": by_year}


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


def by_text(documents: list[Document], titles: dict[str, str], base: str, asked: str) -> Document:
    """A row for each text that moved something, and one for all: from moves of wholes and parts."""
    moved = [
        (one["id"], part, move)
        for one in documents
        for part, move in [
            *((None, move) for move in one["moves"] if in_all(move, one["parts"])),
            *(
                (part["key"], move)
                for part in one["parts"]
                for move in part["moves"]
                if not (move in one["moves"] and in_all(move, one["parts"]))
            ),
        ]
    ]
    texts = sorted({move["text"] for _, _, move in moved if move["text"]})
    data = [
        text_row([row for row in moved if row[2]["text"] == text], text, titles[text], base, asked)
        for text in texts
    ]
    if loose := [row for row in moved if row[2]["text"] is None]:
        data.append(text_row(loose))
    return {"data": data, "overall": text_row(moved)}


def in_all(move: Document, parts: list[Document]) -> bool:
    """Whether a move of the whole is one of every part."""
    return all(move in part["moves"] for part in parts)


def text_row(
    moved: list[tuple[str, str | None, Document]],
    group: str | None = None,
    title: str | None = None,
    base: str = "",
    asked: str = "",
) -> Document:
    """The figures of some moves."""
    days = [move["days"] for _, _, move in moved]
    known = [(move["days"], (entry, part or "")) for entry, part, move in moved]
    spread_ = spread(known)
    entry, part = spread_["entry"] or (None, None)
    return {
        "group": group,
        "title": title,
        "entries": len({entry for entry, _, _ in moved}),
        "parts": len({(entry, part) for entry, part, _ in moved if part}),
        "moves": len(moved),
        "later": len([one for one in days if one is not None and one > 0]),
        "earlier": len([one for one in days if one is not None and one < 0]),
        "withdrawn": days.count(None),
        "days": {**spread_, "entry": entry, "part": part or None},
        "details": group and f"{base}/api/v1/texts/{group}{asked}",
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
