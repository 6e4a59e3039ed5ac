"""What a value may be: one check for every door, so that nothing kept can break what is told of it.

A check takes a value as JSON and gives it back in the one form in which it is kept, or raises
ValueError and says why. Knows nothing of who sends a value, nor of what holds for an entry.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import SequenceMatcher, get_close_matches
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from app.domain.codes import FILE_TYPES, HVD_CATEGORIES, LICENCES, THEMES
from app.domain.commitments import ACCESS_RIGHTS, ANNOUNCEMENTS, RESOURCE_KINDS, TYPES
from app.domain.periods import Unreadable, parse, read_dating, to_json
from app.domain.states import STATES

Check = Callable[[Any], Any]
Faults = tuple[tuple[str, str], ...]
"""What is wrong: where in the value, and why."""

LINE, PROSE, ADDRESS, SLUG, CODE, SECTION = 300, 10_000, 2_000, 100, 40, 20
MOST_RESOURCES, MOST_KEYWORDS, MOST_CODES, MOST_BYTES, MOST_RANK = 100, 50, 20, 2**53, 1_000_000


class Unfit(ValueError):  # noqa: N818 it is a fact about a value, not an accident
    """A value with parts that no door takes."""

    def __init__(self, faults: Iterable[tuple[str, str]]) -> None:
        self.faults: Faults = tuple(faults)
        super().__init__("; ".join(f"{where}: {why}" for where, why in self.faults))


def faults(fault: ValueError, where: str = "") -> Faults:
    """What is wrong with a value at that place."""
    found = fault.faults if isinstance(fault, Unfit) else (("", str(fault)),)
    return tuple((".".join(filter(None, (where, inside))), why) for inside, why in found)


# Texts.

_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_LEFT_BY_COPYING = re.compile("[\xad\u200b\u2060\ufeff]")
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp", "Zs"})
_NOT_ALONE = _UNSEEN | {"Me", "Mn"}
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ue000-\uf8ff"
    "\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)
    )
    + "\U000f0000-\U0010ffff]"
)
"""What some voice cannot carry, what turns the letters after it around, and what has no meaning."""


def line(value: Any, longest: int = LINE) -> str:
    """A text in one line."""
    told = prose(value, longest)
    if "\n" in told or "\t" in told:
        raise ValueError("One line, without tabs.")
    return told


def prose(value: Any, longest: int = PROSE) -> str:
    """A text, in composed letters and with one kind of line break, that every voice can carry."""
    if not isinstance(value, str):
        raise ValueError("A text.")  # noqa: TRY004 one kind of refusal for all that is unfit
    told = _LEFT_BY_COPYING.sub("", _BREAKS.sub("\n", value))
    if unfit := _UNFIT.search(told):
        raise ValueError(f"U+{ord(unfit[0]):04X} cannot be written in every voice.")
    told = unicodedata.normalize("NFC", told).strip()
    if all(unicodedata.category(letter) in _NOT_ALONE for letter in told):
        raise ValueError("A text with something to read in it.")
    if len(told) > longest:
        raise ValueError(f"At most {longest} characters.")
    return told


# Names and codes.


def _spelled(pattern: str, longest: int, wanted: str) -> Check:
    """Texts of a pattern, kept as they are."""
    spelling = re.compile(pattern, re.ASCII)

    def check(value: Any) -> str:
        if not isinstance(value, str) or len(value) > longest or not spelling.fullmatch(value):
            raise ValueError(wanted)
        return value

    return check


slug = _spelled("[a-z0-9]+(-[a-z0-9]+)*", SLUG, "A name of small letters, digits and hyphens.")
code = _spelled("[A-Za-z0-9-]+", CODE, "A code of letters, digits and hyphens.")
entry_name = _spelled("[A-Za-z0-9-]+", SLUG, "A name of letters, digits and hyphens.")
section = _spelled("[0-9.]+", SECTION, "A section such as 2.2.1.")
nor = _spelled("[A-Z0-9]+", 20, "An official number of capital letters and digits.")
_keyword = _spelled(
    "[a-z0-9][a-z0-9 .-]{0,98}[a-z0-9]",
    100,
    "A keyword has 2 to 100 small letters, digits, spaces, hyphens and dots.",
)
RESERVED = {
    "hvd": "“hvd” declares a high-value dataset to harvesters: name its `hvd_categories`.",
    "inspire": "“inspire” declares a dataset of the INSPIRE directive to harvesters.",
}
"""Keywords that are no mere words to those who read them, and why they are refused."""


def keyword(value: Any) -> str:
    """A keyword that every harvester takes for nothing but a word."""
    told: str = _keyword(value)
    if told in RESERVED:
        raise ValueError(RESERVED[told])
    return told


_mailbox = _spelled(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", 64, "An e-mail address."
)
_label = _spelled("(?!-)[a-z0-9_-]{1,63}(?<!-)", 63, "A host name.")


def _nearest(word: str, known: Collection[str]) -> str:
    """The known word that looks most like this one; of two, the one that begins alike."""
    likely = get_close_matches(word, known, n=5)
    same = {one: SequenceMatcher(None, word, one).ratio() for one in likely}
    return max(likely, key=lambda one: (same[one], one[:1] == word[:1]), default="")


def one_of(known: Collection[str], kind: str, instead: str = "") -> Check:
    """One of these words, whatever its case. A near miss is named, or else what to do instead."""
    spelled = {word.lower(): word for word in known}

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("A word.")  # noqa: TRY004 as above
        if found := spelled.get(value.strip().lower()):
            return found
        guess = spelled.get(_nearest(value.strip().lower()[:100], spelled))
        hint = f"Did you mean “{guess}”?" if guess else instead or f"Known: {', '.join(known)}."
        raise ValueError(f"There is no {kind} “{value[:60]}”. {hint}")

    return check


state = one_of(STATES, "state")
theme = one_of(THEMES, "theme in the EU’s list")
hvd_category = one_of(
    HVD_CATEGORIES,
    "category of high-value datasets in the EU’s list",
    "The six: c_a9135398, c_dd313021, c_ac64a52d, c_164e0bf5, c_b79e35eb, c_e1da4e07.",
)
file_type = one_of(
    FILE_TYPES, "file type in the EU’s list", "Leave it out, and give the media type."
)
_spdx = one_of(
    LICENCES, "such licence among the identifiers of SPDX that are known here:", "Give its address."
)


def media_type(value: Any) -> str:
    """A media type of IANA’s kinds, without parameters."""
    told = value.strip().lower() if isinstance(value, str) else ""
    kind, _, name = told.partition("/")
    if not re.fullmatch("[a-z0-9][a-z0-9!$&_.+-]{0,99}", name):
        raise ValueError("A media type such as text/csv, without parameters.")
    return f"{_top(kind)}/{name}"


_top = one_of(
    (
        *("application", "audio", "font", "haptics", "image"),
        *("message", "model", "multipart", "text", "video"),
    ),
    "kind of media type",
)


def whole(least: int, most: int) -> Check:
    """A whole number within these bounds."""

    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"A whole number from {least} to {most}.")
        return value

    return check


size = whole(0, MOST_BYTES)
rank = whole(1, MOST_RANK)


# Addresses.

_NOT_IN_ADDRESSES = re.compile(r"[\x00-\x20\x7f-\xa0\"<>\\^`{|}]|%(?![0-9A-Fa-f]{2})")
_KEPT = "!$%&'()*+,-./:;=?@_~"
NO_ADDRESS = "An absolute http or https address, percent-encoded where needed."
NOT_PUBLIC = "An address that anyone can reach: this host is not of the public network."
_OF_ONES_OWN = (".local", ".localhost", ".localdomain", ".internal", ".home.arpa")
"""The ends of names that the public network does not know (RFC 6761, 6762, 8375)."""


def address(value: Any) -> str:
    """An absolute http or https address in ASCII, so that every voice and every reader takes it."""
    told = value.strip() if isinstance(value, str) else ""
    unseen = any(unicodedata.category(letter) in _UNSEEN for letter in told if letter > "~")
    if len(told) > ADDRESS or unseen or _NOT_IN_ADDRESSES.search(told):
        raise ValueError(NO_ADDRESS)
    try:
        parts = urlsplit(told)
        reached = _authority(parts)
    except ValueError as fault:
        raise ValueError(NO_ADDRESS) from fault
    if "@" in parts.netloc:
        raise ValueError("An address without a name or password before its host.")
    if parts.scheme not in ("http", "https") or not reached or "#" in parts.fragment:
        raise ValueError(NO_ADDRESS)
    rest = told.partition("://")[2][len(parts.netloc) :]
    before, mark, after = rest.partition("#")
    written = f"{parts.scheme}://{reached}{quote(before, _KEPT)}{mark}{quote(after, _KEPT)}"
    if len(written) > ADDRESS:
        raise ValueError(f"An address of at most {ADDRESS} characters.")
    if not _public(reached if parts.port is None else reached.rpartition(":")[0]):
        raise ValueError(NOT_PUBLIC)
    return written


def _public(name: str) -> bool:
    """Whether a host is one of the public network. Harvesters refuse all that names another."""
    try:
        found = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return "." in name and not name.endswith(_OF_ONES_OWN)
    return found.is_global and not found.is_multicast


def _authority(parts: SplitResult) -> str:
    """The host, and the port if there is one; nothing where nothing can be reached."""
    if parts.port == 0 or not parts.hostname:
        return ""
    port = f":{parts.port}" if parts.port else ""
    if "[" in parts.netloc:
        return f"[{ipaddress.IPv6Address(parts.hostname)}]{port}"
    return host(parts.hostname) + port


def host(name: str) -> str:
    """The name of a host in ASCII; one that ends with a number is an address of IPv4."""
    labels = name.encode("idna").decode().lower().removesuffix(".").split(".")
    told = ".".join(_label(label) for label in labels)
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        return str(ipaddress.IPv4Address(told))
    if len(told) > 253:
        raise ValueError("A host name.")
    return told


def licence(value: Any) -> str:
    """The address of a licence. An identifier of SPDX stands for the address that SPDX gives it."""
    told = value.strip() if isinstance(value, str) else ""
    if "/" not in told and ":" not in told:
        return f"https://spdx.org/licenses/{_spdx(told)}"
    given = address(told)
    named = re.fullmatch(
        r"https?://(?:www\.)?spdx\.org/licenses/([A-Za-z0-9.+-]+?)(\.html)?/?", given
    )
    return f"https://spdx.org/licenses/{named[1]}" if named else given


def email(value: Any) -> str:
    """An e-mail address, its host in ASCII."""
    told = value.strip() if isinstance(value, str) else ""
    box, _, name = told.rpartition("@")
    try:
        reached = host(name)
    except ValueError as fault:
        raise ValueError("An e-mail address.") from fault
    if "." not in reached or reached[-1].isdigit():
        raise ValueError("An e-mail address.")
    return f"{_mailbox(box)}@{reached}"


# Dates and periods.


def edtf(value: Any) -> str:
    """A date as far as a source goes."""
    try:
        return str(read_dating(value if isinstance(value, str) else ""))
    except Unreadable as fault:
        raise ValueError("A date in EDTF: 2023, 2023-12, 2023-12-18 or ../2025-09-03.") from fault


def spelling(value: Any) -> str:
    """Any spelling of a period, or of none."""
    try:
        parse(line(value, 100))
    except Unreadable as fault:
        raise ValueError(
            "This period cannot be read. Write it as 2023-12-18, décembre 2023, T3 2021, S2 2021, "
            "2023 or NA."
        ) from fault
    return line(value, 100)


def period(value: Any) -> dict[str, str]:
    """A period as JSON: its label, verbatim, and what that amounts to."""
    label = value.get("label") if isinstance(value, Mapping) else None
    read = parse(spelling(label))
    if read is None or to_json(read) != value:
        raise ValueError("A period whose label says the same as its days.")
    return to_json(read)


# Values with parts.


def maybe(check: Check) -> Check:
    """A value, or null."""
    return lambda value: None if value is None else check(value)


def parts(checks: Mapping[str, Check], needed: Collection[str] = ()) -> Check:
    """An object with some of these keys, and all that are needed."""

    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ValueError("An object.")  # noqa: TRY004 as above
        kept: dict[str, Any] = {}
        wrong = [(name, "It is needed.") for name in needed if name not in value]
        wrong += [
            (str(name)[:60], "There is no such field.") for name in value if name not in checks
        ]
        for name, inside in ((name, value[name]) for name in value if name in checks):
            try:
                kept[name] = checks[name](inside)
            except ValueError as fault:
                wrong += faults(fault, name)
        if wrong:
            raise Unfit(wrong)
        return kept

    return check


def several(check: Check, most: int, *, apart: bool = True) -> Check:
    """A list. Where its values must differ, each is kept once."""

    def every(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise ValueError("A list.")  # noqa: TRY004 as above
        if len(value) > most:
            raise ValueError(f"At most {most}.")
        kept: list[Any] = []
        wrong: list[tuple[str, str]] = []
        for place, inside in enumerate(value):
            try:
                kept.append(check(inside))
            except ValueError as fault:
                wrong += faults(fault, str(place))
        if wrong:
            raise Unfit(wrong)
        return list(dict.fromkeys(kept)) if apart else kept

    return every


def words(check: Check) -> Check:
    """A text in French, in English, or both."""
    return parts({"fr": maybe(check), "en": maybe(check)})


def title(value: Any) -> dict[str, str | None]:
    """A title: a harvest that meets one thing without may lose all."""
    told: dict[str, str | None] = words(line)(value)
    if not any(told.values()):
        raise ValueError("A title, in French or in English.")
    return told


def covers(value: Any) -> dict[str, Any]:
    """The period that data cover: it does not end before it begins."""
    told: dict[str, Any] = parts({"from": maybe(edtf), "to": maybe(edtf)})(value)
    if told.get("from") and told.get("to"):
        first, last = read_dating(told["from"]).first, read_dating(told["to"]).last
        if first and first > last:
            raise ValueError("It ends before it begins.")
    return told


resource = parts(
    {
        "url": address,
        "kind": one_of(RESOURCE_KINDS, "kind of resource"),
        "title": words(line),
        "download_url": maybe(address),
        "format": maybe(file_type),
        "media_type": maybe(media_type),
        "bytes": maybe(size),
        "licence": maybe(licence),
        "documentation": maybe(address),
    },
    needed=("url",),
)


def resources(value: Any) -> list[dict[str, Any]]:
    """What can be had. Each has an address of its own: by it, harvesters tell them apart."""
    kept: list[dict[str, Any]] = several(resource, MOST_RESOURCES, apart=False)(value)
    first: dict[str, int] = {}
    again = [
        (f"{place}.url", "Another resource of the same opening has this address.")
        for place, one in enumerate(kept)
        if first.setdefault(one["url"], place) != place
    ]
    if again:
        raise Unfit(again)
    return kept


contact = parts({"name": line, "email": maybe(email), "url": maybe(address)}, needed=("name",))

CHECKS: dict[str, Check] = {
    "type": one_of(TYPES, "type"),
    "rank": maybe(rank),
    "section": maybe(section),
    "announcement": maybe(one_of(ANNOUNCEMENTS, "announcement")),
    "steward": maybe(slug),
    "visibility": one_of(("public", "internal"), "visibility"),
    "title": title,
    "description": maybe(words(prose)),
    "publisher": slug,
    "action": maybe(code),
    "landing_page": maybe(address),
    "resources": maybe(resources),
    "covers": maybe(covers),
    "access_rights": maybe(one_of(ACCESS_RIGHTS, "access rights")),
    "access_conditions": maybe(words(prose)),
    "licence": maybe(licence),
    "contact": maybe(contact),
    "keywords": maybe(several(keyword, MOST_KEYWORDS)),
    "themes": maybe(several(theme, MOST_CODES)),
    "hvd_categories": maybe(several(hvd_category, MOST_CODES)),
    "budget_status": maybe(line),
    "steering_unit": maybe(line),
    "state": state,
    "deadline": maybe(period),
}
"""What a claim may say, by field."""

fit = parts(CHECKS)
"""The values of a claim, checked."""
