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


def walk(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command below a group, with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from walk(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(walk(typer.main.get_command(app)))


def example(words: tuple[str, ...]) -> list[str]:
    """The arguments that a command’s help gives to copy."""
    shown = re.findall(r"Example: python -m app (.*)", COMMANDS[words].help)
    assert len(shown) == 1, f"{' '.join(words)} shows {len(shown)} examples"
    return shlex.split(shown[0])


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
def test_help_tells_what_it_does_each_option_and_an_example(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*words, "--help"], prog_name="python -m app")
    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: python -m app {' '.join(words)}")
    whole = re.findall(r"Example: python -m app (.*)", shown.output)
    assert [shlex.split(line) for line in whole] == [example(words)], "broken by the end of a line"
    assert example(words)[: len(words)] == list(words)
    assert [each.name for each in COMMANDS[words].params if not each.help] == []


OWN = {("serve",), ("export",)}
"""What a server and a list have to say has a form of its own."""
OF_NOBODY = {("key", "revoke"): "key", ("key", "rotate"): "key", ("member", "change"): "member"}
"""What the examples of these are about is made by nobody."""


def test_every_command_with_something_to_tell_tells_it_in_json() -> None:
    flags = {words: {flag for p in c.params for flag in p.opts} for words, c in COMMANDS.items()}
    assert {words for words, known in flags.items() if "--json" not in known} == OWN


def test_every_example_works_and_json_is_all_that_is_printed(seeded_database_url: str) -> None:
    for words in COMMANDS:
        if words in {*OWN, *OF_NOBODY, ("backup",), ("restore",)}:
            continue
        arguments = example(words)
        asked = arguments if "--json" in arguments else [*arguments, "--json"]
        done = run(*asked, url=seeded_database_url)
        assert (done.code, done.err) == (0, ""), f"{asked}: {done}"
        assert isinstance(done.document, dict)
        assert done.out.count("\n") == 1
    exported = run(*example(("export",)), url=seeded_database_url)
    assert (exported.code, exported.err, exported.out.count("\n")) == (0, "", 12)
    for words, kind in OF_NOBODY.items():
        refused = run(*example(words), "--json", url=seeded_database_url)
        assert refused.refusal == f"There is no {kind} “a1B2c3D4” here."


@pytest.mark.parametrize(
    ("line", "message"),
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
    ],
)
def test_a_wrong_command_line_is_exit_code_2(line: str, message: str) -> None:
    ended = CliRunner().invoke(app, shlex.split(line), prog_name="python -m app")
    assert ended.exit_code == 2
    assert ended.stdout == ""
    assert message in " ".join(ended.stderr.split())


def test_a_wrong_command_line_is_exit_code_2_from_a_shell_too() -> None:
    ended = run("verify", "--jason")
    assert (ended.code, ended.out) == (2, "")
    assert "No such option" in ended.err
