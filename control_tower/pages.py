"""Rendering: one environment for all pages, with the words of the user's language."""

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from control_tower.words import LANGUAGES, Words, preferred
from core.clock import rfc3339
from storage.users import User

_FOLDER = Path(__file__).parent
_ICONS = {
    path.stem: Markup(path.read_text("utf-8"))
    for path in sorted((_FOLDER / "static" / "icons").glob("*.svg"))
}


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.globals |= {"icon": _ICONS.__getitem__, "languages": LANGUAGES}
    made.filters |= {"url": lambda text: quote(text, safe=""), "clock": _clock, "iso": rfc3339, "initials": _initials}
    return made


def render(request: Request, template: str, *, status: int = 200, user: User | None = None, **values: Any) -> Response:
    """Answer with a page in the user's language, or the browser's before signing in."""
    language = user.locale if user else preferred(request.headers.get("accept-language", ""))
    now = request.app.state.resources.clock.now()
    page = _PAGES.get_template(template).render(
        t=Words(language), user=user, path=request.url.path, query=request.url.query, now=now, **values
    )
    return HTMLResponse(page, status)


def _clock(moment: datetime, timezone: str, now: datetime) -> str:
    """The time of day, with the date when it is another day."""
    local, today = moment.astimezone(ZoneInfo(timezone)), now.astimezone(ZoneInfo(timezone))
    return local.strftime("%H:%M" if local.date() == today.date() else "%d/%m %H:%M")


def _initials(name: str) -> str:
    letters = [word[0] for word in name.split() if word[0].isalnum()]
    return "".join(letters[:2]).upper() or "·"


_PAGES = _environment()
