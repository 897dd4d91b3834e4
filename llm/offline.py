"""Last tier: no model at all; answers with the draft, which is already true, complete and in the right language.

It is asked like every tier, with messages and tools. What a tool could find, the agent has looked up before it wrote
the draft: so this tier calls none.
"""

from llm.base import Ask, Said


class Offline:
    """Deterministic, free, and always there."""

    name = "offline"

    async def complete(self, ask: Ask) -> Said:
        """Give the draft back, whatever was said and offered."""
        return Said(text=ask.draft, tier=self.name)

    async def close(self) -> None:
        """Nothing is open."""
