"""First tier: Groq, through its own SDK with retries off."""

import json

import groq
import httpx

from core.settings import Settings
from llm import chat, tls
from llm.base import Ask, Said, Speech

_ERRORS = chat.SdkErrors(
    status=groq.APIStatusError,
    timeout=groq.APITimeoutError,
    base=groq.APIError,
    raw=(httpx.HTTPError, json.JSONDecodeError),  # both escape from this SDK
)


class Groq:
    """The small model words and routes, the large one sells, a third one hears."""

    name = "groq"

    def __init__(self, settings: Settings) -> None:
        self._client = groq.AsyncGroq(
            api_key=settings.groq_api_key,
            base_url=settings.groq_base_url or None,  # without /openai/v1: the SDK adds it
            max_retries=0,
            timeout=httpx.Timeout(settings.llm_turn_deadline_seconds, connect=2.0),
            http_client=groq.DefaultAsyncHttpxClient(verify=tls.context()),
        )
        small, large = settings.llm_model_small, settings.llm_model_large
        self._models = {"phrase": small, "route": small, "sales": large}
        self._ear = settings.llm_model_transcription

    @property
    def hears(self) -> bool:
        """An empty name switches it off."""
        return bool(self._ear)

    async def complete(self, ask: Ask) -> Said:
        """Make one call."""
        model = self._models[ask.task]
        # without this the reasoning eats the tokens of the answer
        extra = {"reasoning_effort": "low"} if "gpt-oss" in model else {}
        return await chat.complete(self._client, self.name, model, ask, _ERRORS, extra)

    async def transcribe(self, speech: Speech) -> Said:
        """Write a speech down."""
        return await chat.transcribe(self._client, self.name, self._ear, speech, _ERRORS)

    async def missing(self) -> list[str]:
        """The configured models that Groq does not list; raises ModelError when it cannot be asked."""
        listed = await chat.listed(self._client, self.name, _ERRORS)
        return sorted({*self._models.values(), *filter(None, [self._ear])} - listed)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
