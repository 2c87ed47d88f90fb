"""Names of people and units as a text may hold them: without accents, case and punctuation."""

import re
from unicodedata import normalize

FOLDED_FROM, FOLDED_TO = "ÁÉÍÓÚÜÑáéíóúüñ", "AEIOUUNaeiouun"
"""What stands for what before a name is compared; the database translates by the same two texts."""

_LEAST = 4
_FOLD = str.maketrans(FOLDED_FROM, FOLDED_TO)


def folded_name(name: str) -> str | None:
    """Words of small letters and digits, one space apart; None for what is too short to tell anybody apart."""
    plain = normalize("NFC", name).translate(_FOLD).lower()
    words = re.sub("[^a-z0-9]+", " ", plain).strip()
    return words if len(words) >= _LEAST else None
