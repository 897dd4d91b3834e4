"""Recorded shapes of the providers: `tests/payments/fixtures/<provider>/*.json`."""

import json
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent / "fixtures"


def recorded(provider: str, name: str) -> Any:
    """One file's JSON."""
    return json.loads((FIXTURES / provider / f"{name}.json").read_text())
