"""The control tower's process, put together: `uvicorn tower:create --factory`."""

from fastapi import FastAPI

from channels.parts import parts
from channels.registry import CHANNELS
from control_tower import app
from core import log
from core.messages import Part, Reply
from core.settings import Settings
from orchestrator.payment_desk import PaymentDesk
from storage.crypto import secret_key
from workers.dunning import remind


def create() -> FastAPI:
    """Factory for the server."""
    settings = Settings()
    log.setup(settings.log_format, key=secret_key(settings))
    return app.create(settings, cut, PaymentDesk, remind)


def cut(channel: str, reply: Reply) -> tuple[Part, ...]:
    """A person's answer as messages of a channel."""
    return parts(CHANNELS[channel], reply)
