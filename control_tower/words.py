"""The pages' words in Spanish, English and Portuguese: one file a language, with equal keys."""

import tomllib
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "texts"
LANGUAGES = ("es", "en", "pt")
TEXTS: dict[str, dict[str, str]] = {
    language: tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8")) for language in LANGUAGES
}


class Words:
    """One language: `t("inbox")`, `t("held_by", who="Ana")`, and `t.one_of("status", "sent")` with a fallback."""

    def __init__(self, language: str) -> None:
        self.language = language if language in TEXTS else "es"
        self._texts = TEXTS[self.language]

    def __call__(self, key: str, /, **values: Any) -> str:
        return self._texts[key].format(**values) if values else self._texts[key]

    def one_of(self, group: str, name: str | None) -> str:
        """The word for a value that comes from data; an unknown one is shown as it is."""
        return self._texts.get(f"{group}_{name}", name or "")

    def ago(self, seconds: float) -> str:
        """A length of time, short."""
        for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
            if seconds >= size:
                return f"{int(seconds // size)} {unit}"
        return f"{max(0, int(seconds))} s"


def preferred(accept_language: str) -> str:
    """The language that a browser asks for, among ours."""
    asked = [part.split(";")[0].strip()[:2].lower() for part in accept_language.split(",")]
    return next((each for each in asked if each in TEXTS), "es")
