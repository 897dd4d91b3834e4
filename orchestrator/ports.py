"""What the orchestrator needs from its surroundings; `storage.resources.Resources` fits."""

from collections.abc import Callable
from typing import Any, Protocol

from agents.base import Tools
from core.clock import Clock
from core.conversation import Conversation
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


BindTools = Callable[[Any, Tenant, Conversation], Tools]
