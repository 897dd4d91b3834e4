"""What must always be true: one SQL file a rule, each of which must return no row.

Run at the end of every flow and fault test, and in production on a schedule: `await check(resources)`. The first
comment of a file says the rule in one sentence. Parameter 1 is the time from which rows are looked at.
"""

from datetime import UTC, datetime
from pathlib import Path

from core.messages import Struct
from storage.resources import Resources

_FOLDER = Path(__file__).parent
_SHOWN = 50
_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


class Breach(Struct):
    """A row that should not exist: which rule it breaks, of which tenant, and where."""

    rule: str
    tenant: str
    subject: str
    detail: str


def rules() -> dict[str, str]:
    """Every rule by name, with the sentence that says it."""
    return {path.stem: _sentence(path.read_text()) for path in sorted(_FOLDER.glob("*.sql"))}


async def check(resources: Resources, *, since: datetime | None = None, most: int = _SHOWN) -> list[Breach]:
    """Run every rule on what was written since then (default: ever); at most `most` breaches of each rule."""
    breaches: list[Breach] = []
    for path in sorted(_FOLDER.glob("*.sql")):
        rows = await resources.pg.fetch(f"SELECT * FROM ({path.read_text()}) x LIMIT {most}", since or _ALWAYS)
        breaches += [
            Breach(rule=path.stem, tenant=row["tenant_id"], subject=row["subject"], detail=row["detail"])
            for row in rows
        ]
    return breaches


def _sentence(sql: str) -> str:
    lines = [line.removeprefix("-- ").strip() for line in sql.splitlines() if line.startswith("--")]
    return " ".join(lines)
