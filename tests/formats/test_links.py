"""Links as headers and as sets carry them."""

import re

from app.formats.links import Link, header, linkset

LINKS = [
    Link("alternate", "https://a.example/x.ttl", "text/turtle; charset=utf-8"),
    Link("item", "https://a.example/dossier/é,;\"<>'?q=à#fin", "n’importe quoi"),
    Link("up", "https://a.example/%C3%A9"),
]


def read(value: str) -> list[tuple[str, dict[str, str]]]:
    """RFC 8288, 3: what each link leads to, and its parameters."""
    links = list(re.finditer(r'<([^<>]*)>((?:; [a-z]+="[^"]*")*)(?:, |$)', value))
    assert "".join(link[0] for link in links) == value
    return [(link[1], dict(re.findall(r'; ([a-z]+)="([^"]*)"', link[2]))) for link in links]


def test_a_header_is_read_back_whole() -> None:
    value = header(LINKS)
    value.encode("ascii")
    assert read(value) == [
        ("https://a.example/x.ttl", {"rel": "alternate", "type": "text/turtle"}),
        ("https://a.example/dossier/%C3%A9,;%22%3C%3E'?q=%C3%A0#fin", {"rel": "item"}),
        ("https://a.example/%C3%A9", {"rel": "up"}),
    ]


def test_no_address_can_add_a_link_or_a_header() -> None:
    hostile = Link("item", 'https://a.example/>; rel="canonical", <x\r\nSet-Cookie: a=b', 'a/b"; x')
    value = header([hostile])
    assert not set("\r\n") & set(value)
    ((address, parameters),) = read(value)
    assert address.startswith("https://a.example/%3E;%20rel=%22canonical%22,%20%3Cx%0D%0ASet")
    assert parameters == {"rel": "item"}


def test_a_header_too_large_keeps_the_way_on() -> None:
    items = [Link("item", f"https://a.example/{'x' * 200}/{number}") for number in range(30)]
    rels = [parameters["rel"] for _, parameters in read(header([*items, Link("next", "/2")]))]
    assert 10 < len(rels) < 20
    assert rels[-1] == "next"


def test_a_set_has_links_by_what_they_lead_from() -> None:
    up = [{"href": "https://a.example/%C3%A9"}] * 2
    turtle = {"href": "https://a.example/x.ttl", "type": "text/turtle"}
    assert linkset({"https://a.example/": [*LINKS[::2], LINKS[2]], "https://b.example/": []}) == {
        "linkset": [
            {"anchor": "https://a.example/", "alternate": [turtle], "up": up},
            {"anchor": "https://b.example/"},
        ]
    }
