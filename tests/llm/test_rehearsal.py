"""The first call is made before processes fork, to nobody but ourselves."""

import os
import subprocess
import sys
from pathlib import Path

from core.settings import Settings
from llm import rehearsal
from llm.rehearsal import rehearse

_MEASURE = """
import asyncio, logging, time
from core.settings import Settings
from llm.rehearsal import rehearse
logging.basicConfig(level="WARNING")
for _ in range(2):
    started = time.process_time()
    asyncio.run(rehearse(Settings()))
    print(time.process_time() - started)
"""


async def test_every_configured_tier_is_asked_and_none_of_its_real_addresses(
    provider, settings: Settings, monkeypatch, caplog
):
    asked: list[str] = []
    serve = rehearsal._serve

    async def spy(reader, writer):
        asked.append("ours")
        await serve(reader, writer)

    monkeypatch.setattr(rehearsal, "_serve", spy)
    configured = settings.model_copy(
        update={
            "groq_api_key": "k", "groq_base_url": f"{provider.url}/groq", "azure_openai_key": "k",
            "azure_openai_endpoint": f"{provider.url}/azure", "azure_openai_deployment": "d",
            "ollama_base_url": f"{provider.url}/ollama",
        }
    )  # fmt: skip
    await rehearse(configured)
    assert asked == ["ours"] * 3
    assert provider.requests == []
    assert not caplog.records


async def test_without_a_model_there_is_nothing_to_rehearse(settings: Settings, caplog):
    await rehearse(settings.model_copy(update={"groq_api_key": ""}))
    assert not caplog.records


def test_a_second_call_has_little_left_to_do():
    """What the rehearsal is for; the figures differ tenfold and more, so that noise cannot turn them round."""
    keys = {"GROQ_API_KEY": "k", "AZURE_OPENAI_ENDPOINT": "https://x.invalid", "AZURE_OPENAI_KEY": "k",
            "AZURE_OPENAI_DEPLOYMENT": "d"}  # fmt: skip
    root = Path(__file__).parents[2]
    told = subprocess.run(
        [sys.executable, "-c", _MEASURE],
        cwd=root,
        env={**os.environ, **keys},
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = map(float, told.stdout.split())
    assert second < first / 3, told
    assert not told.stderr
