"""The chat page at `/`: a phone with the skin of each channel, and the traffic beside it."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from emulator.accounts import Persona
from emulator.labels import HINTS, LANGUAGES, chosen, labels
from emulator.world import World

HERE = Path(__file__).parent
SAFE = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data: https: http:; media-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
# A customer for each account whose tenant brought no personas along.
STRANGERS = {
    "telegram": "100000001",
    "instagram": "6841100000000001",
    "email": "cliente@example.com",
}
STRANGER_PHONE = "+5215512345678"
NO_PHONE = frozenset({"web", "stripe"})  # accounts without a chat to show


class Page:
    """Renders the page and serves its files."""

    def __init__(self, world: World) -> None:
        self._world = world
        loader = FileSystemLoader(HERE / "templates")
        self._template = Environment(loader=loader, autoescape=select_autoescape()).get_template("page.html")

    def routes(self) -> list[BaseRoute]:
        """The page and its static files."""
        return [Route("/", self.page), Mount("/static", StaticFiles(directory=HERE / "static"))]

    async def page(self, request: Request) -> Response:
        """The page in the visitor's language."""
        language = chosen(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))
        known = self._world.accounts
        accounts = [account for account in known.all() if account.channel not in NO_PHONE]
        tenants = {a.tenant: known.tenants.get(a.tenant) or str(a.settings.get("name", a.tenant)) for a in accounts}
        boot: dict[str, Any] = {
            "labels": labels(language),
            "hints": HINTS,
            "tenants": tenants,
            "accounts": [{"tenant": a.tenant, "channel": a.channel} for a in accounts],
            "personas": [_shown(persona) for persona in self._personas(language)],
        }
        html = self._template.render(
            t=boot["labels"], language=language, languages=LANGUAGES, tenants=tenants, boot=boot
        )
        return HTMLResponse(html, headers=SAFE)

    def _personas(self, language: str) -> list[Persona]:
        told = list(self._world.accounts.personas.values())
        having = {(persona.tenant, persona.channel) for persona in told}
        having |= {(tenant, "whatsapp") for tenant, channel in having if channel.startswith("whatsapp_")}
        for account in self._world.accounts.all():
            names = {account.channel, "whatsapp"} if account.channel.startswith("whatsapp_") else {account.channel}
            if account.channel in NO_PHONE or any((account.tenant, name) in having for name in names):
                continue
            sender = STRANGERS.get(account.channel, STRANGER_PHONE)
            told.append(
                Persona(
                    tenant=account.tenant,
                    name="Ana Prueba" if language == "es" else "Ana Teste" if language == "pt" else "Ana Tester",
                    channel=account.channel,
                    sender=sender,
                    locale=language,
                    hints=HINTS[language],
                )
            )
        return told


def _shown(persona: Persona) -> dict[str, Any]:
    return {
        "tenant": persona.tenant,
        "name": persona.name,
        "channel": persona.channel,
        "from": persona.sender,
        "locale": persona.locale,
        "hints": list(persona.hints),
    }
