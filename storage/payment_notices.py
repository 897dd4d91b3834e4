"""Puts what a customer hears about a payment into the outbox of the conversation where it can be heard."""

from collections.abc import Callable
from typing import Any

import msgspec

from core.messages import Part, Struct, Template
from storage import clocks, tickets
from storage.conversations import OutContent
from storage.settlement import Notice, Trouble

_WINDOWED = ("whatsapp_cloud", "whatsapp_twilio", "instagram")  # free text only within 24 h of the customer's last
_TEMPLATED = ("whatsapp_cloud", "whatsapp_twilio")


class Place(Struct):
    """Where a notice goes, and how."""

    conversation_id: str
    locale: str
    timezone: str
    template: str = ""  # the tenant's approved template, for when the window is closed
    sayable: bool = True  # Instagram has no templates: a closed window is closed


async def put(connection: Any, tenant: str, notice: Notice, write: Callable[[Notice, Place], str]) -> str | None:
    """Write one notice into the outbox, in the caller's transaction; returns the conversation to be rung.

    Whether the window is open is asked when it leaves (a kill switch may hold it for hours): then the template is used,
    or not. What can be said nowhere goes to a person.
    """
    place = await _place(connection, tenant, notice)
    if place is None:
        return None
    if not place.sayable:
        await _by_a_person(connection, tenant, notice, place)
        return None
    text = write(notice, place)
    part = Part(text=text)
    if place.template:
        filled = Template(name=place.template, language=place.locale, params=(text,))
        part = Part(text=text, style="template", template=filled)
    content = msgspec.json.encode(OutContent(part=part, money=True)).decode().replace("\\u0000", "")
    await connection.execute(_WRITE, place.conversation_id, part.text, content)
    return place.conversation_id


async def _place(connection: Any, tenant: str, notice: Notice) -> Place | None:
    """The conversation of the payment link; when nothing may be written there, another one of the customer."""
    row = await connection.fetchrow(_PLACE, tenant, notice.customer_id, notice.conversation_id, list(_WINDOWED))
    if row is None:
        return None
    templated = row["channel"] in _TEMPLATED
    return Place(
        conversation_id=row["id"], locale=row["locale"], timezone=row["timezone"],
        template=row["template"] if templated else "", sayable=row["open"] or templated,
    )  # fmt: skip


async def _by_a_person(connection: Any, tenant: str, notice: Notice, place: Place) -> None:
    await tickets.open_ticket(
        connection, tenant, notice.customer_id, category="payment", priority=2,
        now=await clocks.within(connection, tenant), summary=f"payment_untold: {notice.name} of {notice.debt}",
        conversation_id=place.conversation_id,
    )  # fmt: skip


async def alert(connection: Any, tenant: str, trouble: Trouble, at: Any) -> None:
    """Put something that does not fit before a person: a ticket of its customer, else a dead letter."""
    if trouble.customer_id is None:
        await connection.execute(
            "INSERT INTO dead_letters (tenant_id, source, reason, payload) VALUES ($1, 'payment', $2, $3)",
            tenant, trouble.reason, trouble.payment_id,
        )  # fmt: skip
        return
    await tickets.open_ticket(
        connection, tenant, trouble.customer_id, category="payment", priority=2, now=at,
        summary=f"{trouble.reason}: {trouble.payment_id}", conversation_id=trouble.conversation_id,
    )  # fmt: skip


_PLACE = """
SELECT c.id, c.channel, coalesce(c.locale, u.locale, t.locale) AS locale, t.timezone,
  coalesce(t.settings->>'payment_template', 'payment_notice') AS template,
  NOT c.channel = ANY ($4) OR coalesce(c.window_until, '-infinity') > tenant_now($1) AS open
FROM conversations c JOIN customers u ON u.id = c.customer_id JOIN tenants t ON t.id = c.tenant_id
WHERE c.tenant_id = $1 AND (c.customer_id = $2 OR c.id = $3)
  AND c.contact NOT IN ('blocked', 'unreachable', 'moved')
ORDER BY (NOT c.channel = ANY ($4) OR coalesce(c.window_until, '-infinity') > tenant_now($1)) DESC,
  (c.channel = 'instagram' AND coalesce(c.window_until, '-infinity') <= tenant_now($1)),
  c.id = $3 DESC NULLS LAST, c.opted_out_seq IS NULL DESC, c.channel = 'instagram', c.last_message_at DESC
LIMIT 1
"""
# It is a step of the conversation like a person's answer: a turn that is being made is made again.
_WRITE = """
WITH stepped AS (
  UPDATE conversations SET version = version + 1, last_seq = last_seq + 1 WHERE id = $1 RETURNING *
), written AS (
  INSERT INTO messages (tenant_id, conversation_id, account_id, direction, seq, author, kind, text, content, status,
                        turn, part)
  SELECT tenant_id, id, account_id, 'out', last_seq, 'agent', 'message', $2, $3::text::jsonb, 'pending', version, 1
  FROM stepped RETURNING id, seq, tenant_id, conversation_id
)
INSERT INTO todo (conversation_id, seq, message_id, tenant_id, direction)
SELECT conversation_id, seq, id, tenant_id, 'out' FROM written
"""
