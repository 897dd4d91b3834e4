"""A Groq-compatible model on loopback for fault runs: says the draft it was given, or misbehaves as it is told."""

import asyncio
import itertools
import re
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from bench.httpd import Call, Given, Httpd

_DRAFT = re.compile(r"<draft>(.*)</draft>", re.DOTALL)
_encode = msgspec.json.Encoder().encode
_LIMITED = (
    b'{"error":{"message":"Rate limit reached for model in organization on tokens per minute (TPM)","type":"tokens",'
    b'"code":"rate_limit_exceeded"}}'
)
_DOWN = b'{"error":{"message":"Internal Server Error","type":"internal_server_error"}}'

# What the model does with a call: None answers it; a status refuses it; "hang" takes it and never answers.
Mood = int | Literal["hang"] | None


class _Message(msgspec.Struct):
    role: str
    content: str | None = ""


class _Asked(msgspec.Struct):
    model: str
    messages: list[_Message]


_asked = msgspec.json.Decoder(_Asked)


class Model:
    """Counts what it did with each call; `mood` is asked for every one. It calls `tool` before it words a draft."""

    def __init__(self, tool: str = "") -> None:
        self._tool = tool
        self.mood: Callable[[], Mood] = lambda: None
        self.answered = self.refused = self.hung = 0
        self._numbers = itertools.count(1)
        self._httpd = Httpd(self._handle)

    async def __aenter__(self) -> "Model":
        await self._httpd.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._httpd.__aexit__()

    def environment(self, deadline_seconds: float) -> dict[str, str]:
        """What makes `orkesta worker` ask this model first."""
        return {
            "GROQ_API_KEY": "gsk_loopback", "GROQ_BASE_URL": self._httpd.url,
            "LLM_TURN_DEADLINE_SECONDS": str(deadline_seconds),
        }  # fmt: skip

    async def _handle(self, call: Call) -> Given | None:
        if not call.path.endswith("/chat/completions"):
            return Given(404, b'{"error":{"message":"Unknown request URL","code":"unknown_url"}}')
        mood = self.mood()
        if mood == "hang":
            self.hung += 1
            await asyncio.Event().wait()  # until the caller has had enough
        if isinstance(mood, int):
            self.refused += 1
            return _refusal(mood)
        self.answered += 1
        return Given(200, _encode(_completion(_asked.decode(call.body), next(self._numbers), self._tool)))


def _refusal(status: int) -> Given:
    return Given(429, _LIMITED, (("retry-after", "1"),)) if status == 429 else Given(status, _DOWN)


def _completion(asked: _Asked, number: int, tool: str) -> dict[str, Any]:
    said = [message.content or "" for message in asked.messages]
    message: dict[str, Any]
    if tool and asked.messages[-1].role != "tool":
        function = {"name": tool, "arguments": "{}"}
        calls = [{"id": f"fc_{number}", "type": "function", "function": function}]
        text, message, finish = "", {"content": None, "tool_calls": calls}, "tool_calls"
    else:
        found = _DRAFT.search("\n".join(said[1:]))  # after the system's words, which name the tag as well
        text = found.group(1) if found else said[-1]
        message, finish = {"content": text}, "stop"
    spent = {"prompt_tokens": sum(map(len, said)) // 4, "completion_tokens": len(text) // 4}
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return {
        "id": f"chatcmpl-{number}", "object": "chat.completion", "created": 0, "model": asked.model,
        "choices": [choice], "usage": {**spent, "total_tokens": sum(spent.values())},
    }  # fmt: skip
