"""The house keeps its own laws. Those on imports, types and complexity are in `make check`."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

import app

ROOT = Path(__file__).resolve().parent.parent
MODULES = {path: path.read_text() for path in sorted((ROOT / "app").rglob("*.py"))}
TREES = {path: ast.parse(text) for path, text in MODULES.items()}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

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


def test_the_clock_is_asked_in_the_register_alone():
    asked = [
        (place(path), ast.unparse(node))
        for path, node in nodes(ast.Attribute)
        if CLOCKS.fullmatch(ast.unparse(node)) and "register" not in path.parts
    ]
    stopwatch = ("app/api/middleware.py", "time.perf_counter")
    assert [one for one in asked if one != stopwatch] == []


def test_the_rules_know_the_standard_library_only():
    known = {*sys.stdlib_module_names, "app"}
    imported = [
        (path, name.split(".")[0])
        for path, node in nodes(ast.Import, ast.ImportFrom)
        if "domain" in path.parts
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


def test_nothing_is_left_for_later():
    left = re.compile(r"\b(TODO|FIXME|XXX)\b")
    assert [place(path) for path, text in MODULES.items() if left.search(text)] == []


def test_the_version_is_one():
    assert PROJECT["project"]["version"] == app.__version__


def test_the_locks_hold_what_the_project_asks_for():
    locked = {file: lock(file) for file in ("requirements.lock", "requirements-dev.lock")}
    runtime = PROJECT["project"]["dependencies"]
    asked = {"requirements.lock": runtime}
    asked["requirements-dev.lock"] = [*runtime, *PROJECT["dependency-groups"]["dev"]]
    missing = [
        (file, text)
        for file, texts in asked.items()
        for text in texts
        if not Requirement(text).specifier.contains(locked[file].get(plain(text), "0"))
    ]
    assert missing == []
    assert locked["requirements.lock"].items() <= locked["requirements-dev.lock"].items()


def test_the_locks_name_no_address():
    assert [file.name for file in ROOT.glob("*.lock") if "://" in file.read_text()] == []
    assert not (ROOT / "uv.lock").exists()
    assert not (ROOT / "pylock.toml").exists()


def lock(file: str) -> dict[str, str]:
    """The version of each distribution in a lock."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / file).read_text(), re.MULTILINE))


def plain(text: str) -> str:
    return re.sub(r"[-_.]+", "-", Requirement(text).name).lower()
