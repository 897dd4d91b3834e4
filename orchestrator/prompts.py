"""The prompts are files: `prompts/<version>/<agent>.<locale>.md` below `rules` and `tools` of the same version.

A version without `tools.<locale>.md` offers a model no tools: it only words drafts.

A version need not have all files: what it lacks is that of the version before it. A tenant names the version that it
uses, or two that are compared: then each customer always gets the same one of them.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from core.messages import Struct

FOLDER = Path(__file__).parent / "prompts"
_Files = dict[tuple[str, str], str]  # (agent or `rules`, locale) → text


class Prompt(Struct):
    """What a model is told to be, and the version that says so; `tools`: it says when to call one."""

    version: str
    text: str
    tools: bool = False


def _load() -> dict[str, _Files]:
    versions: dict[str, _Files] = {}
    before: _Files = {}
    for folder in sorted((path for path in FOLDER.iterdir() if path.is_dir()), key=_number):
        own = {_name(path): path.read_text("utf-8").strip() for path in folder.glob("*.md")}
        before = versions[folder.name] = {**before, **own}
    return versions


def _number(folder: Path) -> int:
    return int(folder.name.removeprefix("v"))


def _name(path: Path) -> tuple[str, str]:
    name, _, locale = path.stem.partition(".")
    return name, locale


_VERSIONS = _load()
VERSIONS = tuple(_VERSIONS)  # oldest first
DEFAULT = "v3"


def choose(wanted: Sequence[str], tenant: str, customer: int) -> str:
    """The version for a customer: of two, half of the customers get each, and each customer always the same."""
    known = [version for version in wanted if version in _VERSIONS] or [DEFAULT]
    if len(known) == 1:
        return known[0]
    drawn = hashlib.sha256(f"{tenant}:{customer}:{'/'.join(known)}".encode()).digest()
    return known[drawn[0] % len(known)]


def prompt(version: str, agent: str, locale: str) -> Prompt | None:
    """The system prompt of an agent; None when its words are never changed."""
    files = _VERSIONS[version]
    own, rules, tools = (files.get((name, locale)) for name in (agent, "rules", "tools"))
    if not (own and rules):
        return None
    return Prompt(version=version, text="\n\n".join(filter(None, (rules, tools, own))), tools=bool(tools))
