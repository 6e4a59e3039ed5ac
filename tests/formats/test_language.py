"""The catalogue: every sentence of the code has its French, and no French is left over."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from app.api.problems import OTHERS, PROBLEMS
from app.domain import claims, comparison, errors, periods, values
from app.domain.errors import Unimportable
from app.domain.values import HVD_CATEGORIES, THEMES
from app.formats import changes, columns, feeds, language, sentences, workbook
from app.formats.language import FOLDER, TERMS, bilingual, count, say
from app.web import digest, forms, prose, rendering, team

APP = FOLDER.parent
SAYING = {"say": 1, "count": 1, "bilingual": 0, "t": 0, "counted": 0, "Unfit": 0, "_spelled": 2}
SAYING |= {
    "Incomplete": 1,
    "Taken": 0,
    "Contradiction": 0,
    "Unauthenticated": 0,
    "Altered": 0,
    "Unavailable": 0,
    "note": 2,
    "Malformed": 1,
}
"""The functions that are given a sentence, with its place among their arguments."""
KINDS_OF_NAMES = (
    *("opening", "action", "entry", "claim", "text", "file", "key", "organization", "reason"),
    *(
        "problem",
        "group",
        "schema",
        "syntax",
        "format",
        "part",
        "parameter",
        "publisher",
        "steward",
    ),
    *("type", "state", "announcement", "timeliness", "order", "language", "grouping", "labels"),
    *("layout", "column", "read", "change", "correct", "judge", "announce", "add", "operate"),
    *("manage", "decide", "import", "member", "proposal"),
)
"""The words that fill in a refusal: kinds of what is missing, and what a key may not do."""
Key = tuple[str | None, str]

MESSAGES = {
    (message.context, text(message)): message
    for message in read_po(BytesIO((FOLDER / "fr.po").read_bytes()), locale="fr")
    if message.id
    for text in (lambda row: row.id[0] if isinstance(row.id, tuple) else row.id,)
}


def literals(node: ast.AST | nodes.Node) -> Iterator[str]:
    """The strings that an argument may be: itself, or a branch of `… if … else …`."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case nodes.Const() if isinstance(node.value, str):
            yield node.value
        case ast.IfExp():
            yield from (*literals(node.body), *literals(node.orelse))
        case nodes.CondExpr() if node.expr2 is not None:
            yield from (*literals(node.expr1), *literals(node.expr2))


def pairs(sentence: ast.AST | nodes.Node, context: ast.AST | nodes.Node | None) -> Iterator[Key]:
    """The sentences that an argument may be, each in every context that it may have."""
    contexts = [text or None for text in literals(context)] if context else [None]
    yield from ((place, text) for text in literals(sentence) for place in contexts)


def in_python(path: Path) -> Iterator[Key]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in SAYING:
                named = {word.arg: word.value for word in node.keywords}
                given = node.args[SAYING[name] : SAYING[name] + 1]
                yield from (pair for first in given for pair in pairs(first, named.get("context")))
            case ast.Assign(targets=[ast.Name(id="sentence")], value=value):
                yield from ((None, text) for text in literals(value))
            case ast.AnnAssign(target=ast.Name(id="sentence"), value=ast.expr() as value):
                yield from ((None, text) for text in literals(value))
            case ast.keyword(arg="sentence" | "instead", value=value):
                yield from ((None, text) for text in literals(value))


def in_templates(path: Path) -> Iterator[Key]:
    for call in Environment(autoescape=True).parse(path.read_text()).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in SAYING:
            named = {word.key: word.value for word in call.kwargs}
            yield from pairs(call.args[SAYING[call.node.name]], named.get("context"))


def in_tables() -> Iterator[str]:
    """What is said of a row of a table."""
    for terms in TERMS.values():
        for term in terms.values():
            yield from term
    for table in (changes.EVENTS, changes.STANDINGS, changes.JUDGEMENTS, sentences.FIELDS):
        yield from table.values()
    for table in (
        *(
            sentences.TEXTS[name]
            for name in ("access", "restrictions", "done", "precisions", "answers")
        ),
        *(words for name, words in rendering.WORDS.items() if not name.endswith("icons")),
    ):
        yield from table.values()
    yield from (
        *THEMES.values(),
        *prose.GROUPS.values(),
        *forms.OF_RESOURCE.values(),
        *forms.HINTS.values(),
        *team.ACTS.values(),
    )
    yield from (singular for singular, _ in digest.NEWS.values())
    yield from digest.NONE_DONE.values()
    yield from (*workbook.LABELS.values(), *filter(None, comparison.SENTENCES.values()))
    yield from (sentence for both in sentences.MOVES.values() for sentence in both)
    yield from (singular for singular, _ in sentences.COUNTED.values())
    yield from (word for term in changes.VERDICTS.values() for word in term)
    yield from feeds.ABOUT.values()
    refusals = (kind for kind in vars(errors).values() if isinstance(kind, type))
    yield from (getattr(kind, "sentence", "") for kind in refusals)
    yield from (*values._SENTENCES.values(), *values.RESERVED.values())
    yield from values.UNKNOWN.values()
    yield from (Unimportable("x" * n).sentence for n in (1, 2))
    for model in (
        claims.Description,
        claims.Internal,
        claims.Identity,
        claims.Values,
        claims.Source,
        claims.Contact,
        claims.Coverage,
    ):
        yield from (str(info.title) for info in model.model_fields.values())
    yield from ("“{text}” cannot be read: {why}.", *periods.WHY.values())
    yield from (values.NO_ADDRESS, values.NOT_PUBLIC, values.NO_EMAIL, *KINDS_OF_NAMES)
    for listed in columns.TABLES.values():
        yield from (listed.label, listed.title)
        yield from (part for column in listed.columns for part in column.label)
    yield from (row.label for code, row in HVD_CATEGORIES.items() if row.top == code)
    for problem in (*OTHERS.values(), *PROBLEMS.values()):
        yield from (problem.title, problem.meaning, problem.remedy)


def keys() -> set[Key]:
    """Every sentence that the code may say."""
    sentences = {("action", "Available"), *((None, sentence) for sentence in in_tables())}
    for path in APP.rglob("*.py"):
        sentences |= set(in_python(path))
    for path in APP.rglob("*.html"):
        sentences |= set(in_templates(path))
    return sentences - {(None, "")}


def strings(message: Message) -> tuple[str, ...]:
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    return tuple(map(str, forms))


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_sentence_has_its_french_and_no_french_is_left_over():
    wanted = {(context, text) for context, text in keys()}
    assert {"without French": wanted - set(MESSAGES), "left over": set(MESSAGES) - wanted} == {
        "without French": set(),
        "left over": set(),
    }


def test_no_sentence_has_two_french_ones():
    lines = (FOLDER / "fr.po").read_text().count('\nmsgid "')
    assert lines == len(MESSAGES), "a sentence is in the file twice"


def test_french_has_the_facts_of_the_english():
    for message in MESSAGES.values():
        english = message.id if isinstance(message.id, tuple) else (message.id,)
        facts = places("".join(map(str, english)))
        assert set().union(*map(places, strings(message))) == facts, message.id


def test_french_is_well_formed():
    wrong = re.compile(r"\w[;?!](?: |$)|\w:(?: |$)|«\S|\S»|'|\.\.\.|\"|^\s|\s$|\s\s|^$")
    for message in MESSAGES.values():
        shown = [re.sub("`[^`]+`|https?://\\S+", "code", text) for text in strings(message)]
        assert [text for text in shown if wrong.search(text)] == []
        assert len(shown) == (2 if isinstance(message.id, tuple) else 1)


def test_french_spaces_do_not_break():
    for plain, set_ in (
        ("Quoi ? « Rien » : ceci ; cela !", "Quoi_? «~Rien~»~: ceci_; cela_!"),
        ("5 % de 32 767, le 12/30 à 12:30", "5_% de 32_767, le 12/30 à 12:30"),
        ("https://exemple.fr/a?b=c en 2026", "https://exemple.fr/a?b=c en 2026"),
    ):
        expected = set_.replace("_", "\u202f").replace("~", "\u00a0")
        assert language.typeset(plain) == expected


def test_a_sentence_is_said_in_its_context_and_with_its_facts():
    assert say("fr", "Available") == "Disponible"
    assert say("fr", "Available", context="action") == "Réalisé"
    assert say("fr", "Planned", context="action") == "Planifié"
    assert say("en", "Available", context="action") == "Available"
    assert say("fr", "{label}: {value}", label="a", value=("b", "c")) == "a\u00a0: b, c"
    assert say("fr", "") == ""
    assert bilingual("Planned").fr == "Planifié"


def test_nothing_is_one_in_french_and_several_in_english():
    words = [count("fr", "{signed} day", "{signed} days", n, signed=n) for n in (0, 1, -1, 2)]
    assert words == ["0 jour", "1 jour", "-1 jour", "2 jours"]
    letters = "It has {n} letters; {most} at most."
    assert say("en", letters, n=40_000, most=300) == "It has 40,000 letters; 300 at most."


def test_a_fact_that_is_a_word_is_said_in_the_language_too() -> None:
    sentence = errors.Missing.sentence
    text = say("fr", sentence, kind=errors.Word("organization"), name="x")
    assert "organization" not in text


def test_french_tells_days_as_people_write_them_and_english_as_they_are_sent():
    sentence = "Its text was published later, on {day}."
    assert "le 1er juin 2026" in say("fr", sentence, day=date(2026, 6, 1))
    assert "le 18 décembre 2023" in say("fr", sentence, day=date(2023, 12, 18))
    assert say("en", sentence, day=date(2026, 6, 1)).endswith("on 2026-06-01.")
