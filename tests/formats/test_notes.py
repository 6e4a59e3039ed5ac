"""The key that signs the head of the ledger, and the addresses of tiles."""

import pytest

from app.formats.notes import Signer, place_of


def test_a_key_is_read_again_and_no_other_text_is_one() -> None:
    made = Signer.made("register.example/ouvertures")
    assert Signer.read(made.secret).verifier == made.verifier
    for wrong in (
        made.secret.replace("ouvertures", "other"),
        made.verifier,
        "",
        "PRIVATE+KEY+a+0+b",
    ):
        with pytest.raises(ValueError, match="a key"):
            Signer.read(wrong)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("0/000", (0, 0, 256)),
        ("2/x001/234.p/7", (2, 1_234, 7)),
        ("entries/000.p/1", (None, 0, 1)),
        ("8/000", None),
        ("00/000", None),
        ("0/x000/001", None),
        ("0/000.p/256", None),
        ("0/000.p/0", None),
        ("0/1", None),
    ],
)
def test_a_tile_has_one_address(path: str, place: tuple[int | None, int, int] | None) -> None:
    assert place_of(path) == place
