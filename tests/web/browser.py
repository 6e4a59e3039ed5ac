"""A team at the desk, as a browser without scripts sees and sends it."""

import httpx

from tests.serving import NO_TLS, Site
from tests.web.markup import Markup


class Team:
    """A browser at the desk, without scripts: it sends the forms that it is shown."""

    def __init__(self, site: Site, key: str | None = None) -> None:
        headers = {"Accept": "text/html", "Accept-Language": "fr"}
        self.http = httpx.Client(base_url=site.base, headers=headers, timeout=60, verify=NO_TLS)
        site.clients.append(self.http)
        self.site = site
        if key:
            self.get("/equipe")
            assert self.send(key=key).status_code == 303

    def get(self, address: str) -> httpx.Response:
        self.answer = self.http.get(address)
        return self.answer

    @property
    def page(self) -> Markup:
        return Markup(self.answer.content)

    def fields(self) -> dict[str, str]:
        """What the form of the page would send as it stands."""
        values: dict[str, str] = {}
        chosen = {"radio": "checked", "checkbox": "checked"}
        for node in self.page.elements:
            form = node.within
            while form and form.tag != "form":
                form = form.within
            if form is None or form.get("class") in ("who", "filters narrow"):
                continue
            ticked = chosen.get(node.get("type"))
            if node.tag == "option" and "selected" in node.attributes:
                values[node.within.get("name") if node.within else ""] = node.get("value")
            elif node.tag == "textarea" or (
                node.tag == "input" and (not ticked or ticked in node.attributes)
            ):
                values[node.get("name")] = node.text or node.get("value")
        return values

    def send(self, file: bytes | None = None, /, **typed: str) -> httpx.Response:
        """The form of the page, with some fields typed: all fields, where it has several forms."""
        form = next(node for node in self.page.all("form")[::-1] if node.get("method") == "post")
        data = self.fields() | {name.replace("__", "."): value for name, value in typed.items()}
        files = None if file is None else {"upload": ("annexe.xlsx", file)}
        self.answer = self.http.post(form.get("action"), data=data, files=files)
        return self.answer

    def publish(self, **typed: str) -> None:
        """What the form of the page comes to, seen first and then published."""
        self.send(**typed, do="preview")
        assert self.send(do="publish").status_code == 303, self.page.text

    def leave(self) -> httpx.Response:
        """Sign out."""
        (form,) = self.page.named("who")
        seal = next(node for node in self.page.all("input") if node.get("name") == "seal")
        return self.http.post(form.get("action"), data={"seal": seal.get("value")})

    def faults(self) -> dict[str, str]:
        """What is said beside each field."""
        nodes = self.page.named("fault")
        return {node.get("id").removesuffix("-fault"): node.text for node in nodes}
