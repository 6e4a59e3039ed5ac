"""Links as headers and as sets tell them."""

import re

from app.formats.links import Link, header, linkset

LINKS = [
    Link("alternate", "https://a.example/x.ttl", "text/turtle; charset=utf-8"),
    Link("item", "https://a.example/dossier/é,;\"<>'?q=à#fin", "n’importe quoi"),
    Link("up", "https://a.example/%C3%A9"),
]


def read(value: str) -> list[tuple[str, dict[str, str]]]:
    """RFC 8288, 3: what each link leads to, and its parameters."""
    one = re.compile(r'<([^<>]*)>((?:; [a-z]+="[^"]*")*)(?:, |$)')
    found = list(one.finditer(value))
    assert "".join(link[0] for link in found) == value
    return [(link[1], dict(re.findall(r'; ([a-z]+)="([^"]*)"', link[2]))) for link in found]


def test_a_header_is_read_back_whole():
    told = header(LINKS)
    told.encode("ascii")
    assert read(told) == [
        ("https://a.example/x.ttl", {"rel": "alternate", "type": "text/turtle"}),
        ("https://a.example/dossier/%C3%A9,;%22%3C%3E'?q=%C3%A0#fin", {"rel": "item"}),
        ("https://a.example/%C3%A9", {"rel": "up"}),
    ]


def test_no_address_can_add_a_link_or_a_header():
    hostile = Link("item", 'https://a.example/>; rel="canonical", <x\r\nSet-Cookie: a=b', 'a/b"; x')
    told = header([hostile])
    assert not set("\r\n") & set(told)
    ((address, parameters),) = read(told)
    assert address.startswith("https://a.example/%3E;%20rel=%22canonical%22,%20%3Cx%0D%0ASet")
    assert parameters == {"rel": "item"}


def test_a_set_tells_links_by_what_they_lead_from():
    assert linkset({"https://a.example/": [*LINKS[::2], LINKS[2]], "https://b.example/": []}) == {
        "linkset": [
            {
                "anchor": "https://a.example/",
                "alternate": [{"href": "https://a.example/x.ttl", "type": "text/turtle"}],
                "up": [{"href": "https://a.example/%C3%A9"}] * 2,
            },
            {"anchor": "https://b.example/"},
        ]
    }
