"""Binds the tenant's data to one tenant and one customer: agents get functions that can name nobody else."""

from agents.base import Tools
from core.conversation import Conversation
from core.records import Tenant
from orchestrator import payment_links
from storage.business import Business
from storage.resources import Resources


class CustomerTools(Business):
    """What storage knows, and what needs a payment provider as well."""

    async def payment_link(self, kind: str, number: str) -> str:
        conversation = self._conversation.id if self._conversation else None
        link = await payment_links.link(
            self._resources, self._tenant, kind, number, customer_id=self._customer, conversation_id=conversation
        )
        return link.url


def bind(resources: Resources, tenant: Tenant, conversation: Conversation) -> Tools:
    """The tools of one turn: this tenant's data, for the customer of this conversation."""
    return CustomerTools(resources, tenant.id, conversation.customer_id, conversation)
