"""The golden flows, from the files in emulator/flows: one conversation a file, in each language, on each channel.

To add one, write a file: `title`, `channels`, then a table for each language with its `tenant` and its `steps`.
"""

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from core.golden import Expected, Flow
from core.messages import Struct

_FOLDER = Path(__file__).parent / "flows"


class _Part(Struct):
    """One language of a file."""

    tenant: str
    steps: tuple[Expected, ...]
    channels: tuple[str, ...] = ()  # instead of the file's


class _File(Struct):
    """One file."""

    title: dict[str, str]  # by the reader's language
    channels: tuple[str, ...]
    es: _Part | None = None
    en: _Part | None = None
    pt: _Part | None = None


@cache
def flows() -> tuple[Flow, ...]:
    """All of them, by name."""
    return tuple(flow for path in sorted(_FOLDER.glob("*.toml")) for flow in _read(path))


def _read(path: Path) -> list[Flow]:
    file = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
    return [
        Flow(
            name=f"{path.stem}-{language}-{channel.replace('_', '-')}", title=file.title, tenant=part.tenant,
            channel=channel, language=language, steps=part.steps,
        )
        for language in ("es", "en", "pt") if (part := getattr(file, language))
        for channel in part.channels or file.channels
    ]  # fmt: skip
