"""Groq's API: models, chat completions with tools, transcriptions; its errors and rate headers."""

import json
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.answerer import text_of
from emulator.asgi import answer
from emulator.faults import Fault
from emulator.llm import call_of, complete, completion, read, respond, transcribed
from emulator.world import World, play

Json = dict[str, Any]
BASE = "/groq/openai/v1"
MODELS = ("openai/gpt-oss-20b", "openai/gpt-oss-120b", "qwen/qwen3.6-27b", "whisper-large-v3", "whisper-large-v3-turbo")
WITHDRAWN = ("gemma2-9b-it", "llama3-8b-8192", "llama3-70b-8192", "mixtral-8x7b-32768")
STRICT_MODELS = ("openai/gpt-oss-20b", "openai/gpt-oss-120b")
CONTEXT_TOKENS = 131_072
RATES = {
    "x-ratelimit-limit-requests": "14400",
    "x-ratelimit-limit-tokens": "250000",
    "x-ratelimit-remaining-requests": "14399",
    "x-ratelimit-remaining-tokens": "249412",
    "x-ratelimit-reset-requests": "6s",
    "x-ratelimit-reset-tokens": "141ms",
}


class Groq:
    """`/groq/openai/v1/…`"""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """What the groq SDK calls."""
        return [
            Route(f"{BASE}/chat/completions", self.chat, methods=["POST"]),
            Route(f"{BASE}/models", self.models),
            Route(f"{BASE}/audio/transcriptions", self.transcribe, methods=["POST"]),
        ]

    async def chat(self, request: Request) -> Response:
        """A chat completion."""
        body = await request.body()
        given = read(body)
        refused = _refused(request, given)

        async def act(fault: Fault | None) -> Response:
            if refused is not None or given is None:
                return refused or _error(400, "Invalid request", "invalid_request_error", None)
            said, finish = complete(given, fault)
            whole = completion(given, said, finish, prefix="fc", model=str(given["model"]), now=self._world.now())
            whole |= {"x_groq": {"id": f"req_{secrets.token_hex(13)}"}, "service_tier": "on_demand"}
            return respond(given, whole, RATES)

        def refuse(fault: Fault) -> Response:
            return _fault(fault, given or {}, self._world.now())

        return await play(self._world, call_of("groq", "chat", body), act, refuse)

    async def models(self, request: Request) -> Response:
        """The models that exist now."""
        if not _key(request):
            return _no_key()
        rows = [
            {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "emulator", "active": True}
            for name in MODELS
        ]
        return answer({"object": "list", "data": rows})

    async def transcribe(self, request: Request) -> Response:
        """Speech to text."""
        if not _key(request):
            return _no_key()

        async def act(fault: Fault | None) -> Response:
            found = await transcribed(request, self._world)
            return found or _error(400, "file is required", "invalid_request_error", None)

        def refuse(fault: Fault) -> Response:
            return _fault(fault, {}, self._world.now())

        return await play(self._world, call_of("groq", "transcriptions", b""), act, refuse)


def _key(request: Request) -> str:
    key = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    return "" if key.startswith("invalid") else key


def _no_key() -> Response:
    return _error(401, "Invalid API Key", "invalid_request_error", "invalid_api_key")


def _refused(request: Request, given: Json | None) -> Response | None:
    if not _key(request):
        return _no_key()
    if given is None:
        return _error(400, "'messages' : minimum number of items is 1", "invalid_request_error", None)
    model = str(given.get("model", ""))
    if model in WITHDRAWN:
        text = f"The model `{model}` has been decommissioned and is no longer supported."
        return _error(400, text, "invalid_request_error", "model_decommissioned")
    if model not in MODELS:
        text = f"The model `{model}` does not exist or you do not have access to it."
        return _error(404, text, "invalid_request_error", "model_not_found")
    return _too_much(given, model) or _unfit(given, model)


def _too_much(given: Json, model: str) -> Response | None:
    tokens = sum(len(text_of(m)) for m in given["messages"] if isinstance(m, dict)) // 4
    if tokens <= CONTEXT_TOKENS:
        return None
    text = (
        f"Request too large for model `{model}` on tokens per minute (TPM): Limit {CONTEXT_TOKENS}, Requested {tokens}"
    )
    return _error(413, text, "tokens", "rate_limit_exceeded")


def _unfit(given: Json, model: str) -> Response | None:
    shape = given.get("response_format") or {}
    if shape.get("type", "text") != "text" and given.get("tools"):
        return _error(400, "json mode cannot be combined with tool/function calling", "invalid_request_error", None)
    if (shape.get("json_schema") or {}).get("strict") and model not in STRICT_MODELS:
        text = f"This model does not support strict `json_schema`: {model}"
        return _error(400, text, "invalid_request_error", None)
    for index, message in enumerate(given["messages"]):
        if isinstance(message, dict) and "reasoning_content" in message:
            text = f"'messages.{index}' : property 'reasoning_content' is unsupported"
            return _error(400, text, "invalid_request_error", None)
    return None


def _fault(fault: Fault, given: Json, now: float) -> Response:
    model = str(given.get("model", MODELS[0]))
    if fault.kind == "429":
        text = f"Rate limit reached for model `{model}` on tokens per minute. Try again in {fault.retry_after}s."
        headers = {"retry-after": str(fault.retry_after), "x-ratelimit-remaining-tokens": "0"}
        return _error(429, text, "tokens", "rate_limit_exceeded", headers)
    if fault.kind == "498":
        return _error(498, "capacity_exceeded", "capacity_exceeded", "capacity_exceeded")
    if fault.kind == "malformed_tool_call":  # Groq checks the model's tool calls itself
        text = "tool call validation failed: parameters for tool did not match schema"
        generated = json.dumps({"name": "unknown_tool", "arguments": {}})
        return _error(400, text, "invalid_request_error", "tool_use_failed", failed_generation=generated)
    if fault.kind in ("empty", "truncated", "content_filter") and given:
        said, finish = complete(given, fault)
        return respond(given, completion(given, said, finish, prefix="fc", model=model, now=now), RATES)
    if fault.kind == "error_code":
        return _error(fault.code or 400, "Refused by a fault program", "invalid_request_error", fault.word or None)
    status = 503 if fault.kind == "503" else 500
    return _error(status, "Service Unavailable", "internal_server_error", None)


def _error(
    status: int, message: str, kind: str, code: str | None, headers: dict[str, str] | None = None, **more: str
) -> Response:
    return answer(
        {"error": {"message": message, "type": kind, "code": code, **more}}, status, {**RATES, **(headers or {})}
    )
