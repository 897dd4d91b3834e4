"""An echo: something was sent from our account. Ours is a receipt; a colleague's is a human turn and a takeover."""

from core.messages import Account, Envelope
from storage.resources import Resources
from storage.storable import clean


async def apply(resources: Resources, account: Account, echo: Envelope) -> str | None:
    """Store an echo once; returns the conversation that a colleague took over by it, if so.

    `echo.sender.id` is the customer's address: the other side of the conversation.
    """
    taken = await resources.pg.fetchval(
        "SELECT take_echo($1, $2, $3, $4)",
        account.id,
        clean(echo.sender.id),
        clean(echo.provider_message_id or echo.dedupe),
        clean(echo.text),
    )
    return None if taken is None else str(taken)
