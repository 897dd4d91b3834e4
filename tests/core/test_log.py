"""What a process writes to its log: facts of ours, and of everybody else's words nothing that could name a person."""

import json
import logging
import subprocess
import sys

import pytest

from core import log

SECRET = "kanari-7Zq"
# Whatever a process of ours may say without meaning to, each with the secret in it.
PROCESS = f"""
import asyncio, logging, sys, warnings
from core import log
from core.errors import OrkestaError
log.setup({{style!r}}, logging.DEBUG, key="k")
logging.getLogger("httpx").error("HTTP Request: %s", "https://api/bot{SECRET}/sendMessage")
logging.getLogger("twilio").error("Headers: {SECRET}")
logging.getLogger("orkesta.x").info("fact", extra={{{{"count": 1}}}})
warnings.warn("transport of {SECRET} was not closed", ResourceWarning)
async def fails():
    raise ValueError("{SECRET}")
async def main():
    asyncio.get_running_loop().create_task(fails())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
asyncio.run(main(), debug=True)
try:
    raise KeyError("{SECRET}")
except KeyError:
    logging.getLogger("orkesta.x").exception("turn.failed")
{{end}}
"""


def run(style: str, end: str) -> str:
    code = PROCESS.format(style=style, end=end)
    return subprocess.run([sys.executable, "-W", "always", "-c", code], capture_output=True, text=True).stderr


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_process_tells_types_and_places_but_no_words(style: str) -> None:
    said = run(style, f"raise RuntimeError('{SECRET}')")
    assert SECRET not in said
    for told in ("httpx HTTP Request: %s", "ResourceWarning", "ValueError", "KeyError", "RuntimeError", "<string>:"):
        assert told in said
    assert ("fact count=1" if style == "text" else '"event": "fact", "count": 1') in said


def test_an_error_of_ours_that_ends_a_process_says_what_is_wrong() -> None:
    line = run("json", "raise OrkestaError('ORKESTA_SECRET_KEY is required')").splitlines()[-1]
    told = json.loads(line)
    assert (told["event"], told["reason"]) == ("process.failed", "ORKESTA_SECRET_KEY is required")


def test_a_reference_is_stable_and_tells_whose_but_not_who(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_key", b"1")
    conversation = "acme:whatsapp_twilio:whatsapp:+12025550198:whatsapp:+5215555000199"
    assert log.ref(conversation) == log.ref(conversation)
    assert log.ref(conversation).startswith("acme:whatsapp_twilio:")
    assert "5550" not in log.ref(conversation)
    assert ":" not in log.ref("+5215555000199")
    monkeypatch.setattr(log, "_key", b"2")
    assert len({log.ref(conversation), log.ref("acme:whatsapp_twilio:whatsapp:+12025550198:x")}) == 2


def test_a_foreign_record_keeps_its_template() -> None:
    record = logging.makeLogRecord({"name": "aiohttp.client", "msg": "to %s", "args": ("here",), "levelname": "ERROR"})
    assert "aiohttp.client to %s" in log.TextFormatter().format(record)
