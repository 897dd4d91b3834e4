"""The first call through an SDK imports and builds a third of a second's worth: made once, before processes fork."""

import asyncio
import logging

import msgspec

from core.errors import ModelError
from core.settings import Settings
from llm.base import Ask, Message
from llm.ladder import tiers

log = logging.getLogger("orkesta.llm")
_SECONDS = 5.0
_ANSWER = msgspec.json.encode(
    {
        "id": "rehearsal", "object": "chat.completion", "created": 0, "model": "rehearsal",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
)  # fmt: skip
_ASK = Ask(messages=(Message(role="system", content="ok"), Message(role="user", content="ok")), draft="ok")


async def rehearse(settings: Settings) -> None:
    """Ask each configured tier once, at a server of our own on the loopback: nothing leaves, nothing is kept."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    here = {"groq_base_url": base, "azure_openai_endpoint": base, "ollama_base_url": base}
    known = {name: url for name, url in here.items() if getattr(settings, name) or name == "groq_base_url"}
    async with server:
        for tier in tiers(settings.model_copy(update=known)):
            try:
                async with asyncio.timeout(_SECONDS):
                    await tier.complete(_ASK)
            except (ModelError, TimeoutError) as fault:  # the first real call pays for it, as without a rehearsal
                log.warning("llm.not_rehearsed", extra={"tier": tier.name, "fault": type(fault).__name__})
            finally:
                await tier.close()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    await reader.readexactly(int(length.partition(b":")[2]))
    writer.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
        b"content-length: %d\r\n\r\n%s" % (len(_ANSWER), _ANSWER)
    )
    await writer.drain()
    writer.close()
