"""The control tower's process, put together: `uvicorn tower:create --factory`."""

from fastapi import FastAPI

from channels.parts import parts
from channels.registry import CHANNELS
from control_tower import app
from control_tower.golden import Stage
from core import log
from core.messages import Part, Reply
from core.settings import Settings
from emulator.golden import flows
from orchestrator.payment_desk import PaymentDesk
from storage.crypto import secret_key
from workers.dunning import remind
from workers.golden import begin


def create() -> FastAPI:
    """Factory for the server."""
    settings = Settings()
    log.setup(settings.log_format, key=secret_key(settings))
    return app.create(settings, cut, PaymentDesk, remind, Stage(flows(), begin))


def cut(channel: str, reply: Reply) -> tuple[Part, ...]:
    """A person's answer as messages of a channel."""
    return parts(CHANNELS[channel], reply)
