"""Notes which tools an agent used, for the people who look at a turn."""

import time
from typing import Any, cast

from agents.base import Tools
from core.conversation import Write
from orchestrator.cleaning import cleaned


class _Recorded:
    def __init__(self, tools: Tools, record: list[dict[str, Any]]) -> None:
        self._tools, self._record = tools, record

    @property
    def writes(self) -> list[Write]:
        return self._tools.writes

    def __getattr__(self, name: str) -> Any:
        tool = getattr(self._tools, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            entry: dict[str, Any] = {"name": name}
            self._record.append(entry)
            result = cleaned(await tool(*args, **kwargs))
            entry["ms"] = round((time.perf_counter() - started) * 1000, 2)
            if isinstance(result, list | tuple):
                entry["found"] = len(result)
            return result

        return call


def recorded(tools: Tools, record: list[dict[str, Any]]) -> Tools:
    """The same tools; every call is noted in `record`, never its arguments: those are the customer's.

    What a tool finds is cleaned: an agent never sees orders that somebody put into a product's name or a page.
    """
    return cast(Tools, _Recorded(tools, record))
