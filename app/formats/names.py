"""Permanent names, made of titles once: they are kept, and never made again."""

from slugify import slugify

LONGEST_NAME = 100


def permanent_name(title: str, longest: int = LONGEST_NAME) -> str:
    """A name for an address: an apostrophe parts words, as a hyphen does."""
    return slugify(
        title,
        max_length=longest,
        replacements=(("’", "-"), ("'", "-")),
        backend="text-unidecode",  # the same name everywhere, whatever else is installed
    )
