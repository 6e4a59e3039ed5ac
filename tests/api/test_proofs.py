"""A stranger checks the ledger by its signed head, its tiles and its proofs, with other code."""

import base64
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from proofbundle import merkle
from proofbundle.checkpoint import verify_checkpoint
from proofbundle.tlogproof import verify_tlog_proof

from app.domain.ledger import Claim
from app.domain.references import Head
from app.formats.notes import Signer
from tests import openings
from tests.conftest import Models, fill
from tests.serving import Site, serving, writing

SIGNER = Signer.made("register.example/ouvertures")
ENTRY = 34
"""Bytes of an event in a bundle: its digest, after its length."""


@pytest.fixture
def signed(seeded_database_url: str) -> Iterator[Site]:
    with serving(seeded_database_url, checkpoint_key=SIGNER.secret) as site:
        yield site


def head(site: Site) -> dict[str, Any]:
    return dict(verify_checkpoint(site.get("/checkpoint").text, SIGNER.verifier))


def leaves(site: Site, size: int) -> list[bytes]:
    """All digests, from the bundles that a client asks for."""
    content = b""
    for at in range(0, size, 256):
        width = min(256, size - at)
        path = f"/tile/entries/{at // 256:03}" + (f".p/{width}" if width < 256 else "")
        answer = site.get(path)
        assert answer.headers["cache-control"].endswith("immutable")
        content += answer.content
    return [content[at + 2 : at + ENTRY] for at in range(0, len(content), ENTRY)]


def continues(site: Site, before: dict[str, Any]) -> bool:
    """Whether a register has all that a signed head covered, by what it serves now."""
    after, size = head(site), before["tree_size"]
    if after["tree_size"] < size:
        return False
    every = leaves(site, after["tree_size"])
    proof = merkle.consistency_proof(every, size)
    return bool(merkle.verify_consistency(size, len(every), proof, before["root"], after["root"]))


@contextmanager
def another(models: Models, stage: str, claims: Iterable[Claim] = ()) -> Iterator[Site]:
    """A register, with these claims; a new one of the seed has other salts."""
    with contextmanager(models.copy)(stage) as url:
        if stage == "migrated":
            fill(url)
        with writing(url) as register:
            register.absorb(claims)
        with serving(url, checkpoint_key=SIGNER.secret) as site:
            yield site


def test_what_was_kept_shows_a_cut_a_fork_and_a_rewriting(sqlite: Models):
    claims, others = [*openings.claims(3)], [*openings.claims(6)]
    with another(sqlite, "seeded", claims) as site:
        before, kept = head(site), site.get("/health/ready").json()
        assert continues(site, before)
    for stage, recorded in (
        ("seeded", []),
        ("seeded", others[len(claims) :]),
        ("migrated", others),
    ):
        with another(sqlite, stage, recorded) as site:
            assert not continues(site, before)
            with writing(site.url) as register:
                assert [each for each in register.verify() if each.fault] == []
                (cut,) = register.verify([Head(kept["position"], kept["hash"])])
    assert cut.what == "its hash is not the one that was kept"


def test_the_signed_head_is_that_of_the_log_and_continues_the_one_before(
    signed: Site, seeded_database_url: str
):
    before = head(signed)
    with writing(seeded_database_url) as register:
        register.absorb(openings.claims(200))
        position = register.head().position
    after, events = head(signed), leaves(signed, before["tree_size"])
    assert before["ok"]
    assert after["ok"]
    assert after["tree_size"] == position > 512
    every = leaves(signed, after["tree_size"])
    log = signed.get("/api/v1/changes?page_size=1000").json()["data"]
    assert [event["digest"] for event in log] == [each.hex() for each in every[: len(log)]]
    assert every[: len(events)] == events
    assert continues(signed, before)
    assert signed.get("/tile/1/000.p/2").content == b"".join(
        merkle.merkle_tree_hash(every[at : at + 256]) for at in (0, 256)
    )


def test_the_proof_of_a_claim_holds_and_outlives_the_erasure_of_its_content(
    signed: Site, seeded_database_url: str
):
    position = 72
    proof = signed.get(f"/events/{position}.tlog-proof").text
    digest = leaves(signed, head(signed)["tree_size"])[position - 1]
    with writing(seeded_database_url) as register:
        register.erase(position, "by law")
    for text in (proof, signed.get(f"/events/{position}.tlog-proof").text):
        inclusion = verify_tlog_proof(text, digest, SIGNER.verifier, expected_origin=SIGNER.name)
        assert (inclusion["ok"], inclusion["index"]) == (True, position - 1)
        assert not verify_tlog_proof(text, b"x" * 32, SIGNER.verifier)["ok"]


def test_what_is_not_in_the_tree_is_missing(site: Site):
    for path in (
        *("/events/0.tlog-proof", "/events/999999.tlog-proof", "/tile/0/999", "/tile/0/000.p/255"),
        *("/tile/0/000.p/256", "/tile/00/000.p/1", "/tile/8/000.p/1", "/tile/0/x000/000.p/1"),
        *("/tile/0/0.p/1", "/tile/entries/001", "/tile/entries/../0/000"),
    ):
        assert site.get(path).status_code == 404, path


def test_without_a_key_the_head_is_stated_and_not_signed(site: Site):
    name, size, root, *others = site.get("/checkpoint").text.splitlines()
    assert (name, others) == (site.base.partition("://")[2], [])
    assert merkle.merkle_tree_hash(leaves(site, int(size))) == base64.b64decode(root)
    assert site.get("/events/1.tlog-proof").text.endswith(f"\n\n{name}\n{size}\n{root}\n")
