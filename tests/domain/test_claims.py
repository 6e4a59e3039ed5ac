"""What a claim may say: fields and their checks, merged patches, what holds of the whole."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from app.domain import claims
from app.domain.claims import Change, Contact, Coverage, Description, Resource, Values
from app.domain.errors import Invalid
from app.domain.values import Title, Words, refusals
from app.formats.language import say
from app.register import teams
from app.register.importing import ImportForm
from tests.conftest import examples
from tests.entries import covering

HELD = Description.model_validate(
    {
        "title": {"fr": "Décisions"},
        "publisher": "cour",
        "covers": {"from": "1947"},
        "resources": [{"url": "https://a.example/"}],
        "keywords": ["justice"],
        "licence": "EUPL-1.2",
    }
)


def merged(**body: Any) -> Description:
    return claims.merge(HELD, Change.model_validate(body))


@pytest.mark.parametrize("kind", [Description, claims.Internal, claims.Identity, Values])
def test_every_field_has_its_label_and_its_meaning(kind: type[BaseModel]) -> None:
    bare = [n for n, f in kind.model_fields.items() if not (f.title and f.description)]
    assert bare == []


def test_the_defaults_are_what_old_records_were_written_by() -> None:
    """Records leave defaults out: one that changed would rewrite the past."""
    assert Description().model_dump() == {
        "title": {"fr": None, "en": None},
        "short_title": {"fr": None, "en": None},
        "description": {"fr": None, "en": None},
        "publisher": "",
        "action": None,
        "jurisdiction": None,
        "landing_page": None,
        "resources": (),
        "covers": {"from": None, "to": None},
        "access_rights": "public",
        "access_conditions": {"fr": None, "en": None},
        "licence": None,
        "contact": None,
        "keywords": (),
        "themes": (),
        "hvd_categories": (),
    }
    assert Resource(url="https://a.example/").model_dump(exclude={"url", "title"}) == {
        "kind": "file",
        "download_url": None,
        "format": None,
        "media_type": None,
        "bytes": None,
        "licence": None,
        "documentation": None,
    }


@pytest.mark.parametrize(
    ("body", "field", "after"),
    [
        ({"title": {"en": "Decisions"}}, "title", Title(fr="Décisions", en="Decisions")),
        ({"covers": {"to": "2020"}}, "covers", covering("1947", "2020")),
        ({"covers": {"from": None}}, "covers", Coverage()),
        ({"covers": None}, "covers", Coverage()),
        ({"covers": {}}, "covers", covering("1947")),
        ({"description": None}, "description", Words()),
        ({"resources": None}, "resources", ()),
        ({"keywords": ["Prud’hommes", "prud-hommes"]}, "keywords", ("prud-hommes",)),
        ({"licence": None}, "licence", None),
        ({"access_rights": None}, "access_rights", "public"),
        ({"contact": {"name": "Service"}}, "contact", Contact(name="Service")),
        ({"state": "available"}, "licence", "https://spdx.org/licenses/EUPL-1.2"),
    ],
)
def test_a_patch_is_merged_as_rfc_7396_says(body: dict[str, Any], field: str, after: Any) -> None:
    assert getattr(merged(**body), field) == after


def test_a_claim_says_the_whole_new_value_of_what_differs_and_nothing_else() -> None:
    whole = merged(title={"en": "Decisions"}, licence="EUPL-1.2", keywords=None)
    assert claims.written(whole, claims.differing(HELD, whole)) == {
        "title": {"fr": "Décisions", "en": "Decisions"},
        "keywords": [],
    }
    assert claims.differing(HELD, merged(covers={})) == set()


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"title": {"fr": None}}, "title"),
        ({"covers": {"to": "1900"}}, "covers"),
        (
            {"resources": [{"url": "https://a.example/"}, {"url": "https://A.example/"}]},
            "resources.1.url",
        ),
    ],
)
def test_what_holds_of_the_whole_is_asked_after_the_merge(body: Any, where: str) -> None:
    assert [place for place, _ in claims.faults(merged(**body))] == [where]
    assert list(claims.faults(HELD)) == []


def test_what_an_older_version_took_is_named() -> None:
    odd = HELD.model_copy(
        update={
            "licence": "javascript:alert(1)",
            "themes": ("LAW",),
            "covers": covering("2020").model_copy(update={"end": "1900"}),
            "resources": (Resource.model_construct(url="ftp://b", format="PARQUET"),),
        }
    )
    named = [where for where, _ in claims.unfit(odd)]
    assert named == ["resources.0.url", "resources.0.format", "licence", "themes.0"]
    assert claims.unfit(HELD) == ()


def test_what_a_newer_version_says_is_left_alone() -> None:
    content = claims.read({"licence": "https://a.example/", "mood": "good", "keywords": None})
    assert content.model_fields_set == {"licence", "keywords"}
    assert content.keywords == ()


# Bodies.

TEXTS = (claims.NewText, claims.TextPatch, claims.NewProgramme, claims.ProgrammePatch)
TEAMS = (teams.NewKey, teams.NewMember, teams.MemberPatch, teams.TeamPatch)
ANSWERS = (teams.Rotation, teams.Revocation, teams.Acceptance, teams.Refusal)
ENTRIES = (Change, claims.Announcement, claims.ActionAnnouncement, claims.Judgement, claims.Content)
BODIES = (*ENTRIES, *TEXTS, *TEAMS, *ANSWERS, ImportForm)
NAMES = sorted({name for body in BODIES for name in body.model_fields})
scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False)
texts = st.sampled_from(
    ["", "x", "2023", "planned", "https://a.example/", "\x00", "\ud800", "é" * 400, "{x}", "fr"]
)
parts = st.sampled_from(
    [*NAMES, "fr", "en", "url", "from", "to", "start", "end", "kind", "bytes", "name", "zip", ""]
)
anything = st.recursive(
    scalars | texts | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(parts, inner, max_size=4),
    max_leaves=8,
)


def led_into(body: Any, path: str, missing: bool) -> bool:
    """Whether a path leads into a body, or to what is missing from it."""
    steps = path.split(".") if path else []
    for place, step in enumerate(steps):
        if isinstance(body, dict):
            if step not in {str(key)[:60] for key in body}:
                return missing and place == len(steps) - 1
            body = next(value for key, value in body.items() if str(key)[:60] == step)
        elif isinstance(body, list | tuple) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        else:
            return False
    return True


@pytest.mark.parametrize("body", BODIES)
@examples(50, 500)
@given(sent=st.dictionaries(st.sampled_from(NAMES) | parts, anything, max_size=6))
def test_every_fault_has_a_path_into_the_body_and_a_sentence_of_ours(
    body: type[BaseModel], sent: dict[str, Any]
) -> None:
    try:
        body.model_validate(sent)
    except ValidationError as fault:
        errors = fault.errors()
        for error, (where, why) in zip(errors, refusals(errors, body.model_fields), strict=True):
            assert say("fr", why.sentence) != why.sentence, (error, why.sentence)
            assert say("fr", why.sentence, **why.facts) != say("en", why.sentence, **why.facts)
            assert led_into(sent, where, error["type"] == "missing"), (where, sent)


def test_unions_name_their_branch_and_blame_no_other() -> None:
    """A union without a tag would name inner types in its paths."""
    for body in BODIES:
        for name, field in body.model_fields.items():
            kinds = [a for a in get_args(field.annotation) if isinstance(a, type)]
            models = [kind for kind in kinds if issubclass(kind, BaseModel)]
            assert len(models) <= 1, name


def test_an_action_of_a_file_is_named_with_its_programme():
    action = {"type": "action", "title": {"fr": "Publier"}, "publisher": "justice"}
    content = {"kind": "announced", "decided_on": "2021-09-27", "published_on": "2021-09-27"}
    with pytest.raises(Invalid, match="An action is named with its programme"):
        claims.admitted({**content, "commitment": "A16", "values": action})
    named = claims.admitted({**content, "commitment": "justice-2021/A16", "values": action})
    assert named.commitment == "justice-2021/A16"
