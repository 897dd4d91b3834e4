"""Last tier: no model at all; answers with the draft, which is already true, complete and in the right language."""

from llm.base import Ask, Said


class Offline:
    """Deterministic, free, and always there."""

    name = "offline"

    async def complete(self, ask: Ask) -> Said:
        """Give the draft back."""
        return Said(text=ask.draft, tier=self.name)

    async def close(self) -> None:
        """Nothing is open."""
