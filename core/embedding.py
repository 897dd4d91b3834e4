"""What searching and filling need of a model that gives texts as vectors of their meaning."""

from collections.abc import Sequence
from typing import Protocol

Vector = Sequence[float]


class Embedder(Protocol):
    """One per process; `llm.embeddings.Embeddings` fits."""

    @property
    def space(self) -> str:
        """The model and its size: vectors can only be compared within one space."""

    async def question(self, text: str) -> Vector | None:
        """The meaning of a question; None when there is none in time, for whatever reason."""

    async def items(self, texts: Sequence[str]) -> list[Vector]:
        """The meaning of each text; raises ModelError."""

    async def close(self) -> None:
        """Close the connections."""
