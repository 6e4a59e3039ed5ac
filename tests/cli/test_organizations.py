"""Organisations from the command line."""

from typing import Any


def test_an_organisation_is_added_renamed_and_listed(command: Any) -> None:
    added = command("organization", "add", "cnil", "--name-fr=CNIL", "--part-of=conseil-d-etat")
    assert added.out == "cnil may now promise and open; make it a key.\n"
    renamed = command("organization", "rename", "cnil", "--name-en", "Data protection authority")
    assert renamed.out == "cnil: CNIL / Data protection authority\n"
    assert [line.split()[0] for line in command("organization", "list").out.splitlines()] == [
        *("cnil", "conseil-d-etat", "cour-de-cassation", "ministere-de-la-justice")
    ]
    first = command("organization", "list", "--json").document["organizations"][0]
    name = {"fr": "CNIL", "en": "Data protection authority"}
    assert first.items() >= {"slug": "cnil", "name": name, "part_of": "conseil-d-etat"}.items()


def test_what_does_not_fit_is_refused(command: Any) -> None:
    for line, why in (
        ("add Cour --name-fr Cour", "Cour.slug: A name of small letters, digits and hyphens."),
        ("add cour-de-cassation --name-fr Cour", "“cour-de-cassation” is in use already."),
        ("add cnil --name-fr CNIL --part-of etat", "There is no organization “etat” here."),
        ("rename cnil --name-fr CNIL", "There is no organization “cnil” here."),
    ):
        assert command("organization", *line.split(), "--json").refusal == why
