"""Who can sign in to a fresh control tower, and where the password lies; light enough for the supervisor."""

from pathlib import Path

FIRST = "admin@orkesta.local"


def first_password(home: Path) -> Path:
    """The file with the first password, readable by its owner only; people may delete it."""
    return home / "tower_password"
