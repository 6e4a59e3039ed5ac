"""What programs look for first: every page by its address, whom to warn, where the APIs begin."""

from datetime import UTC, date, datetime, timedelta

from tests.serving import Site, serving

NOWHERE = "sqlite:////nowhere/at/all.db"
FIXED = ("/robots.txt", "/.well-known/security.txt", "/.well-known/api-catalog", "/sitemap.xml")


def test_a_part_that_is_not_there_is_a_404(site: Site):
    for number in ("2", "0", "01", "-1", "x", "1.5", "9" * 30, "%D9%A1"):
        assert site.get(f"/sitemap-{number}.xml").status_code == 404, number
    assert site.get("/sitemap-1.xml?lang=fr").status_code == 400


def test_whom_to_warn_holds_for_less_than_a_year_from_the_real_day():
    with serving(NOWHERE, today=date(2021, 10, 15), contact="mailto:a@b.example") as site:
        answer = site.get("/.well-known/security.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    expires = datetime.fromisoformat(fields["Expires"])
    now = datetime.now(UTC)
    assert now + timedelta(days=180) < expires < now + timedelta(days=184)
    assert fields["Contact"] == "mailto:a@b.example"
    assert fields["Canonical"] == f"{site.base}/.well-known/security.txt"


def test_fixed_addresses_are_there_without_a_redirect_and_take_no_parameter(site: Site):
    for address in FIXED:
        assert site.http.request("GET", address, follow_redirects=False).status_code == 200
        assert site.get(f"{address}?x=1").status_code == 400


def test_what_is_fixed_needs_no_database_and_is_under_the_public_address():
    base = "https://ouvertures.example/a/b"
    with serving(NOWHERE, public_url=base, contact="le greffe") as site:
        rules = site.get("/robots.txt").text
        linkset = site.get("/.well-known/api-catalog").json()["linkset"]
        without_address = site.get("/.well-known/security.txt")
    assert "Disallow: /a/b/*?" in rules
    assert f"Sitemap: {base}/sitemap.xml" in rules
    assert all(row["anchor"].startswith(f"{base}/") for row in linkset)
    assert without_address.status_code == 404
