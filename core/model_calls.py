"""A completed call of a model, as it is kept with its turn: what was answered, and what it cost."""

from typing import Any

from core.messages import Struct


class ModelCall(Struct):
    """One call. `call` is the hash of what was asked: the same question of the same turn is never paid twice.

    `from_seq` is the place of the first message that the turn answers: it stays when the turn is run again.
    `cost_micros` is in millionths of a US dollar, the currency of the providers' price lists.
    """

    tenant: str
    conversation: str
    from_seq: int
    call: str
    task: str
    agent: str
    tier: str
    model: str
    answer: dict[str, Any]
    prompt: str = ""  # version of the prompt
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency_ms: int = 0
    cost_micros: int = 0
