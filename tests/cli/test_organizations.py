"""Organisations from the command line, and what readers then see of them."""

from tests.cli.terminal import run
from tests.serving import serving


def test_an_organisation_is_added_renamed_and_listed(seeded_database_url: str) -> None:
    def organization(*arguments: str) -> str:
        done = run("organization", *arguments, url=seeded_database_url)
        assert (done.code, done.err) == (0, ""), done
        return done.out

    added = organization("add", "cnil", "--name-fr", "CNIL", "--part-of", "conseil-d-etat")
    assert added == "cnil may now promise and open; make it a key.\n"
    renamed = organization("rename", "cnil", "--name-en", "Data protection authority")
    assert renamed == "cnil: CNIL / Data protection authority\n"
    listed = organization("list").splitlines()
    assert [line.split()[0] for line in listed] == [
        *("cnil", "conseil-d-etat", "cour-de-cassation", "ministere-de-la-justice")
    ]
    listed = run("organization", "list", "--json", url=seeded_database_url).document[
        "organizations"
    ]
    name = {"fr": "CNIL", "en": "Data protection authority"}
    expected = {"slug": "cnil", "name": name, "part_of": "conseil-d-etat"}
    assert listed[0].items() >= expected.items()
    with serving(seeded_database_url) as site:
        known = {row["id"]: row["name"] for row in site.get("/api/v1/publishers").json()["data"]}
    assert known["cnil"] == name


def test_what_does_not_fit_is_refused(seeded_database_url: str) -> None:
    for line, why in (
        ("add Cour --name-fr Cour", "Cour.slug: A name of small letters, digits and hyphens."),
        ("add cour-de-cassation --name-fr Cour", "“cour-de-cassation” is in use already."),
        ("add cnil --name-fr CNIL --part-of etat", "There is no organization “etat” here."),
        ("rename cnil --name-fr CNIL", "There is no organization “cnil” here."),
    ):
        refused = run("organization", *line.split(), "--json", url=seeded_database_url)
        assert refused.refusal == why
