"""Azure OpenAI: the classic deployments path and the v1 path; content filter results, vectors, its own errors."""

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator import embeddings
from emulator.asgi import answer
from emulator.faults import Fault
from emulator.llm import call_of, complete, completion, read, respond, transcribed
from emulator.world import World, play

Json = dict[str, Any]
CLASSIC = "/azure/openai/deployments/{deployment}"
V1 = "/azure/openai/v1"
SAFE = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}
PROMPT_SAFE = [
    {"prompt_index": 0, "content_filter_results": {**SAFE, "jailbreak": {"filtered": False, "detected": False}}}
]
FILTERED = (
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. "
    "Please modify your prompt and retry."
)
NO_DEPLOYMENT = (
    "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, "
    "please wait a moment and try again."
)
NO_KEY = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
    "active subscription and use a correct regional API endpoint for your resource."
)


class Azure:
    """`/azure/openai/…`; every deployment exists whose name does not begin with `missing`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """What the openai SDK calls, with its Azure client or with a v1 base URL."""
        return [
            Route(f"{CLASSIC}/chat/completions", self.chat, methods=["POST"]),
            Route(f"{CLASSIC}/audio/transcriptions", self.transcribe, methods=["POST"]),
            Route(f"{CLASSIC}/embeddings", self.embed, methods=["POST"]),
            Route(f"{V1}/chat/completions", self.chat, methods=["POST"]),
            Route(f"{V1}/audio/transcriptions", self.transcribe, methods=["POST"]),
            Route(f"{V1}/embeddings", self.embed, methods=["POST"]),
            Route(f"{V1}/models", self.models),
        ]

    async def chat(self, request: Request) -> Response:
        """A chat completion."""
        body = await request.body()
        given = read(body)
        deployment = request.path_params.get("deployment") or str((given or {}).get("model", ""))
        refused = _refused(request, given, deployment)

        async def act(fault: Fault | None) -> Response:
            if refused is not None or given is None:
                return refused or _error(400, "invalid_request", "Invalid request")
            return self._completed(given, fault, deployment)

        def refuse(fault: Fault) -> Response:
            spoiling = fault.kind in ("empty", "truncated", "malformed_tool_call")
            if spoiling and given is not None:
                return self._completed(given, fault, deployment)
            return _fault(fault)

        return await play(self._world, call_of("azure", "chat", body), act, refuse)

    def _completed(self, given: Json, fault: Fault | None, deployment: str) -> Response:
        said, finish = complete(given, fault)
        whole = completion(given, said, finish, prefix="call", model="gpt-4.1-mini-2025-04-14", now=self._world.now())
        whole["choices"][0]["content_filter_results"] = SAFE
        whole["prompt_filter_results"] = PROMPT_SAFE
        return respond(given, whole, _headers(deployment))

    async def transcribe(self, request: Request) -> Response:
        """Speech to text."""
        if not _key(request):
            return _error(401, "401", NO_KEY)

        async def act(fault: Fault | None) -> Response:
            found = await transcribed(request, self._world)
            return found or _error(400, "BadRequest", "file is required")

        return await play(self._world, call_of("azure", "transcriptions", b""), act, _fault)

    async def embed(self, request: Request) -> Response:
        """Texts as vectors."""
        body = await request.body()
        given = embeddings.read(body)
        deployment = request.path_params.get("deployment") or str((given or {}).get("model", ""))

        async def act(fault: Fault | None) -> Response:
            if refused := _refused(request, given, deployment, "input is required"):
                return refused
            whole = embeddings.answered(given or {})
            return answer(whole, 200, _headers(deployment)) if whole else _error(400, "400", "'$.input' is invalid")

        return await play(self._world, call_of("azure", "embeddings", body), act, _fault)

    async def models(self, request: Request) -> Response:
        """Models, v1 path."""
        if not _key(request):
            return _error(401, "401", NO_KEY)
        row = {"id": "gpt-4.1-mini", "object": "model", "created": 1_744_600_000, "owned_by": "system"}
        return answer({"object": "list", "data": [row]})


def _key(request: Request) -> str:
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    key = request.headers.get("api-key", "") or bearer
    return "" if key.startswith("invalid") else key


def _refused(
    request: Request, given: Json | None, deployment: str, missing: str = "messages is required"
) -> Response | None:
    if not _key(request):
        return _error(401, "401", NO_KEY)
    if "deployment" in request.path_params and "api-version" not in request.query_params:
        return _error(404, "404", "Resource not found")
    if not deployment or deployment.startswith("missing"):
        return _error(404, "DeploymentNotFound", NO_DEPLOYMENT)
    return _error(400, "invalid_request", missing) if given is None else None


def _fault(fault: Fault) -> Response:
    if fault.kind == "429":
        wait = fault.retry_after
        headers = {"retry-after": str(wait), "retry-after-ms": str(wait * 1000 - 200)}
        text = f"Requests have exceeded token rate limit. Please retry after {wait} seconds."
        return _error(429, "429", text, headers)
    if fault.kind == "content_filter":
        results = {**SAFE, "violence": {"filtered": True, "severity": "medium"}}
        inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": results}
        error = {"message": FILTERED, "type": None, "param": "prompt", "code": "content_filter", "status": 400}
        return answer({"error": {**error, "innererror": inner}}, 400, _headers(""))
    if fault.kind == "error_code":
        return _error(fault.code or 400, fault.word or str(fault.code or 400), "Refused by a fault program")
    status = int(fault.kind) if fault.kind in ("503", "498") else 500
    return _error(status, str(status), "The server had an error while processing your request.")


def _headers(deployment: str) -> dict[str, str]:
    return {
        "apim-request-id": secrets.token_hex(16),
        "x-ms-region": "East US 2",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-remaining-tokens": "499210",
        "x-ms-deployment-name": deployment,
    }


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    return answer({"error": {"code": code, "message": message}}, status, {**_headers(""), **(headers or {})})
