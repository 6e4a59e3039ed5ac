"""The house keeps its own laws. Those on imports, types and complexity are in `make check`.

That the OpenAPI document is its committed copy is in `tests/api/test_openapi.py`.
"""

import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import app
from app.api.problems import PROBLEMS
from app.domain import errors
from app.domain.claims import DESCRIBED, Description, Internal
from app.domain.references import Organization, Text
from app.domain.values import Title
from app.formats.document import vocabularies
from app.register import Clock, seed
from app.register.writing import Writing
from app.store.database import Database
from tests.documented import resolved
from tests.serving import Site, serving
from tests.statements import asked

ROOT = Path(__file__).resolve().parent.parent
MODULES = {path: path.read_text() for path in sorted((ROOT / "app").rglob("*.py"))}
TREES = {path: ast.parse(text) for path, text in MODULES.items()}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

OPENAPI: dict[str, Any] = resolved(json.loads((ROOT / "docs" / "openapi.json").read_text()))

FILE_LINES = 600
FUNCTION_LINES = 40
VAGUE = {"base", "common", "core", "helper", "helpers", "manager", "misc", "util", "utils"}
CLOCKS = re.compile(
    r"datetime\.(now|today|utcnow)|date\.today|time\.(time|monotonic|perf_counter)(_ns)?"
)


def place(path: Path, node: ast.AST | None = None) -> str:
    """Where something is, as editors open it."""
    line = f":{node.lineno}" if isinstance(node, ast.stmt | ast.expr) else ""
    return f"{path.relative_to(ROOT)}{line}"


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[Path, ast.AST]]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, kinds):
                yield path, node


def test_no_file_is_longer_than_a_reader_can_hold():
    lengths = {place(path): len(text.splitlines()) for path, text in MODULES.items()}
    assert {name: length for name, length in lengths.items() if length > FILE_LINES} == {}


def test_no_function_is_longer_than_a_screen():
    long = {}
    for path, node in nodes(ast.FunctionDef, ast.AsyncFunctionDef):
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > FUNCTION_LINES:
            long[f"{place(path, node)} {node.name}"] = length
    assert long == {}


def test_each_module_says_in_its_first_line_what_it_knows():
    silent = [
        place(path)
        for path, tree in TREES.items()
        if not (ast.get_docstring(tree, clean=False) or " ")[0].strip()
    ]
    assert silent == []


def test_no_module_has_a_name_that_could_hold_anything():
    names = {place(path): set(path.relative_to(ROOT).with_suffix("").parts) for path in MODULES}
    assert [name for name, parts in names.items() if parts & VAGUE] == []


MOST_MODULES, MOST_OF_APP, MOST_OF_TESTS, MOST_FILES = 90, 28_032, 27_709, 4
"""Ceilings: they come down with the house. The aims were 72, 16,500, 20,000 and 4."""


def test_no_two_modules_have_one_name():
    names = [path.stem for path in MODULES if path.stem != "__init__"]
    assert [name for name in set(names) if names.count(name) > 1] == []


def test_the_house_does_not_grow():
    tests = sum(len(path.read_text().splitlines()) for path in (ROOT / "tests").rglob("*.py"))
    assert len(MODULES) <= MOST_MODULES
    assert sum(len(text.splitlines()) for text in MODULES.values()) <= MOST_OF_APP
    assert tests <= MOST_OF_TESTS


def fields_of(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each field that a class of a module declares, with the name of the class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                    yield node.name, line.target.id


FIELDS = (*Description.model_fields, *Internal.model_fields)
OTHERS = {
    name
    for path, tree in TREES.items()
    for kind, name in fields_of(tree)
    if (path.stem, kind) not in (("claims", "Description"), ("claims", "Internal"))
}
"""What other records have a field of, so that the word alone does not say whose it is."""


def names_field(path: Path, text: str, name: str) -> bool:
    """Whether a file names a described field. A word of other records too is read in its place."""
    shared = name in OTHERS or name in vocabularies()
    if path.suffix != ".py":
        return bool(re.search(rf"\bdescribed\.{name}\b" if shared else rf"\b{name}\b", text))
    return path.stem == "claims" or name in _named(path, shared)


@cache
def _named(path: Path, shared: bool) -> set[str]:
    """What a file names; of words of other records too, only those in their place."""
    read = _in_its_place if shared else _words
    return set().union(*map(read, ast.walk(TREES[path])))


def _words(node: ast.AST) -> set[str]:
    """What code is called here, and texts that are a name."""
    names = {getattr(node, attribute, None) for attribute in ("id", "arg", "attr", "name")}
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    return {name for name in names if isinstance(name, str)} | {text, text.partition(".")[0]}


def _in_its_place(node: ast.AST) -> set[str]:
    """`….described.title`, `described.title`, `….value("title")`."""
    match node:
        case ast.Attribute(value=ast.Attribute(attr="described" | "internal"), attr=name):
            return {name}
        case ast.Attribute(value=ast.Name(id="described" | "internal"), attr=name):
            return {name}
        case ast.Call(func=ast.Attribute(attr="value"), args=[ast.Constant(value=str(name))]):
            return {name}
    return set()


MORE_FILES = {"title": 14, "publisher": 11, "short_title": 8, "landing_page": 5}
"""Ceilings for what an entry is known by, and for the page that a seed gives by a part."""


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_few_files_name_a_described_field(name: str):
    texts = MODULES | {path: path.read_text() for path in (ROOT / "app").rglob("*.html")}
    naming = [place(path) for path, text in texts.items() if names_field(path, text, name)]
    assert len(naming) <= MORE_FILES.get(name, MOST_FILES), naming


def test_the_clock_is_asked_in_the_register_alone():
    asked = [
        (place(path), ast.unparse(node))
        for path, node in nodes(ast.Attribute)
        if CLOCKS.fullmatch(ast.unparse(node))
        and not path.is_relative_to(ROOT / "app" / "register")
    ]
    api = ("middleware", "protocol", "cache")
    stopwatch = ("app/store/database.py", *(f"app/api/{name}.py" for name in api))
    assert [
        row for row in asked if row not in [(path, "time.perf_counter") for path in stopwatch]
    ] == []


def test_the_rules_know_the_standard_library_and_pure_libraries_only():
    pure = {"babel", "idna", "pydantic", "pydantic_core", "slugify", "typing_extensions"}
    known = {*sys.stdlib_module_names, "app", *pure}
    imported = [
        (path, name.split(".")[0])
        for path, node in nodes(ast.Import, ast.ImportFrom)
        if path.is_relative_to(ROOT / "app" / "domain")
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in getattr(node, "names", [])]
        )
    ]
    assert [(place(path), name) for path, name in imported if name not in known] == []


def test_a_refusal_is_never_an_answer_of_http():
    raised = [
        place(path, node)
        for path, node in nodes(ast.Raise)
        if isinstance(node, ast.Raise) and node.exc and "HTTPException" in ast.unparse(node.exc)
    ]
    assert raised == []


def test_a_value_is_named_by_what_it_is():
    """In tests, too. What a library calls its own, such as `.one()`, is read and not given."""
    empty = {"told", "found", "one", "said", "held"}
    trees = TREES | {path: ast.parse(path.read_text()) for path in (ROOT / "tests").rglob("*.py")}
    given = {
        f"{place(path, node)} {empty & names}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if not isinstance(getattr(node, "ctx", None), ast.Load)
        and (names := {getattr(node, name, None) for name in ("id", "arg", "attr", "name")}) & empty
    }
    assert given == set()


def test_nothing_is_left_for_later():
    left = re.compile(r"\b(TODO|FIXME|XXX)\b")
    assert [place(path) for path, text in MODULES.items() if left.search(text)] == []


def test_the_version_is_one():
    assert PROJECT["project"]["version"] == app.__version__


def test_the_locks_name_no_address():
    assert [file.name for file in ROOT.glob("*.lock") if "://" in file.read_text()] == []
    assert not (ROOT / "uv.lock").exists()
    assert not (ROOT / "pylock.toml").exists()


# The interfaces.


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The method of each operation, its address with the examples of its parts, and the rest."""
    for path, item in OPENAPI["paths"].items():
        for method, operation in item.items():
            rows = operation.get("parameters", [])
            places = {row["name"]: row["example"] for row in rows if row["in"] == "path"}
            yield method, path.format(**places), operation


def test_every_refusal_has_a_row_or_a_parent_that_has_one():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    refusals = {kind for kind in kinds if issubclass(kind, errors.Refusal)} - {errors.Refusal}
    assert [kind for kind in refusals if not set(kind.__mro__) & set(PROBLEMS)] == []
    assert set(PROBLEMS) <= refusals


# The queries of an answer do not grow with the register.


def grow(url: str, turn: str) -> None:
    """Three times as many entries, ten times as many events of one, more of what they name."""
    seeded = seed.read()
    copies = [
        replace(claim, commitment=f"{claim.commitment}-{turn}-{number}")
        for number in range(2)
        for claim in seeded.claims
    ]
    entry = next(claim for claim in seeded.claims if "prud-hommes" in claim.commitment)
    described = [
        replace(
            entry,
            kind=DESCRIBED,
            values={"keywords": [f"mot-{turn}-{n}"]},
            text=f"texte-{turn}-{n}",
        )
        for n in range(40)
    ]
    names = [Organization(f"service-{turn}-{n}", Title(fr=f"Service {n}")) for n in range(20)]
    texts = [Text(f"texte-{turn}-{n}", f"Texte {n}") for n in range(40)]
    database = Database(url)
    try:
        register = Writing(database, Clock())
        register.absorb([*copies, *described], names, texts)
        # The first page of a feed holds the whole of a recording: the last one is small.
        register.absorb([replace(entry, kind=DESCRIBED, values={"keywords": [turn]})], (), ())
    finally:
        database.close()


def queries(site: Site) -> dict[str, int]:
    """How many statements each reading takes, once its connection is made."""
    counts = {}
    for _, address, operation in operations():
        if {} in operation["security"]:
            takes = {row["name"] for row in operation.get("parameters", [])}
            params = {"page_size": 100} if "page_size" in takes else {}
            for _ in ("warm", "counted"):
                with asked() as statements:
                    assert site.get(address, params=params).status_code == 200, address
            counts[address] = len(statements)
    return counts


def test_the_number_of_queries_does_not_grow_with_the_register(seeded_database_url: str):
    with serving(seeded_database_url, cache_mib=0) as site:
        grow(seeded_database_url, "first")  # so that every list has a second page
        small = queries(site)
        grow(seeded_database_url, "second")
        assert site.get("/api/v1/openings").json()["total"] == 55
        large = queries(site)
    assert small == large
    assert max(small.values()) <= 25, small
