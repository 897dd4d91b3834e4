"""Receipts move a message's status up its rank, never down; one that comes too early waits for its message."""

from core.messages import Account, ContactState, Ignored, Receipt
from storage.resources import Resources
from storage.storable import clean

_APPLY = "SELECT conversation_id, proven FROM apply_receipt($1, $2, $3, $4, $5, $6, $7)"


async def apply(resources: Resources, account: Account, receipt: Receipt) -> str | None:
    """Record one receipt and move its message; returns the conversation when something waits behind it."""
    our_id = int(receipt.our_id) if receipt.our_id and receipt.our_id.isascii() and receipt.our_id.isdigit() else None
    if our_id is not None and our_id >= 2**63:
        our_id = None
    row = await resources.pg.fetchrow(
        _APPLY, account.id, our_id, clean(receipt.provider_message_id), account.tenant, receipt.status,
        receipt.error_code, clean(receipt.error_text),
    )  # fmt: skip
    if receipt.contact and receipt.recipient:
        await change_contact(resources, account, ContactState(peer=receipt.recipient, state=receipt.contact))
    return row["conversation_id"] if row["proven"] else None


async def change_contact(resources: Resources, account: Account, change: ContactState) -> None:
    """Write down that a contact blocked us, opted out or in, or moved to a new address; with an audit entry.

    A redelivered change does nothing: a STOP that comes again must not undo the START after it. Whoever opts out has
    no withdrawal under way any more.
    """
    if change.state == "moved" and change.new_peer:
        await _move(resources, account, change.peer, change.new_peer)
    await resources.pg.execute(
        """
        WITH fresh AS (
          INSERT INTO webhook_events (source, event_id, tenant_id, name, status)
          SELECT $1, 'contact:' || $5, $6, 'contact.' || $3, 'handled' WHERE $5::text IS NOT NULL
          ON CONFLICT DO NOTHING RETURNING event_id
        ), changed AS (
          UPDATE conversations c SET
            contact = CASE WHEN $3 IN ('ok', 'blocked', 'unreachable') THEN $3 ELSE c.contact END,
            bulk_stopped = CASE WHEN $3 = 'opted_out' THEN true WHEN $3 = 'opted_in' THEN false ELSE c.bulk_stopped END,
            opted_out_seq = CASE WHEN $3 = 'opted_out' AND $4 = 'all' THEN c.last_seq + 1
                                 WHEN $3 = 'opted_in' THEN NULL ELSE c.opted_out_seq END
          FROM peers p WHERE p.account_id = $1 AND p.peer = $2 AND c.id = p.conversation_id
            AND ($5::text IS NULL OR EXISTS (SELECT 1 FROM fresh))
          RETURNING c.id, c.tenant_id, c.customer_id
        ), voided AS (
          UPDATE withdrawal_codes w SET status = 'replaced' FROM changed c
          WHERE $3 = 'opted_out' AND $4 = 'all' AND w.status = 'open'
            AND w.tenant_id = c.tenant_id AND w.customer_id = c.customer_id
        )
        INSERT INTO audit_log (tenant_id, actor, action, subject, detail)
        SELECT tenant_id, 'provider', 'contact.' || $3, id, jsonb_build_object('scope', $4::text) FROM changed
        """,
        account.id, clean(change.peer), change.state, change.scope, clean(change.dedupe) or None, account.tenant,
    )  # fmt: skip


async def stop_promotions(resources: Resources, tenant: str, conversation: str) -> None:
    """Send nothing in bulk to a conversation any more; all else goes on."""
    await resources.pg.execute(
        "UPDATE conversations SET bulk_stopped = true WHERE id = $1 AND tenant_id = $2", conversation, tenant
    )


async def _move(resources: Resources, account: Account, old: str, new: str) -> None:
    await resources.pg.execute(
        """
        WITH linked AS (
          INSERT INTO peers (account_id, peer, tenant_id, conversation_id)
          SELECT account_id, $3, tenant_id, conversation_id FROM peers WHERE account_id = $1 AND peer = $2
          ON CONFLICT (account_id, peer) DO NOTHING RETURNING conversation_id
        )
        UPDATE conversations c SET peer = $3, contact = 'ok' FROM peers p
        WHERE p.account_id = $1 AND p.peer = $2 AND c.id = p.conversation_id
        """,
        account.id, clean(old), clean(new),
    )  # fmt: skip


async def record(resources: Resources, account: Account, ignored: Ignored, event_id: str) -> None:
    """Keep what became no message: by name, and as a dead letter when it could not be read."""
    await resources.pg.execute(
        """
        WITH kept AS (
          INSERT INTO webhook_events (source, event_id, tenant_id, name, status, body)
          VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING tenant_id
        )
        INSERT INTO dead_letters (tenant_id, source, reason, payload)
        SELECT tenant_id, 'webhook', $7, $6 FROM kept WHERE $5 = 'unreadable'
        """,
        account.id, event_id, account.tenant, ignored.name, "unreadable" if ignored.unreadable else "ignored",
        (clean(ignored.fragment) or "")[:16_000], clean(ignored.reason) or ignored.name,
    )  # fmt: skip
