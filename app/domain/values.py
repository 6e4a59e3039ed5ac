"""The types that claims are made of: each check once, with what its JSON Schema says of it.

A check takes a value that came from outside and returns the one form in which it is kept, or raises
Unfit. It is not asked again of what the register wrote (`TRUSTED`). Knows no field and no entry.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache
from itertools import filterfalse
from typing import Annotated, Any, Self, TypeVar, cast, get_origin
from urllib.parse import SplitResult, quote, urlsplit

import idna
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
)
from pydantic_core import CoreSchema, core_schema
from slugify import slugify

from app.domain import beside
from app.domain.errors import Unfit
from app.domain.periods import Unreadable, between, parse, read_dating, spelled
from app.domain.states import STATES

_WORDS = beside(__file__)
UNKNOWN: dict[str, str] = _WORDS["unknown"]
"""What to do in the place of a word that is in none of the lists of others."""
LINE, PROSE, ADDRESS, SLUG, CODE = 300, 10_000, 2_000, 100, 40
MOST_BYTES, MOST_RANK = 2**53, 1_000_000
FIRST_YEAR, LAST_YEAR = 1900, 2199
TRUSTED = "what the register wrote itself: its types are read, checks are not asked again"


# How a check becomes a type.


class Checked:
    """A check of what comes from outside, and what JSON Schema says of it."""

    # No dataclass: `__eq__` would take its hash away, and `Annotated[…] | None` needs it.
    def __init__(self, check: Callable[[Any], Any], **schema: Any) -> None:
        self.check, self.schema = check, schema

    def __get_pydantic_core_schema__(self, of: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._asked, handler(of))

    def __get_pydantic_json_schema__(self, of: CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        without_null(schema := handler(of)).update(self.schema)
        return schema  # of the value beside null: an `enum` beside null would forbid null

    def _asked(self, value: Any, info: core_schema.ValidationInfo) -> Any:
        return value if info.context is TRUSTED else self.check(value)


class NullIs:
    """Null takes a value away: what is kept then is `empty`, so that no reader meets None."""

    def __init__(self, empty: Any = None) -> None:
        self.empty = empty

    def __get_pydantic_core_schema__(self, of: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        empty = _empty(get_origin(of) or of) if self.empty is None else self.empty
        # Nullable and `after`: a `before` validator would leave pydantic's own reader of JSON.
        return core_schema.no_info_after_validator_function(
            lambda value: empty if value is None else value,
            core_schema.nullable_schema(handler(of)),
        )

    def __get_pydantic_json_schema__(self, of: CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        return handler(of) if handler.mode == "validation" else without_null(handler(of))


def _empty(of: Any) -> Any:
    """An object is emptied key by key, so that null empties it in a merge and `{}` does not."""
    if issubclass(of, BaseModel):
        return of.model_validate({f.alias or name: None for name, f in of.model_fields.items()})
    return of()


def without_null(schema: Any) -> Any:
    """What JSON Schema says of a value where it is not null."""
    return next((part for part in schema.get("anyOf", ()) if part != {"type": "null"}), schema)


# Texts.

_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_LEFT_BY_COPYING = re.compile("[\xad\u200b\u2060\ufeff]")
LOST = "\ufffd"
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp", "Zs"})
_NOT_ALONE = _UNSEEN | {"Me", "Mn"}
# What some format cannot carry, what turns the letters after it around, and what has no meaning.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ue000-\uf8ff"
    "\ufdd0-\ufdef\ufff9-\uffff"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)
    )
    + "\U000f0000-\U0010ffff]"
)


def line(value: Any, longest: int = LINE) -> str:
    """A text in one line."""
    text = prose(value, longest)
    if "\n" in text or "\t" in text:
        raise Unfit("One line, without tabs.")
    return text


def prose(value: Any, longest: int = PROSE) -> str:
    """A text in composed letters, with one kind of line break, that every format can carry."""
    if not isinstance(value, str):
        raise Unfit("A text.")
    if len(value) > 10 * longest:  # before anything that takes longer the longer it is
        raise Unfit("At most {most} characters.", most=longest)
    text = _LEFT_BY_COPYING.sub("", _BREAKS.sub("\n", value))
    if LOST in text:
        raise Unfit("{character} stands where a letter was lost.", character="U+FFFD")
    if unfit := _UNFIT.search(text):
        raise Unfit(
            "{character} cannot be written in every format.", character=f"U+{ord(unfit[0]):04X}"
        )
    text = unicodedata.normalize("NFC", text).strip()
    if not text[:1].isalnum() and all(
        unicodedata.category(letter) in _NOT_ALONE for letter in text
    ):
        raise Unfit("A text with something to read in it.")
    if len(text) > longest:
        raise Unfit("At most {most} characters.", most=longest)
    return text


def unaccented(text: str) -> str:
    """A text without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(filterfalse(unicodedata.combining, plain))


def sort_key(text: str) -> str:
    """A title without case, accents or punctuation: both engines sort “Évry” before “Zut”."""
    letters = (c if c.isalnum() else " " for c in unaccented(text))
    return " ".join("".join(letters).split())[:300]


def folded(text: str) -> str:
    """A text by its letters and digits alone: how it is typeset and cut does not matter."""
    return sort_key(text).replace(" ", "") or text.strip()


# Names and codes.


def _spelled(pattern: str, longest: int, wanted: str) -> Checked:
    """A check of texts of a pattern, which are kept as they are."""
    spelling = re.compile(pattern, re.ASCII)

    def check(value: Any) -> str:
        if not isinstance(value, str) or len(value) > longest or not spelling.fullmatch(value):
            raise Unfit(wanted)
        return value

    return Checked(check, pattern=f"^{pattern}$", minLength=1, maxLength=longest)


_SLUG = _spelled("[a-z0-9]+(-[a-z0-9]+)*", SLUG, "A name of small letters, digits and hyphens.")
_keyword = _spelled(
    "[a-z0-9][a-z0-9 .-]{0,98}[a-z0-9]",
    100,
    "A keyword has 2 to 100 small letters, digits, spaces, hyphens and dots.",
).check
RESERVED: dict[str, str] = _WORDS["reserved"]
"""Keywords that are no mere words to those who read them, and why they are refused."""


def permanent_name(title: str, longest: int = SLUG) -> str:
    """A name for an address, made of a title once; an apostrophe parts words, as a hyphen does."""
    apart = (("’", "-"), ("'", "-"))
    # The backend is named: the same name everywhere, whatever else is installed.
    return slugify(title, max_length=longest, replacements=apart, backend="text-unidecode")


def keyword(value: Any) -> str:
    """A keyword as harvesters take it, and take for nothing but a word."""
    word: str = _keyword(permanent_name(line(value, 200)))
    if word in RESERVED:
        raise Unfit(RESERVED[word])
    return word


def near(word: str, known: Collection[str]) -> str:
    """The known word that looks most like this one, or nothing; of two, the one that begins alike.

    Only the first 60 letters are compared: the cost must not grow with what is sent.
    """
    word = word.strip()[:60]
    likely = get_close_matches(word.lower(), known, n=5)
    ratio = {each: SequenceMatcher(None, word.lower(), each).ratio() for each in likely}
    return max(likely, key=lambda each: (ratio[each], each[:1] == word[:1].lower()), default="")


def word(*known: str, instead: str = "") -> Checked:
    """One of these words, whatever its case. A near miss is named, else what to do `instead`."""
    spelled = {each.lower(): each for each in known}
    # A list too long for a schema is documented where it is published.
    schema = {"enum": [*known]} if len(known) <= 20 else {"maxLength": max(map(len, known))}

    def check(value: str) -> str:
        if known_word := spelled.get(value.strip().lower()):
            return known_word
        if guess := near(value, spelled):
            facts = {"word": value[:60], "near": spelled[guess]}
            raise Unfit("There is no “{word}”. Did you mean “{near}”?", **facts)
        if instead:
            raise Unfit(instead, word=value[:60])
        raise Unfit(
            "There is no “{word}”. Known: {known}.", word=value[:60], known=", ".join(known)
        )

    return Checked(check, **schema)


_MEDIA_KINDS = (
    *("application", "audio", "font", "haptics", "image"),
    *("message", "model", "multipart", "text", "video"),
)


def media_type(value: Any) -> str:
    """A media type of IANA’s kinds, without parameters."""
    kind, _, name = value.strip().lower().partition("/")
    if kind not in _MEDIA_KINDS or not re.fullmatch("[a-z0-9][a-z0-9!$&_.+-]{0,99}", name):
        raise Unfit("A media type such as text/csv, without parameters.")
    return f"{kind}/{name}"


# Addresses.

_NOT_IN_ADDRESSES = re.compile(r"[\x00-\x20\x7f-\xa0\"<>\\^`{|}]|%(?![0-9A-Fa-f]{2})")
_KEPT = "!$%&'()*+,-./:;=?@_~"
NO_ADDRESS = "An absolute http or https address, percent-encoded where needed."
NOT_PUBLIC = "An address that anyone can reach: this host is not of the public network."
NO_EMAIL = "An e-mail address."
# The ends of names that the public network does not know (RFC 6761, 6762, 8375).
_OF_ONES_OWN = (".local", ".localhost", ".localdomain", ".internal", ".home.arpa")
_label = _spelled("(?!-)[a-z0-9_-]{1,63}(?<!-)", 63, "A host name.").check
_mailbox = _spelled(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", 64, NO_EMAIL
).check


def address(value: Any) -> str:
    """An absolute http or https address in ASCII, so that every format and reader takes it."""
    return _address(value.strip() if isinstance(value, str) else "")


@lru_cache(1_000)  # files name the same few over and over: checked each time, a third of a load
def _address(text: str) -> str:
    unseen = any(unicodedata.category(letter) in _UNSEEN for letter in text if letter > "~")
    if len(text) > ADDRESS or unseen or LOST in text or _NOT_IN_ADDRESSES.search(text):
        raise Unfit(NO_ADDRESS)
    try:
        parts = urlsplit(text)
        authority = _authority(parts)
    except ValueError as fault:
        raise Unfit(NO_ADDRESS) from fault
    if "@" in parts.netloc:
        raise Unfit("An address without a name or password before its host.")
    if parts.scheme not in ("http", "https") or not authority or "#" in parts.fragment:
        raise Unfit(NO_ADDRESS)
    rest = text.partition("://")[2][len(parts.netloc) :]
    before, mark, after = rest.partition("#")
    written = f"{parts.scheme}://{authority}{quote(before, _KEPT)}{mark}{quote(after, _KEPT)}"
    if len(written) > ADDRESS:
        raise Unfit("An address of at most {most} characters.", most=ADDRESS)
    if not _public(authority if parts.port is None else authority.rpartition(":")[0]):
        raise Unfit(NOT_PUBLIC)
    return written


def _public(name: str) -> bool:
    """Whether a host is one of the public network. Harvesters refuse all that names another."""
    try:
        number = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return "." in name and not name.endswith(_OF_ONES_OWN)
    return number.is_global and not number.is_multicast


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
    plain = name.lower()
    if not plain.isascii() or plain.startswith("xn--") or ".xn--" in plain:
        plain = idna.encode(plain, uts46=True).decode()
    labels = plain.removesuffix(".").split(".")
    ascii_name = ".".join(_label(label) for label in labels)
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        return str(ipaddress.IPv4Address(ascii_name))
    if len(ascii_name) > 253:
        raise Unfit("A host name.")
    return ascii_name


def email(value: Any) -> str:
    """An e-mail address, its host in ASCII."""
    box, _, name = value.strip().rpartition("@")
    try:
        domain = host(name)
    except ValueError as fault:
        raise Unfit(NO_EMAIL) from fault
    if "." not in domain or domain[-1].isdigit():
        raise Unfit(NO_EMAIL)
    return f"{_mailbox(box)}@{domain}"


# Dates and periods.


def edtf(value: Any) -> str:
    """A date as far as a source goes, of the years in which promises are made."""
    text = covered(value)
    if not FIRST_YEAR <= read_dating(text).last.year <= LAST_YEAR:
        facts = {"first": FIRST_YEAR, "last": LAST_YEAR}
        raise Unfit("A date of the years {first} to {last}.", **facts)
    return text


def covered(value: Any) -> str:
    """A date as far as a source goes, of any year: data and laws are older than promises."""
    text = value if isinstance(value, str) else ""
    try:
        return str(read_dating(text))
    except Unreadable as fault:
        with suppress(Unreadable):  # as people spell it: 20/11/2026, 1er septembre 2025
            period = spelled(text)
            if period and period.precision in ("day", "month", "year"):
                return str(between(period.start, period.end))
        raise Unfit("A date: 2023, 2023-12, 2023-12-18, 18/12/2023 or ../2025-09-03.") from fault


def spelling(value: Any) -> str:
    """Any spelling of a period, or of none."""
    text = line(value, 100)
    try:
        parse(text)
    except Unreadable as fault:
        raise Unfit(
            "This period cannot be read. Write it as 2023-12-18, décembre 2023, T3 2021, S2 2021, "
            "2023 or NA."
        ) from fault
    return text


# The codes of others: `codes.toml` says whose.

_CODES = beside(__file__, "codes.toml")
THEMES: dict[str, str] = _CODES["themes"]
"""The EU’s themes of data, by code, with their English labels."""
FILE_TYPES: frozenset[str] = frozenset(_CODES["file_types"].split())
"""The EU’s file types."""
MEDIA_TYPES: dict[str, str] = _CODES["media_types"]
"""IANA’s media type of each of the EU’s file types that has one of its own."""
LICENCES: frozenset[str] = frozenset(_CODES["licences"].split())
"""Identifiers of SPDX, of the licences in use here."""
JURISDICTIONS: dict[str, str] = _CODES["jurisdictions"]
"""Judilibre’s codes of courts, with the courts in French."""
JUSTICE, GOVERNMENT = "JUST", "GOVE"
"""The theme of an entry that names none: of the first programme, that of justice; of others."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category of high-value datasets, and the one of the six that it belongs to, or is."""

    label: str
    top: str


HVD_CATEGORIES = {
    code: Category(label, top)
    for top, within in _CODES["high_value"].items()
    for code, label in within.items()
}
"""The EU’s categories of high-value datasets, by code."""

_SPDX = word(*sorted(LICENCES), instead=UNKNOWN["licence"])
_SPDX_ADDRESS = re.compile(r"https?://(?:www\.)?spdx\.org/licenses/([A-Za-z0-9.+-]+?)(\.html)?/?")


def licence(value: str) -> str:
    """The address of a licence. An identifier of SPDX stands for the address that SPDX gives it."""
    text = value.strip()
    if "/" not in text and ":" not in text:
        return f"https://spdx.org/licenses/{_SPDX.check(text)}"
    given = address(text)
    named = _SPDX_ADDRESS.fullmatch(given)
    return f"https://spdx.org/licenses/{named[1]}" if named else given


# The types.

T = TypeVar("T")
OrEmpty = Annotated[T, NullIs()]
Once = AfterValidator(lambda values: tuple(dict.fromkeys(values)))
Line = Annotated[str, Checked(line, minLength=1, maxLength=LINE)]
Prose = Annotated[str, Checked(prose, minLength=1, maxLength=PROSE)]
Address = Annotated[
    str, Checked(address, format="iri", pattern="^https?://", minLength=1, maxLength=ADDRESS)
]
Email = Annotated[str, Checked(email, format="email", maxLength=254)]
Slug = Annotated[str, _SLUG]
_WITHIN = "([a-z0-9]+(-[a-z0-9]+)*/)?[A-Za-z0-9-]+"
EntryName = Annotated[
    str, _spelled(_WITHIN, SLUG, "A name of letters, digits and hyphens, perhaps in a programme.")
]
ActionName = Annotated[
    str,
    _spelled(_WITHIN, SLUG, "A code such as A16, perhaps with its programme: justice-2021/A16."),
]
ActionCode = Annotated[
    str, _spelled("[A-Za-z0-9-]+", CODE, "A code of letters, digits and hyphens.")
]
Section = Annotated[str, _spelled("[0-9.]+", 20, "A section such as 2.2.1.")]
Nor = Annotated[str, _spelled("[A-Z0-9]+", 20, "An official number of capital letters and digits.")]
Keyword = Annotated[str, Checked(keyword, minLength=1, maxLength=200)]
MediaType = Annotated[str, Checked(media_type, maxLength=100)]
Edtf = Annotated[str, Checked(edtf, maxLength=40)]  # kept as spelled: `date` has no vague days
AnyYear = Annotated[str, Checked(covered, maxLength=40)]
PeriodText = Annotated[str, Checked(spelling, minLength=1, maxLength=100)]
Licence = Annotated[str, Checked(licence, minLength=1, maxLength=ADDRESS)]
FileType = Annotated[str, word(*sorted(FILE_TYPES), instead=UNKNOWN["file_type"])]
Theme = Annotated[str, word(*THEMES)]
Jurisdiction = Annotated[str, word(*JURISDICTIONS)]
HvdCategory = Annotated[str, word(*HVD_CATEGORIES, instead=UNKNOWN["hvd_category"])]
State = Annotated[str, word(*STATES)]
Size = Annotated[int, Strict(), Field(ge=0, le=MOST_BYTES)]  # lax would take "12", 12.0 and true
Rank = Annotated[int, Strict(), Field(ge=1, le=MOST_RANK)]


class Closed(BaseModel):
    """Refuses what it does not know; unchangeable; read and written by the names of bodies."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        serialize_by_alias=True,
        json_schema_serialization_defaults_required=True,
    )


class Words(Closed):
    """A text in French, in English, or both; null where there is none."""

    fr: Prose | None = Field(None, title="in French")
    en: Prose | None = Field(None, title="in English")

    def __bool__(self) -> bool:
        return bool(self.fr or self.en)

    @classmethod
    def of(cls, fr: str | None = None, en: str | None = None) -> Self:
        """Words that are checked already, or ours."""
        texts = {"fr": fr, "en": en}
        named = {language for language, text in texts.items() if text is not None}
        return cast(Self, cls.model_construct(named, fr=fr, en=en))

    def within(self, language: str) -> str:
        """The text in that language, else in the other, else nothing."""
        first, second = (self.en, self.fr) if language == "en" else (self.fr, self.en)
        return first or second or ""


class Title(Words):
    """A title in French, in English, or both: each in one line."""

    fr: Line | None = Field(None, title="in French")
    en: Line | None = Field(None, title="in English")


# Refusals of a body, as places and sentences.

_SENTENCES: dict[str, str] = _WORDS["refusals"]
"""pydantic's kinds of errors in our words; a test walks the schemas for others."""


def refusals(errors: Iterable[Any], known: Collection[str] = ()) -> tuple[tuple[str, Unfit], ...]:
    """The place and the reason of each of pydantic's errors, for a body of these fields."""
    return tuple((where := _path(error), _why(error, where, known)) for error in errors)


def _path(error: Mapping[str, Any]) -> str:
    """`resources.0.url`. The only inner names in a location are the tags of unions, each `·…`."""
    steps = [str(step)[:60] for step in error["loc"]]
    last = steps[-1:] if error["type"] == "extra_forbidden" else []  # whatever the sender wrote
    inner = steps[: len(steps) - len(last)]
    return ".".join([*(step for step in inner if not step.startswith("·")), *last])


def _why(error: Mapping[str, Any], where: str, known: Collection[str]) -> Unfit:
    facts, kind = dict(error.get("ctx", {})), error["type"]
    if isinstance(cause := facts.get("error"), Unfit):
        return cause
    if error["input"] is None and where and kind not in ("missing", "extra_forbidden"):
        return Unfit("It cannot be taken away.")
    guess = near(where, known) if kind == "extra_forbidden" and "." not in where else ""
    if guess and guess != where:
        return Unfit("There is no such field. Did you mean “{near}”?", near=guess)
    return Unfit(_SENTENCES.get(kind) or str(error["msg"]), **facts)
