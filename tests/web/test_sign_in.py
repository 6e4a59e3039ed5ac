"""Signing in at the desk by an issuer of identities: one that is right, and one that is not."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.domain.errors import Unavailable
from app.main import create_app
from app.register import Clock
from app.register.teams import MemberPatch, NewMember, Teams
from app.register.writing import CLERK
from app.settings import Settings
from app.store.database import Database
from app.web import oidc
from tests.cli.terminal import free_port, started
from tests.serving import NO_TLS, Site, serving
from tests.web.browser import Team
from tests.web.issuer import CLIENT, FOREIGN, SECRET, Issuer, issuing

COURT, SIRET = "cour-de-cassation", "13002526500013"
REPORT = "/equipe/signaler?entry=decisions-conseils-de-prud-hommes"
JEANNE = "Jeanne@CourDeCassation.fr"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def teams(seeded_database_url: str) -> Iterator[Teams]:
    database = Database(seeded_database_url)
    yield Teams(database, Clock())
    database.close()


@pytest.fixture
def jeanne(teams: Teams) -> str:
    """The id of a member of the court, a validator."""
    return joined(teams, COURT)


def joined(teams: Teams, organization: str) -> str:
    body = NewMember(name="Jeanne", email=JEANNE, role="validator", organization=organization)
    return teams.add_member(body, CLERK).id


def at(issuer: Issuer | str) -> dict[str, Any]:
    address = issuer if isinstance(issuer, str) else issuer.address
    return {"oidc_issuer": address, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}


@pytest.fixture
def desk(seeded_database_url: str, issuer: Issuer) -> Iterator[Site]:
    with serving(seeded_database_url, **at(issuer)) as site:
        yield site


def sign_in(team: Team, change: Callable[[str], str] = str, page: str = "/equipe") -> None:
    """Follow the link of the page to the issuer, and come back."""
    team.get(page)
    (link,) = [a for a in team.page.all("a") if a.text == "Se connecter avec ProConnect"]
    away = team.get(link.get("href"))
    assert away.status_code == 303, away.text
    back = httpx.get(away.headers["location"], verify=NO_TLS).headers["location"]
    team.get(change(back))


@pytest.mark.usefixtures("jeanne")
def test_a_member_signs_in_and_goes_on_where_a_key_was_asked_for(desk: Site, teams: Teams):
    teams.set_siret(COURT, SIRET[:9], CLERK)
    team = Team(desk)
    sign_in(team, page=REPORT)
    assert team.answer.headers["location"] == REPORT, team.page.text
    team.get(REPORT)
    assert "Cour de cassation, validation" in team.page.text
    team.publish(decided_on="24/11/2026")
    acts = [(act.action, act.role) for act in teams.acts(CLERK)]
    assert ("desk arrive", "validator") in acts


def test_a_session_ends_with_the_member_and_with_the_token(
    desk: Site, teams: Teams, issuer: Issuer, jeanne: str
):
    team = Team(desk)
    issuer.claims = {"exp": int(time.time()) + 1000}
    sign_in(team)
    assert team.get("/equipe").status_code == 200
    (key,) = teams.every_key(CLERK)
    assert key.expires_at == datetime.fromtimestamp(issuer.claims["exp"], UTC)
    teams.change_member(jeanne, MemberPatch(removed=True), CLERK)
    assert team.get("/equipe").status_code == 401


@pytest.mark.usefixtures("jeanne")
def test_who_signs_out_does_so_at_the_issuer_too_and_a_copied_cookie_is_worth_nothing(
    desk: Site, issuer: Issuer
):
    team, copied = Team(desk), Team(desk)
    sign_in(team)
    copied.http.cookies = team.http.cookies
    assert copied.get("/equipe").status_code == 200
    team.get("/equipe")
    assert (
        team.leave().headers["refresh"].startswith(f"0; url={issuer.address}/end?id_token_hint=ey")
    )
    assert (team.get("/equipe").status_code, copied.get("/equipe").status_code) == (401, 401)


# Whom it does not let in.


def test_who_is_no_member_is_told_whom_to_ask(desk: Site):
    team = Team(desk)
    sign_in(team)
    assert team.answer.status_code == 401
    assert "jeanne@courdecassation.fr, qui n’est l’adresse d’aucun membre" in team.page.text


@pytest.mark.parametrize(
    ("siret", "about", "words"),
    [
        ("110010014", {}, "vous agissez pour le SIRET 13002526500013"),
        ("110010014", {"siret": None}, "vous agissez pour le SIRET –"),
        ("110010014", {"siret": 13002526500013}, "vous agissez pour le SIRET 13002526500013"),
        (None, {"email_verified": False}, "aucun membre"),
        (None, {"email_verified": "false"}, "aucun membre"),
        (None, {"email": "someone@else.fr"}, "aucun membre"),
    ],
)
@pytest.mark.usefixtures("jeanne")
def test_of_another_organisation_or_an_address_that_is_not_sure_nobody_is_let_in(
    desk: Site, teams: Teams, issuer: Issuer, siret: str | None, about: dict[str, Any], words: str
):
    teams.set_siret(COURT, siret, CLERK)
    issuer.about = about
    team = Team(desk)
    sign_in(team)
    assert (team.answer.status_code, words in team.page.text) == (401, True), team.page.text


@pytest.mark.usefixtures("jeanne")
def test_an_address_is_of_whom_it_was_first_and_where(desk: Site, teams: Teams, issuer: Issuer):
    sign_in(Team(desk))
    issuer.claims = issuer.about = {"sub": "another"}
    team = Team(desk)
    sign_in(team)
    assert "aucun membre" in team.page.text
    issuer.claims = issuer.about = {}
    joined(teams, "conseil-d-etat")
    sign_in(team)
    team.get("/equipe")
    assert "Cour de cassation" in team.page.text


@pytest.mark.usefixtures("jeanne")
def test_a_member_of_two_acts_for_one(desk: Site, teams: Teams):
    joined(teams, "conseil-d-etat")
    team = Team(desk)
    sign_in(team)
    assert "plusieurs organisations" in team.page.text
    teams.set_siret("conseil-d-etat", SIRET, CLERK)
    sign_in(team)
    team.get("/equipe")
    assert "Conseil d’État, validation" in team.page.text


def test_who_signed_in_with_an_address_that_a_member_has_no_more_is_let_in_no_more(
    desk: Site, teams: Teams, issuer: Issuer, jeanne: str
):
    sign_in(Team(desk))
    teams.change_member(jeanne, MemberPatch(email="jeanne@courdecassation.example"), CLERK)
    team = Team(desk)
    sign_in(team)
    assert "aucun membre" in team.page.text
    issuer.about = {"email": "jeanne@courdecassation.example"}
    sign_in(team)
    assert team.answer.headers["location"] == "/equipe"


FORGED = "Ce que ProConnect a répondu ne vous concerne pas"


@pytest.mark.usefixtures("jeanne")
def test_a_token_that_is_not_for_this_sign_in_opens_nothing(
    desk: Site, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
):
    wrong: tuple[tuple[str, Any], ...] = (
        ("claims", {"nonce": "another"}),
        ("claims", {"aud": "another"}),
        ("claims", {"aud": [CLIENT, "another"], "azp": "another"}),
        ("claims", {"iss": "https://another.example"}),
        ("claims", {"exp": 1}),
        ("about", {"sub": "another"}),
        ("about", {"aud": "another"}),
        ("key", FOREIGN),
        ("unsigned", True),
    )
    for name, value in wrong:
        team = Team(desk)
        with monkeypatch.context() as changed:
            changed.setattr(issuer, name, value)
            sign_in(team)
        assert (team.answer.status_code, FORGED in team.page.text) == (401, True), (name, value)
        assert team.get("/equipe").status_code == 401


@pytest.mark.usefixtures("jeanne")
def test_a_code_is_worth_something_once_and_to_whom_it_was_given(desk: Site):
    team, other = Team(desk), Team(desk)
    other.get("/equipe")
    back = ""

    def keep(address: str) -> str:
        nonlocal back
        back = address
        return address

    sign_in(team, keep)
    again = team.get(back)
    assert (again.status_code, FORGED in team.page.text) == (401, False)
    sign_in(other, lambda _: back)
    assert "a commencé ailleurs" in other.page.text
    sign_in(other, lambda address: address.replace("code=code", "code=x"))
    assert FORGED in other.page.text
    sign_in(other, lambda address: address + "&iss=https%3A%2F%2Fanother.example")
    assert FORGED in other.page.text
    sign_in(other, lambda address: address.split("?")[0] + "?error=access_denied&state=x")
    assert other.answer.status_code == 401
    assert other.get("/equipe").status_code == 401


@pytest.mark.usefixtures("jeanne")
def test_a_sign_in_leads_to_pages_of_the_desk_alone(desk: Site):
    team = Team(desk)
    team.get("/equipe")
    away = team.get("/equipe/connexion?then=https://another.example&entry=x")
    back = httpx.get(away.headers["location"], verify=NO_TLS).headers["location"]
    assert back.startswith(f"{desk.base}/equipe/retour?")
    assert team.get(back).headers["location"] == "/equipe?entry=x"


# Where it does not answer.


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 500},
        {"delay": 1.5},
        {"known": {"issuer": "https://another.example"}},
        {"known": {"token_endpoint": "ftp://127.0.0.1/"}},
        {"known": {"jwks_uri": None}},
        {"known": {"jwks_uri": "http://127.0.0.1/\r\n"}},
        {"known": {"end_session_endpoint": "javascript:alert(1)"}},
        {"known": {"rest": "x" * oidc.MOST_BYTES}},
    ],
)
def test_an_issuer_that_does_not_answer_as_it_should_is_a_page_that_says_so(
    desk: Site, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]
):
    monkeypatch.setattr(oidc, "PATIENCE", 0.5)
    for name, value in wrong.items():
        setattr(issuer, name, value)
    team = Team(desk)
    team.get("/equipe/connexion")
    assert (team.answer.status_code, team.page.only("h1").text) == (503, "Se connecter")
    assert "ProConnect ne répond pas comme il faut" in team.page.text


@pytest.mark.parametrize("wrong", [{"claims": {"exp": 1e300}}, {"about": {"email": 5}}])
def test_what_it_says_of_somebody_is_read_or_a_page_says_so(
    desk: Site, issuer: Issuer, wrong: dict[str, Any]
):
    for name, value in wrong.items():
        setattr(issuer, name, value)
    team = Team(desk)
    sign_in(team)
    assert team.answer.status_code == 503


def test_who_asks_it_when_many_wait_for_it_is_answered_at_once(
    seeded_database_url: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(oidc, "MOST_ASKING", 0)
    with serving(seeded_database_url, **at(issuer)) as site:
        assert Team(site).get("/equipe/connexion").status_code == 503


def test_without_an_issuer_there_is_nothing_to_sign_in_with(site: Site):
    team = Team(site)
    assert team.get("/equipe/connexion").status_code == 404
    assert team.get("/equipe/retour?state=x&code=x").status_code == 404
    team.get("/equipe")
    assert "ProConnect" not in team.page.text
    with pytest.raises(Unavailable, match="OIDC_CLIENT_ID"):
        create_app(Settings(oidc_issuer="https://issuer.example"))


# An issuer that others have written.


@pytest.fixture
def provider() -> Iterator[str]:
    given = {**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1", "PYTHONWARNINGS": "ignore"}
    with free_port() as port:
        command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
        with started(command, f"http://127.0.0.1:{port}", given) as issuer:
            issuer.await_status(200, "/jwks")
            yield issuer.base


@pytest.mark.usefixtures("jeanne")
def test_a_member_signs_in_with_an_issuer_of_others(seeded_database_url: str, provider: str):
    about = {"email": JEANNE, "email_verified": True}
    httpx.put(f"{provider}/users/jeanne", json=about, verify=NO_TLS).raise_for_status()
    with serving(seeded_database_url, **at(provider)) as site:
        team = Team(site)
        team.get("/desk")
        away = team.get("/desk/sign-in").headers["location"]
        signed = httpx.post(away, data={"sub": "jeanne"}, verify=NO_TLS)
        assert team.get(signed.headers["location"]).headers["location"] == "/desk", team.page.text
        assert team.get("/desk").status_code == 200
        left = team.leave().headers["refresh"]
        assert httpx.get(left.partition("url=")[2], verify=NO_TLS).status_code == 200
