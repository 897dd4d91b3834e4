"""The style sheet's colours are readable: WCAG AA, 4.5 to 1, in light and in dark."""

import re
from pathlib import Path

import pytest

from control_tower import words

CSS = (Path(words.__file__).parent / "static" / "tower.css").read_text()
ON = {
    "ink": ("ground", "panel", "raised", "accent-soft", "human", "bad", "warn"),
    "muted": ("ground", "panel", "raised", "accent-soft", "human", "bad", "warn"),
    "accent-text": ("panel", "accent-soft", "raised"), "accent-ink": ("accent",), "danger-ink": ("danger",),
    "warn-ink": ("warn", "panel"), "bad-ink": ("bad", "panel"), "good-ink": ("good", "panel"),
    "human-ink": ("human",), "rail-ink": ("rail",), "rail-on": ("rail",),
}  # fmt: skip


def colours(scheme: str) -> dict[str, tuple[int, ...]]:
    light, dark = re.findall(r":root {(.*?)}", CSS, re.DOTALL)
    found = re.findall(r"--([a-z-]+): #([0-9a-f]{6})", light if scheme == "light" else dark)
    return {name: tuple(bytes.fromhex(value)) for name, value in found}


def brightness(colour: tuple[int, ...]) -> float:
    parts = [value / 255 for value in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), [(text, ground) for text, grounds in ON.items() for ground in grounds])
def test_a_text_has_enough_contrast_on_its_ground(scheme, text, ground):
    known = colours(scheme)
    light, dark = sorted((brightness(known[text]), brightness(known[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
