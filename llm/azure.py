"""Second tier: Azure OpenAI; a deployment with an API version, or the v1 endpoint when none is given."""

import json

import httpx2
import openai

from core.settings import Settings
from llm import chat, tls
from llm.base import Ask, Said, Speech

ERRORS = chat.SdkErrors(
    status=openai.APIStatusError,
    timeout=openai.APITimeoutError,
    base=openai.APIError,
    raw=(httpx2.HTTPError, json.JSONDecodeError),
)


def client(settings: Settings, seconds: float) -> openai.AsyncOpenAI:
    """The SDK's client for the configured resource, each call within `seconds`."""
    timeout = httpx2.Timeout(seconds, connect=2.0)
    http = openai.DefaultAsyncHttpxClient(verify=tls.context())
    endpoint, key = settings.azure_openai_endpoint.rstrip("/"), settings.azure_openai_key
    if version := settings.azure_openai_api_version:
        return openai.AsyncAzureOpenAI(
            azure_endpoint=endpoint, api_version=version, api_key=key, max_retries=0, timeout=timeout, http_client=http
        )
    return openai.AsyncOpenAI(
        base_url=f"{endpoint}/openai/v1/", api_key=key, max_retries=0, timeout=timeout, http_client=http
    )


class Azure:
    """A deployment for every task, others for sales and speech if they are named: their models are chosen in Azure."""

    name = "azure"

    def __init__(self, settings: Settings) -> None:
        self._client = client(settings, settings.llm_turn_deadline_seconds)
        usual = settings.azure_openai_deployment
        self._deployments = {"sales": settings.azure_openai_deployment_large or usual}
        self._usual, self._ear = usual, settings.azure_openai_deployment_transcription

    @property
    def hears(self) -> bool:
        """Speech needs a deployment of its own."""
        return bool(self._ear)

    async def complete(self, ask: Ask) -> Said:
        """Make one call."""
        deployment = self._deployments.get(ask.task, self._usual)
        return await chat.complete(self._client, self.name, deployment, ask, ERRORS, {})

    async def transcribe(self, speech: Speech) -> Said:
        """Write a speech down."""
        return await chat.transcribe(self._client, self.name, self._ear, speech, ERRORS)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
