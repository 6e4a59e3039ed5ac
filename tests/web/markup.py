"""HTML read back: elements with their attributes, text and ancestors, by the standard library."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from app.web.rendering import PROSE

VOID = {"br", "hr", "img", "input", "link", "meta"}
INLINE = {"a", "code", "del", "em", "mark", "span", "strong"}

OPENING = "/openings/decisions-conseils-de-prud-hommes"
PAGES = {
    "home": "/",
    "filtered": "/?q=tribunaux&publisher=conseil-d-etat&sort=-slip",
    "empty": "/?q=introuvable",
    "past": "/?as_of=2023-08-01",
    "turned": "/?as_of=2025-09-02&state=planned&sort=-slip&page=2&page_size=2",
    "actions": "/actions",
    "late": OPENING,
    "past opening": f"{OPENING}?as_of=2023-08-01",
    "parts": "/openings/decisions-penal-premiere-instance",
    "open": "/openings/decisions-tribunaux-de-commerce",
    "action": "/actions/justice-2021/A16",
    "text": "/texts/arrete-2025-08-29",
    "programme": "/programmes/justice-2021",
    "programmes": "/programmes",
    "organisation": "/organizations/cour-de-cassation",
    "figures": "/figures",
    "two days": "/diff?from=2025-09-02&to=2025-09-03",
    "documentation": "/docs",
    "operations": "/docs/statistics",
    "changes": "/changes",
    **{name: paths["en"] for name, paths in PROSE.items()},
    "catalogue": "/catalog.html",
    "problems": "/problems",
    "problem": "/problems/stale",
    "missing": "/openings/conseils-prudhommes",
}
"""A page of each kind, by its address."""


def addressed(path: str, language: str) -> str:
    """The address of a page in a language."""
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    within: "Element | None"
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What is read in it, every space as a plain one."""
        return " ".join("".join(self.pieces).split())

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def inside(self, tag: str) -> bool:
        return self.within is not None and (self.within.tag == tag or self.within.inside(tag))


class Markup(HTMLParser):
    """A page. What is not closed, or closed twice, is an error."""

    def __init__(self, body: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.source = body.decode()
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"{tag} has an attribute twice"
        self.part(tag)
        given = {name: value or "" for name, value in attrs}
        element = Element(tag, given, self.open[-1] if self.open else None)
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()
        self.part(tag)

    def part(self, tag: str) -> None:
        """Blocks stand apart, as they do on a screen."""
        if tag not in INLINE:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.pieces.append(data)

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def only(self, tag: str) -> Element:
        (element,) = self.all(tag)
        return element

    def named(self, value: str) -> list[Element]:
        """Elements of that class."""
        return [element for element in self.elements if value in element.get("class").split()]

    @property
    def text(self) -> str:
        """Everything that is read."""
        return self.only("body").text
