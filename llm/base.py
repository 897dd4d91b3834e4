"""What the ladder asks of a model and gets back, the same for every provider."""

from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

from core.messages import Struct

Task = Literal["phrase", "sales", "route", "transcription"]


class ToolSpec(Struct):
    """A function that the model may ask for; `arguments` is the one shape that they may have."""

    name: str
    description: str
    arguments: type[msgspec.Struct]


class ToolCall(Struct):
    """A function that the model asks for; `arguments` fit the shape of its ToolSpec."""

    id: str
    name: str
    arguments: dict[str, Any]


class Message(Struct):
    """One message of the conversation with the model; history is ours, so any provider can take it over."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_calls: tuple[ToolCall, ...] = ()  # of an assistant
    tool_call_id: str | None = None  # of a tool: the call that it answers


class Ask(Struct):
    """One request. `draft` is what the offline tier answers: always a true and complete text."""

    messages: tuple[Message, ...]
    draft: str
    task: Task = "phrase"
    tools: tuple[ToolSpec, ...] = ()
    max_tokens: int = 1024  # reasoning counts too: too few give an empty answer


class Speech(Struct):
    """A voice note to be written down."""

    data: bytes
    name: str  # providers judge the format by its ending
    mime: str
    task: Task = "transcription"


class Said(Struct):
    """A usable answer; `seconds` is the length of a speech."""

    text: str
    tier: str
    model: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0


class Attempt(Struct):
    """One try at one tier, for the trace of the turn; `outcome` is `ok` or the class of the error."""

    tier: str
    outcome: str
    ms: int
    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Tier(Protocol):
    """One provider. `complete` raises only ModelError; the ladder bounds its time."""

    name: str

    async def complete(self, ask: Ask) -> Said: ...
    async def close(self) -> None: ...


@runtime_checkable
class Hearing(Protocol):
    """A tier that can write speech down, when `hears` says so."""

    name: str

    @property
    def hears(self) -> bool: ...
    async def transcribe(self, speech: Speech) -> Said: ...
