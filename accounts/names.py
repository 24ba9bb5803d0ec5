"""Names of people as they are kept and compared."""

import unicodedata

from accounts.errors import Refusal

MAX_LENGTH = 50
# How keyboards write the dot in 阿卜杜拉·买买提.
_DOTS = str.maketrans(dict.fromkeys("•・‧∙．", "·"))
_JOINERS = frozenset(" ·-'’.")


class NameInvalid(Refusal):
    """Empty, too long, or with characters that no name has."""


def normalised_name(text: str) -> str:
    """Trim, join inner white space, unify dots and full-width letters. Raises NameInvalid."""
    name = " ".join(unicodedata.normalize("NFKC", text.translate(_DOTS)).split())
    # Letters and their marks; private-use characters stand for rare characters that fonts lack (生僻字).
    if not all(char in _JOINERS or unicodedata.category(char)[0] in "LM" or unicodedata.category(char) == "Co" for char in name):
        raise NameInvalid(field="name")
    if not (0 < len(name) <= MAX_LENGTH and any(char not in _JOINERS for char in name)):
        raise NameInvalid(field="name")
    return name


def is_same_name(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
