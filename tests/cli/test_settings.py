"""Settings from the command line: what holds, what is wrong in one line each, and no secret."""

from app import __version__
from app.settings import Settings, misspelt
from tests.cli.terminal import run

SECRET = "correct-horse"


def test_settings_tells_each_with_its_value_and_meaning() -> None:
    settings = run("settings", "--json", today="2026-11-23").document
    names = {f"OUVERTURES_{name.upper()}": name for name in Settings.model_fields}
    assert set(settings) == set(names)
    assert settings["OUVERTURES_TODAY"]["value"] == "2026-11-23"
    assert settings["OUVERTURES_DATABASE_URL"]["value"] == "sqlite:///ouvertures.db"
    for name, row in settings.items():
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
        shown = run("settings", "--json", url=url)
        refused = run("verify", url=url)
        assert shown.document["OUVERTURES_DATABASE_URL"]["value"] == url.replace(SECRET, "***")
        assert url.replace(SECRET, "***") in refused.refusal
        assert SECRET not in shown.out + refused.err


def test_each_wrong_setting_is_one_line_and_exit_code_2() -> None:
    wrong = {
        "database_url": "mysql://localhost/ouvertures",
        "public_url": "ouvertures.example",
        "quota_reads": "many",
        "smtp_url": "smtp://ouvertures.example:99999",
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
        assert lines[2].endswith(" such as 6000/minute, or nothing.")
        assert lines[5].endswith(" must be 'json' or 'text'.")


def test_what_looks_like_a_setting_is_told_with_the_one_that_was_meant() -> None:
    ended = run("settings", contacts="x", database_uri="y", colour="red")
    assert ended.code == 0
    assert ended.err.splitlines() == [
        "OUVERTURES_COLOUR is not a setting.",
        "OUVERTURES_CONTACTS is not a setting. Did you mean OUVERTURES_CONTACT?",
        "OUVERTURES_DATABASE_URI is not a setting. Did you mean OUVERTURES_DATABASE_URL?",
    ]


def test_so_is_one_whose_first_word_is_misspelt() -> None:
    variables = {
        "OUVERTURE_HOSTS",
        "Overtures_Contact",
        "OUVERTURES_HOSTS",
        "OUVERT",
        "COUVERTURE_X",
    }
    assert dict(misspelt(variables)) == {
        "OUVERTURE_HOSTS": "OUVERTURES_HOSTS",
        "Overtures_Contact": "OUVERTURES_CONTACT",
    }


def test_in_production_it_is_not_served_with_settings_of_a_rehearsal() -> None:
    refused = run("serve", production="true", today="2026-11-23").refusal
    assert "OUVERTURES_PUBLIC_URL is not https" in refused
    assert "OUVERTURES_CONTACT is not set" in refused
    assert "OUVERTURES_TODAY freezes the day" in refused


def test_an_address_of_a_database_is_taken_as_hosts_write_it() -> None:
    settings = run("settings", "--json", url="postgres://x@127.0.0.1/y").document
    assert settings["OUVERTURES_DATABASE_URL"]["value"] == "postgresql://x@127.0.0.1/y"
    for url in ("sqlite:///", "sqlite:///:memory:"):
        assert "must be an address that names a file" in run("settings", url=url).err
    assert "a number as its port" in run("settings", url="postgresql://x@127.0.0.1:y/z").err


def test_only_postgresql_has_a_replica() -> None:
    address, other = "postgresql://x@127.0.0.1/y", "sqlite:///y.db"
    for urls in ((address, other), (other, address)):
        ended = run("settings", url=urls[0], database_read_url=urls[1])
        assert "READ_URL must be that of a replica of PostgreSQL" in ended.err
    assert run("settings", url=address, database_read_url=address).code == 0


def test_hosts_are_names_separated_by_commas() -> None:
    settings = run("settings", "--json", hosts="X.example, y.example").document
    assert settings["OUVERTURES_HOSTS"]["value"] == "x.example,y.example"
    for wrong in ("https://x.example", "*", "x.example/registre", "x.example:8000"):
        assert "OUVERTURES_HOSTS must be names of hosts" in run("settings", hosts=wrong).err


def test_the_version_is_printed() -> None:
    assert run("--version").out == f"{__version__}\n"
