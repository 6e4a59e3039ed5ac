"""Settings from the command line: what holds, what is wrong in one line each, and no secret."""

from app.settings import Settings
from tests.cli.terminal import run

SECRET = "correct-horse"


def test_settings_tells_each_with_its_value_and_meaning() -> None:
    told = run("settings", "--json", today="2026-11-23").document
    names = {f"OUVERTURES_{name.upper()}": name for name in Settings.model_fields}
    assert set(told) == set(names)
    assert told["OUVERTURES_TODAY"]["value"] == "2026-11-23"
    assert told["OUVERTURES_DATABASE_URL"]["value"] == "sqlite:///ouvertures.db"
    for name, row in told.items():
        assert row["meaning"] == Settings.model_fields[names[name]].description
        assert row["meaning"].endswith(".")
    words = run("settings", today="2026-11-23")
    assert (words.code, words.err) == (0, "")
    assert "OUVERTURES_TODAY=2026-11-23\n    Freezes the day" in words.out


def test_settings_never_shows_a_password() -> None:
    for url in (
        f"postgresql://ouvertures:{SECRET}@127.0.0.1:1/ouvertures",
        f"postgresql://ouvertures@127.0.0.1:1/ouvertures?password={SECRET}",
    ):
        told = run("settings", "--json", url=url)
        refused = run("verify", url=url)
        assert told.document["OUVERTURES_DATABASE_URL"]["value"] == url.replace(SECRET, "***")
        assert url.replace(SECRET, "***") in refused.refusal
        assert SECRET not in told.out + refused.err


def test_each_wrong_setting_is_one_line_and_exit_code_2() -> None:
    wrong = {
        "database_url": "mysql://localhost/ouvertures",
        "public_url": "ouvertures.example",
        "today": "tomorrow",
        "log_format": "xml",
    }
    for command in (["settings", "--json"], ["verify"], ["serve", "--port", "0"]):
        ended = run(*command, **wrong)
        assert (ended.code, ended.out) == (2, "")
        lines = ended.err.splitlines()
        assert [line.split(" must be ")[0] for line in lines] == [
            f"OUVERTURES_{name.upper()}" for name in wrong
        ]
        assert lines[0].endswith(
            " must be an address that begins with sqlite:/// or postgresql://."
        )
        wanted = " must be an http or https address, of a host in ASCII, without user or query."
        assert lines[1].endswith(wanted)
        assert lines[3].endswith(" must be 'json' or 'text'.")
