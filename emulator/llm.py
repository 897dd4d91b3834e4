"""Chat completions and transcriptions in the OpenAI protocol: what Groq and Azure have in common."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from emulator import obedience
from emulator.answerer import Said, ToolCall, say, text_of
from emulator.asgi import answer, encode
from emulator.faults import Fault
from emulator.world import Call, World

Json = dict[str, Any]


def read(body: bytes) -> Json | None:
    """The request, or None when it is no chat completion."""
    try:
        given = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        return None
    messages = given.get("messages")
    return given if isinstance(messages, list) and messages else None


def spoiled(said: Said, fault: Fault | None) -> tuple[Said, str]:
    """What a fault program makes of an answer, and its finish reason."""
    usual = "tool_calls" if said.calls else "stop"
    kind = fault.kind if fault else ""
    if kind == "empty":
        return Said(), "stop"
    if kind == "truncated":
        return Said(text=said.text[: max(1, len(said.text) // 2)]), "length"
    if kind == "content_filter":
        return Said(), "content_filter"
    if kind == "malformed_tool_call":
        name = said.calls[0].name if said.calls else "unknown_tool"
        return Said(calls=(ToolCall(name=name, arguments='{"query": "cut'),)), "tool_calls"
    return said, usual


def completion(given: Json, said: Said, finish: str, *, prefix: str, model: str, now: float) -> Json:
    """A chat.completion object."""
    message: Json = {"role": "assistant", "content": None if said.calls else said.text}
    if said.calls:
        message["tool_calls"] = [_called(call, prefix) for call in said.calls]
    asked = sum(len(text_of(m)) for m in given["messages"] if isinstance(m, dict)) // 4 + 8
    spent = max(1, (len(said.text) + sum(len(call.arguments) for call in said.calls)) // 4)
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": "chat.completion",
        "created": int(now),
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": {"prompt_tokens": asked, "completion_tokens": spent, "total_tokens": asked + spent},
        "system_fingerprint": "fp_emulator",
    }


def _called(call: ToolCall, prefix: str) -> Json:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": f"{prefix}_{secrets.token_hex(8)}", "type": "function", "function": function}


def respond(given: Json, whole: Json, headers: dict[str, str]) -> Response:
    """The completion as one body, or as server-sent chunks when a stream was asked for."""
    if not given.get("stream"):
        return answer(whole, 200, headers)
    return StreamingResponse(_chunks(given, whole), headers=headers, media_type="text/event-stream")


async def _chunks(given: Json, whole: Json) -> AsyncIterator[bytes]:
    choice = whole["choices"][0]
    message = choice["message"]
    head = {key: whole[key] for key in ("id", "created", "model", "system_fingerprint")}
    pieces: list[Json] = [{"role": "assistant", "content": ""}]
    pieces += [{"content": f"{word} "} for word in (message["content"] or "").split(" ") if word]
    pieces += [{"tool_calls": [{"index": n, **call}]} for n, call in enumerate(message.get("tool_calls") or [])]
    for piece in pieces:
        yield _chunk(head, [{"index": 0, "delta": piece, "finish_reason": None}])
        await asyncio.sleep(0)
    yield _chunk(head, [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}])
    if (given.get("stream_options") or {}).get("include_usage"):
        yield _chunk(head, [], whole["usage"])
    yield b"data: [DONE]\n\n"


def _chunk(head: Json, choices: list[Json], usage: Json | None = None) -> bytes:
    chunk = {**head, "object": "chat.completion.chunk", "choices": choices, "usage": usage}
    return b"data: " + encode(chunk) + b"\n\n"


async def transcribed(request: Request, world: World) -> Response | None:
    """Answer a transcription request with what is registered for the file; None: no file was sent."""
    async with request.form() as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            return None
        data, shape = await file.read(), str(form.get("response_format") or "json")
        tongue = str(form.get("language") or "es")
    text = world.transcripts.get(hashlib.sha256(data).hexdigest(), "")
    if shape == "text":
        return PlainTextResponse(text)
    if shape == "verbose_json":
        segment = {"id": 0, "seek": 0, "start": 0, "end": 1.0, "text": text, "tokens": [], "temperature": 0}
        return answer({"task": "transcribe", "language": tongue, "duration": 1.0, "text": text, "segments": [segment]})
    return answer({"text": text})


def call_of(provider: str, method: str, body: bytes) -> Call:
    """How a model request is named to fault programs and in the wire log."""
    return Call(provider=provider, method=method, body=body)


def complete(given: Json, fault: Fault | None) -> tuple[Said, str]:
    """Let the model speak, for an attacker when a fault program says so."""
    if fault and fault.kind == "obeys":
        said = obedience.say(given, fault)
        return said, "tool_calls" if said.calls else "stop"
    return spoiled(say(given), fault)
