"""Every command there is: it helps, its example works as it is written, and JSON is only JSON."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from app.cli import app
from tests.cli.terminal import run

Words = tuple[str, ...]


def walk(group: Any, path: Words = ()) -> Iterator[tuple[Words, Any]]:
    """Every command below a group, with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from walk(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(walk(typer.main.get_command(app)))
OWN = {("serve",), ("export",)}
"""What a server and a list have to say has a form of its own."""
OF_NOBODY: dict[Words, str] = {
    ("key", "revoke"): "key",
    ("key", "rotate"): "key",
    ("member", "change"): "member",
}
"""What the examples of these are about is made by nobody."""


def examples(text: str) -> list[list[str]]:
    """The arguments that a help gives to copy."""
    return [shlex.split(line) for line in re.findall(r"Example: python -m app (.*)", text)]


def test_these_are_the_commands() -> None:
    assert {" ".join(words) for words in COMMANDS} == {
        *("serve", "migrate", "seed", "verify", "rebuild", "settings", "erase"),
        *("import", "export", "checkpoint-key", "grants", "backup", "restore", "remind"),
        *("key create", "key list", "key revoke", "key rotate", "audit"),
        *("member add", "member change", "member list"),
        *("organization add", "organization rename", "organization list"),
        *("organization four-eyes", "organization siret"),
    }


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_tells_what_it_does_each_option_and_an_example(words: Words) -> None:
    shown = CliRunner().invoke(app, [*words, "--help"], prog_name="python -m app")
    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: python -m app {' '.join(words)}")
    (example,) = examples(COMMANDS[words].help)
    assert examples(shown.output) == [example], "broken by the end of a line"
    assert example[: len(words)] == list(words)
    assert [option.name for option in COMMANDS[words].params if not option.help] == []
    offered = {name for option in COMMANDS[words].params for name in option.opts}
    assert ("--json" in offered) == (words not in OWN)


def test_every_example_works_and_json_is_all_that_is_printed(command: Any) -> None:
    apart = {*OWN, ("backup",), ("restore",)}
    for words in (words for words in COMMANDS if words not in apart):  # as some begin what follows
        (example,) = examples(COMMANDS[words].help)
        done = command(*example, *["--json"][: "--json" not in example])
        if kind := OF_NOBODY.get(words):
            assert done.refusal == f"There is no {kind} “a1B2c3D4” here."
        else:
            assert (done.code, done.err) == (0, ""), f"{example}: {done}"
            assert isinstance(done.document, dict)
    exported = command(*examples(COMMANDS["export",].help)[0])
    assert (exported.code, exported.err, exported.out.count("\n")) == (0, "", 12)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("plant", "No such command 'plant'."),
        ("key revoke", "Missing argument"),
        ("erase 57", "Missing option '--reason'."),
        ("erase 0 --reason why", "Input should be greater than or equal to 1"),
        ("erase first --reason why", "valid integer"),
        ("migrate --to 0000", "one of base, 0001"),
        ("serve --port 65536", "Input should be less than or equal to 65535"),
        ("serve --workers 0", "Input should be greater than or equal to 1"),
        ("key create --organization cour-de-cassation --role king", "Known: editor, validator"),
        ("organization rename cour-de-cassation", "a new name"),
        ("verify --jason", "No such option"),
    ],
)
def test_a_wrong_command_line_is_exit_code_2(line: str, why: str) -> None:
    ended = run(*shlex.split(line))
    assert (ended.code, ended.out) == (2, "")
    assert why in " ".join(ended.err.split())
