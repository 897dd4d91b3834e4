"""A provider on loopback that plays recorded answers, one after the other, to the real SDKs."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from core.settings import Settings
from llm.base import Ask, Message

FIXTURES = Path(__file__).parent / "fixtures"
ASK = Ask(
    messages=(Message(role="system", content="Reword."), Message(role="user", content="<draft>Debes $10.00.</draft>")),
    draft="Debes $10.00.",
)
WEB_PAGE = {"status": 200, "headers": {"content-type": "text/html"}, "text": "<html>maintenance</html>"}


def recorded(name: str) -> dict[str, Any]:
    """One recorded answer."""
    found: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))
    return found


def completion(text: str | None, finish: str = "stop") -> dict[str, Any]:
    """A recorded good answer with another text and end."""
    answer = recorded("groq_chat_ok")
    answer["body"]["choices"][0] |= {"finish_reason": finish}
    answer["body"]["choices"][0]["message"]["content"] = text
    return answer


class Provider:
    """Plays `script` per provider (the last entry repeats); an entry may be the word `hang`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.script: dict[str, list[Any]] = {}
        self.requests: list[tuple[str, dict[str, Any]]] = []

    def plays(self, provider: str, *answers: Any) -> None:
        self.script[provider] = list(answers)

    def count(self, provider: str) -> int:
        return sum(name == provider for name, _ in self.requests)

    async def answer(self, request: web.Request) -> web.Response:
        provider = request.path.split("/")[1]
        spoken = request.content_type == "multipart/form-data"
        self.requests.append((provider, await _form(request) if spoken else await request.json()))
        script = self.script[provider]
        step = script.pop(0) if len(script) > 1 else script[0]
        if step == "hang":
            await asyncio.sleep(60)
        headers = {k: v for k, v in step["headers"].items() if k.lower() != "content-length"}
        body = step["text"] if "text" in step else json.dumps(step["body"])
        return web.Response(status=step["status"], headers=headers, body=body.encode())

    def settings(self, **changes: Any) -> Settings:
        given: dict[str, Any] = {
            "groq_api_key": "gsk_test", "groq_base_url": f"{self.url}/groq",
            "azure_openai_endpoint": f"{self.url}/azure", "azure_openai_key": "key",
            "azure_openai_deployment": "orkesta-mini", "azure_openai_api_version": "2024-10-21",
            "llm_turn_deadline_seconds": 5.0,
        }  # fmt: skip
        return Settings(**(given | changes))


async def _form(request: web.Request) -> dict[str, Any]:
    fields = await request.post()
    return {name: v if isinstance(v, str) else v.file.read().decode() for name, v in fields.items()}


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    app = web.Application()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
    playing: dict[str, Provider] = {}

    async def answer(request: web.Request) -> web.Response:
        return await playing["it"].answer(request)

    app.router.add_post("/{tail:.*}", answer)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    playing["it"] = Provider(f"http://127.0.0.1:{port}")
    yield playing["it"]
    await runner.cleanup()
