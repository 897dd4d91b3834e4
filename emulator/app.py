"""The emulator's web application: providers, control, chat page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from core.errors import Refused
from core.settings import Settings
from emulator import smtp
from emulator.azure import Azure
from emulator.control import Control, refused, unknown
from emulator.graph import Graph
from emulator.groq import Groq
from emulator.inbound import Inbox
from emulator.page import Page
from emulator.stripe import Stripe
from emulator.stripe_pay import PayPage
from emulator.telegram import Telegram
from emulator.twilio import Twilio
from emulator.world import World


def create_app(settings: Settings, *, base_url: str = "", api_url: str = "", smtp_port: int | None = None) -> Starlette:
    """Build the application; `base_url` is where it is reached itself, `api_url` where webhooks are posted."""
    world = World(settings, base_url=base_url, api_url=api_url)
    graph, telegram, stripe = Graph(world), Telegram(world), Stripe(world)
    control = Control(world, Inbox(world, telegram))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=world.limits.webhook_timeout_seconds)
        connector = aiohttp.TCPConnector(limit=256)
        mail_port = settings.sandbox_smtp_port if smtp_port is None else smtp_port
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=connector, auto_decompress=False) as http,
            smtp.listening(world, settings.host, mail_port) as app.state.smtp_port,
        ):
            world.accounts.load()
            world.open(http)
            stripe.load()
            yield
            stripe.save()
            await world.sender.close()

    app = Starlette(
        routes=[
            *graph.routes(),
            *telegram.routes(),
            *Twilio(world).routes(),
            *stripe.routes(),
            *PayPage(stripe).routes(),
            *Groq(world).routes(),
            *Azure(world).routes(),
            *control.routes(),
            *Page(world).routes(),
        ],
        exception_handlers={
            **dict.fromkeys((Refused, msgspec.ValidationError, msgspec.DecodeError), refused),
            HTTPException: unknown,
        },
        lifespan=lifespan,
    )
    app.state.world, app.state.stripe = world, stripe
    return app
