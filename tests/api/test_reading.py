"""Reading over HTTP: documents, lists, validators."""

from app.domain.references import Organization
from app.domain.values import Title
from tests.seeded import ENTRY
from tests.serving import Site, change, writing


def test_a_ledger_is_read_in_pages_of_one_position(site: Site):
    whole = site.get(f"{ENTRY}/events").json()
    assert (whole["page"], whole["page_size"], whole["next_page"]) == (1, 100, None)
    first = site.get(f"{ENTRY}/events?page_size=3")
    assert 'rel="next"' in first.headers["Link"]
    assert change(site.as_team(), ENTRY, state="partially_available").is_success
    second = site.get(first.json()["next_page"]).json()
    assert second["previous_page"].endswith("page=1")
    assert (second["next_page"], second["total"]) == (None, whole["total"])
    assert first.json()["data"] + second["data"] == whole["data"]
    assert site.get(f"{ENTRY}/events?page=2").status_code == 400


def test_actions_have_a_list_of_their_own(site: Site):
    page = site.get("/api/v1/actions?page_size=100").json()
    assert page["total"] == 34
    assert page["facets"]["timeliness"] == {"no_deadline": 1, "unconfirmed": 33}
    assert [e["id"] for e in page["data"] if e["timeliness"] == "no_deadline"] == [
        "justice-2021/A29"
    ]
    assert site.get("/api/v1/actions/justice-2021/A16").json()["section"] == "2.2.1"
    assert site.get("/api/v1/openings?action=justice-2021/A16").json()["total"] == 11


def test_an_opening_is_no_action_and_an_action_no_opening(site: Site):
    assert site.get("/api/v1/openings/A16").status_code == 404
    assert site.get("/api/v1/actions/decisions-conseil-d-etat").status_code == 404
    assert site.get("/api/v1/openings/A16/events").status_code == 404


def test_a_tag_among_several_is_known_and_decides_alone(site: Site):
    first = site.get(ENTRY)
    several = f'W/"other", {first.headers["ETag"]}'
    assert site.get(ENTRY, headers={"If-None-Match": several}).status_code == 304
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    other = {"If-None-Match": '"another"', **since}
    assert site.get(ENTRY, headers=other).status_code == 200
    none = {"If-None-Match": "", "If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"}
    for _ in range(2):  # made, then kept
        assert site.get("/api/v1/openings?page_size=3", headers=none).status_code == 200


def test_any_page_may_read_and_none_may_write_for_its_visitor(site: Site):
    assert site.get("/api/v1/openings").headers["Access-Control-Allow-Origin"] == "*"
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "PATCH"}
    answer = site.http.options(ENTRY, headers=asked)
    assert (answer.status_code, answer.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, PATCH")
    assert "PATCH" not in answer.headers["Access-Control-Allow-Methods"]
    assert site.http.options("/nowhere", headers={"X-API-KEY": "none"}).status_code == 404


def test_a_name_given_later_changes_what_readers_hold(site: Site):
    lists = ("/catalog.ttl", "/api/v1/publishers", "/api/v1/statistics", "/openings.atom")
    addresses = (ENTRY, "/api/v1/openings", *lists)
    tags = {address: site.get(address).headers["ETag"] for address in addresses}
    with writing(site.url) as register:
        register.rename_organization("cour-de-cassation", Title.of(fr="La Cour suprême", en=None))
        for address in addresses:
            answer = site.get(address, headers={"If-None-Match": tags[address]})
            assert answer.status_code == 200, address
            assert "La Cour suprême" in answer.text
        publishers = site.get("/api/v1/publishers").headers["ETag"]
        register.add_organization(Organization("cnil", Title.of(fr="CNIL")))
    assert site.get("/api/v1/publishers").headers["ETag"] != publishers


def test_words_that_are_sought_are_shown_where_they_stand(site: Site):
    (entry,) = site.get("/api/v1/openings?q=prudhomm").json()["data"]
    title = entry["highlights"]["title"]["fr"]
    assert [piece["text"] for piece in title if piece["match"]] == ["prud’hommes"]
    page = site.get('/?q=JURICA "><script>', headers={"Accept": "text/html"}).text
    assert 'value="JURICA &#34;&gt;&lt;script&gt;"' in page
    assert "<script>" not in page
