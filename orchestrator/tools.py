"""Binds the tenant's data to one tenant and one customer: agents get functions that can name nobody else."""

from agents.base import Tools
from core.conversation import Conversation
from core.records import Tenant
from storage.business import Business
from storage.resources import Resources


def bind(resources: Resources, tenant: Tenant, conversation: Conversation) -> Tools:
    """The tools of one turn: this tenant's data, for the customer of this conversation."""
    return Business(resources, tenant.id, conversation.customer_id, conversation)
