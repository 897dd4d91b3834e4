"""All agents. To add one: write its file with `name`, `intents` and `answer`, its texts, and one line here."""

from agents.base import Agent
from agents.dunning import Dunning
from agents.human import Human
from agents.royalties import Royalties
from agents.sales import Sales
from agents.support import Support

AGENTS: tuple[Agent, ...] = (
    Sales(),
    Support(),
    Royalties(),
    Dunning(),
    Human(),
)
BY_INTENT: dict[str, str] = {intent: agent.name for agent in AGENTS for intent in agent.intents}
