"""Folds names so that they are found and sorted alike on both databases.

SQLite's LIKE misses "Ä" for "ä" (DESIGN §7), so every name that people filter or sort by has a folded
twin, and what a person types is folded the same way before it is compared.
"""

import unicodedata
from functools import lru_cache

LONGEST_KEPT = 500  # characters; what is longer is folded anew each time, so that little is kept


def fold(text: str) -> str:
    """Case, accents and runs of white space do not count: ``fold("  Ärzte  Bund") == "arzte bund"``."""
    return _kept(text) if len(text) <= LONGEST_KEPT else fold_once(text)


def fold_once(text: str) -> str:
    """As ``fold``, for what nobody asks for again: it is not kept."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


_kept = lru_cache(maxsize=4096)(fold_once)
