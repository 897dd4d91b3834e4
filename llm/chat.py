"""One call in the OpenAI protocol, for the groq and openai SDKs; success is judged here, not by them."""

import base64
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from llm.base import Ask, Message, Said, Speech, ToolCall, ToolSpec
from llm.faults import error, of_status


class SdkErrors(NamedTuple):
    """The exception classes of one SDK, and raw ones that escape from it."""

    status: type[Exception]
    timeout: type[Exception]
    base: type[Exception]
    raw: tuple[type[Exception], ...]


async def complete(
    client: Any, provider: str, model: str, ask: Ask, errors: SdkErrors, extra: Mapping[str, Any]
) -> Said:
    """Make the call; raise ModelError for everything that is no usable answer."""
    request: dict[str, Any] = {
        "model": model,
        "messages": [_message(message) for message in ask.messages],
        "max_completion_tokens": ask.max_tokens,
        **extra,
    }
    if ask.tools:
        request |= {"tools": [_tool(tool) for tool in ask.tools], "parallel_tool_calls": False}
    with _told(provider, errors):
        whole = await client.chat.completions.create(**request)
    return _said(whole, provider, model, ask)


async def transcribe(client: Any, provider: str, model: str, speech: Speech, errors: SdkErrors) -> Said:
    """Have a speech written down; only whisper tells how long it was."""
    shape = "verbose_json" if "whisper" in model else "json"
    with _told(provider, errors):
        heard = await client.audio.transcriptions.create(
            model=model, file=(speech.name, speech.data, speech.mime), response_format=shape
        )
    text = getattr(heard, "text", None)  # a 200 with a web page comes back as a str
    if not isinstance(text, str):
        raise error("no_completion", provider, "the answer is no transcription")
    if not text.strip():
        raise error("empty", provider, "nothing was heard")
    return Said(text=text.strip(), tier=provider, model=model, seconds=float(getattr(heard, "duration", 0) or 0))


async def embed(
    client: Any, provider: str, model: str, texts: Sequence[str], errors: SdkErrors, extra: Mapping[str, Any]
) -> tuple[list[list[float]], int]:
    """The vector of each text, and the tokens that they were."""
    with _told(provider, errors):  # the form is named, so that the SDK leaves the reading to us
        whole = await client.embeddings.create(model=model, input=list(texts), encoding_format="base64", **extra)
    rows = getattr(whole, "data", None) or ()
    try:
        vectors = [_numbers(row.embedding) for row in sorted(rows, key=lambda row: row.index)]
    except (TypeError, ValueError, struct.error):
        vectors = []
    if len(vectors) != len(texts) or len({len(vector) for vector in vectors}) != 1 or not vectors[0]:
        raise error("no_completion", provider, "the answer is not one vector a text")
    return vectors, int(getattr(getattr(whole, "usage", None), "prompt_tokens", 0) or 0)


def _numbers(embedding: str | list[float]) -> list[float]:
    """Four bytes a number, little end first; servers that know no such form give a list."""
    if isinstance(embedding, str):
        return [number for (number,) in struct.iter_unpack("<f", base64.b64decode(embedding))]
    return [float(number) for number in embedding]


async def listed(client: Any, provider: str, errors: SdkErrors) -> set[str]:
    """The models that there are."""
    with _told(provider, errors):
        page = await client.models.list()
    return {str(model.id) for model in getattr(page, "data", None) or ()}


@contextmanager
def _told(provider: str, errors: SdkErrors) -> Iterator[None]:
    """Turn whatever the SDK raises into a ModelError of its class."""
    try:
        yield
    except errors.status as fault:
        response: Any = fault
        raise of_status(provider, response.status_code, response.body, response.response.headers, str(fault)) from fault
    except errors.timeout as fault:
        raise error("timeout", provider, "no answer in time") from fault
    except errors.base as fault:
        raise error("connection", provider, str(fault)) from fault
    except errors.raw as fault:
        raise error("no_completion", provider, type(fault).__name__) from fault


def _said(whole: Any, provider: str, model: str, ask: Ask) -> Said:
    choices = getattr(whole, "choices", None)  # a 200 with an HTML page comes back as a str
    if not choices:
        raise error("no_completion", provider, "the answer is no chat completion")
    choice = choices[0]
    text = (choice.message.content or "").strip()
    calls = tuple(_call(call, provider, ask) for call in choice.message.tool_calls or ())
    if choice.finish_reason == "content_filter":
        raise error("content_filter", provider, "the answer was filtered")
    if choice.finish_reason not in ("stop", "tool_calls"):
        raise error("truncated", provider, f"finish_reason {choice.finish_reason}")
    if not text and not calls:
        raise error("empty", provider, "empty answer")
    usage = getattr(whole, "usage", None)
    return Said(
        text=text,
        tier=provider,
        model=str(getattr(whole, "model", "") or model),
        tool_calls=calls,
        prompt_tokens=int(getattr(usage, "prompt_tokens", 0) or 0),
        completion_tokens=int(getattr(usage, "completion_tokens", 0) or 0),
    )


def _call(call: Any, provider: str, ask: Ask) -> ToolCall:
    """Azure does not check tool calls, so every one is checked here."""
    function = getattr(call, "function", None)
    offered = next((tool for tool in ask.tools if tool.name == getattr(function, "name", None)), None)
    if function is None or offered is None:
        raise error("tool_call", provider, "a tool call that was not offered")
    try:
        arguments = json.loads(function.arguments or "{}")
        msgspec.convert(arguments, offered.arguments)
    except (TypeError, ValueError) as fault:
        raise error("tool_call", provider, "a tool call whose arguments do not fit") from fault
    return ToolCall(id=str(call.id), name=offered.name, arguments=arguments)


def _message(message: Message) -> dict[str, Any]:
    rendered: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        rendered["tool_calls"] = [_asked(call) for call in message.tool_calls]
    if message.tool_call_id:
        rendered["tool_call_id"] = message.tool_call_id
    return rendered


def _asked(call: ToolCall) -> dict[str, Any]:
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": _parameters(tool.arguments)}
    return {"type": "function", "function": function}


@lru_cache(maxsize=512)
def _parameters(arguments: type[msgspec.Struct]) -> dict[str, Any]:
    (shape,) = msgspec.json.schema_components([arguments])[1].values()  # flat ones only: no references
    return {name: shape[name] for name in ("type", "properties", "required", "additionalProperties")}
