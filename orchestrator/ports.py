"""What the orchestrator needs from its surroundings; `storage.resources.Resources` fits."""

from collections.abc import Callable
from typing import Any, Protocol

from agents.base import Tools
from core.clock import Clock
from core.conversation import Conversation
from core.model_calls import ModelCall
from core.records import Tenant
from core.settings import Settings


class Resources(Protocol):
    """The opened connections of a process, as far as a turn uses them."""

    @property
    def settings(self) -> Settings: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def redis(self) -> Any: ...
    @property
    def pg(self) -> Any: ...


class ModelCalls(Protocol):
    """Where completed model calls are kept; `storage.llm_calls.LlmCalls` fits."""

    async def find(self, conversation: str, from_seq: int, call: str) -> dict[str, Any] | None: ...
    async def keep(self, call: ModelCall) -> None: ...
    async def spent(self, tenant: str) -> int: ...


BindTools = Callable[[Any, Tenant, Conversation], Tools]
