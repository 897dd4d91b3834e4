"""Optional local tier: Ollama, or anything else that speaks the OpenAI protocol at OLLAMA_BASE_URL."""

import httpx2
import msgspec
import openai

from core.errors import ModelError
from core.settings import Settings
from llm import chat, tls
from llm.azure import ERRORS
from llm.base import Ask, Said


class Ollama:
    """A model on the tenant's own machine; it needs no key."""

    name = "ollama"

    def __init__(self, settings: Settings) -> None:
        base = settings.ollama_base_url.rstrip("/")
        self._client = openai.AsyncOpenAI(
            base_url=base if base.endswith("/v1") else f"{base}/v1",
            api_key="ollama",  # the SDK insists on one
            max_retries=0,
            timeout=httpx2.Timeout(settings.llm_turn_deadline_seconds, connect=1.0),
            http_client=openai.DefaultAsyncHttpxClient(verify=tls.context()),
        )
        self._model, self._takes_tools = settings.ollama_model, True

    async def complete(self, ask: Ask) -> Said:
        """Make one call; a model that knows no tools is asked without them from then on."""
        if not self._takes_tools:
            ask = msgspec.structs.replace(ask, tools=())
        try:
            return await chat.complete(self._client, self.name, self._model, ask, ERRORS, {})
        except ModelError as fault:
            if not ask.tools or "does not support tools" not in str(fault):
                raise
        self._takes_tools = False
        return await self.complete(ask)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
