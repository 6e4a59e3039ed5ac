"""Settings from the command line: what holds, what is wrong in one line each, and no secret."""

import pytest

from app import __version__
from app.settings import PREFIX, Settings, misspelt
from tests.cli.terminal import run

SECRET = "correct-horse"
POSTGRESQL = "postgresql://x@127.0.0.1/y"


def value(name: str, **settings: str) -> str:
    """The value of a setting, as it is shown."""
    return str(run("settings", "--json", **settings).document[f"{PREFIX}{name}"]["value"])


def test_settings_shows_each_with_its_value_and_meaning() -> None:
    rows = run("settings", "--json", today="2026-11-23").document
    assert {name: row["meaning"] for name, row in rows.items()} == {
        f"{PREFIX}{name.upper()}": field.description
        for name, field in Settings.model_fields.items()
    }
    assert all(row["meaning"].endswith(".") for row in rows.values())
    assert rows["OUVERTURES_DATABASE_URL"]["value"] == "sqlite:///ouvertures.db"
    words = run("settings", today="2026-11-23")
    assert (words.code, words.err) == (0, "")
    assert "OUVERTURES_TODAY=2026-11-23\n    Freezes the day" in words.out


def test_settings_never_shows_a_password() -> None:
    for url in (
        f"postgresql://ouvertures:{SECRET}@127.0.0.1:1/ouvertures",
        f"postgresql://ouvertures@127.0.0.1:1/ouvertures?password={SECRET}",
    ):
        refused = run("verify", url=url)
        assert value("DATABASE_URL", database_url=url) == url.replace(SECRET, "***")
        assert url.replace(SECRET, "***") in refused.refusal
        assert SECRET not in refused.err


def test_each_wrong_setting_is_one_line_and_exit_code_2() -> None:
    wrong = {
        "database_url": ("mysql://localhost/x", "an address that begins with sqlite:/// or "),
        "public_url": ("ouvertures.example", "an http or https address, of a host in ASCII, "),
        "quota_reads": ("many", "so many in a while, such as 6000/minute, or nothing."),
        "smtp_url": ("smtp://ouvertures.example:99999", ""),
        "today": ("tomorrow", ""),
        "log_format": ("xml", "'json' or 'text'."),
    }
    given = {name: value for name, (value, _) in wrong.items()}
    for command in (["settings", "--json"], ["verify"], ["serve", "--port", "0"]):
        ended = run(*command, **given)
        assert (ended.code, ended.out) == (2, "")
        lines = ended.err.splitlines()
        for line, (name, (_, why)) in zip(lines, wrong.items(), strict=True):
            assert line.startswith(f"{PREFIX}{name.upper()} must be {why}")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"database_url": "sqlite:///"}, "must be an address that names a file"),
        ({"database_url": "sqlite:///:memory:"}, "must be an address that names a file"),
        ({"database_url": "postgresql://x@127.0.0.1:y/z"}, "a number as its port"),
        (
            {"database_url": POSTGRESQL, "database_read_url": "sqlite:///y.db"},
            "READ_URL must be that of a replica of PostgreSQL",
        ),
        (
            {"database_url": "sqlite:///y.db", "database_read_url": POSTGRESQL},
            "READ_URL must be that of a replica of PostgreSQL",
        ),
        *(
            ({"hosts": hosts}, "OUVERTURES_HOSTS must be names of hosts")
            for hosts in ("https://x.example", "*", "x.example/registre", "x.example:8000")
        ),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, str], why: str) -> None:
    assert why in run("settings", **given).err


def test_what_is_written_otherwise_is_taken() -> None:
    url = POSTGRESQL.replace("postgresql", "postgres")
    assert value("DATABASE_URL", database_url=url) == POSTGRESQL
    assert value("HOSTS", hosts="X.example, y.example") == "x.example,y.example"
    both = {"database_url": POSTGRESQL, "database_read_url": POSTGRESQL}
    assert value("DATABASE_READ_URL", **both) == POSTGRESQL


def test_what_looks_like_a_setting_is_told_with_the_one_that_was_meant() -> None:
    ended = run("settings", contacts="x", database_uri="y", colour="red")
    assert ended.code == 0
    assert ended.err.splitlines() == [
        "OUVERTURES_COLOUR is not a setting.",
        "OUVERTURES_CONTACTS is not a setting. Did you mean OUVERTURES_CONTACT?",
        "OUVERTURES_DATABASE_URI is not a setting. Did you mean OUVERTURES_DATABASE_URL?",
    ]
    variables = {"OUVERTURE_HOSTS", "Overtures_Contact", "OUVERTURES_HOSTS", "OUVERT"}
    assert dict(misspelt(variables | {"COUVERTURE_X"})) == {
        "OUVERTURE_HOSTS": "OUVERTURES_HOSTS",
        "Overtures_Contact": "OUVERTURES_CONTACT",
    }


def test_in_production_it_is_not_served_with_settings_of_a_rehearsal() -> None:
    refused = run("serve", production="true", today="2026-11-23").refusal
    for why in ("PUBLIC_URL is not https", "CONTACT is not set", "TODAY freezes the day"):
        assert f"OUVERTURES_{why}" in refused


def test_the_version_is_printed() -> None:
    assert run("--version").out == f"{__version__}\n"
