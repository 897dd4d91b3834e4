"""Finds payments whose webhooks never came: asks each provider for its own list of events, from time to time.

What is in the list and not with us is stored as if it had come, and settled like any other. Lists come newest first:
they are asked for a window of time after the other, oldest first: a round that breaks off is taken up there.
"""

import asyncio
import json
import logging
from datetime import datetime, timedelta

import asyncpg

from core.errors import OrkestaError
from core.messages import Struct
from core.payments import ProviderAccount
from payments.registry import WEBHOOKS, Providers
from storage import payment_accounts, payment_events, payment_links
from storage.resources import OUTAGES, Resources

log = logging.getLogger("orkesta.reconcile")
EVERY = timedelta(minutes=10)  # per account
_OVERLAP = timedelta(minutes=10)  # an event may enter the list later than its own time says
_FURTHEST = timedelta(days=29)  # Stripe keeps events for thirty
_MOST = 2_000  # events of one window; with more it is cut in two
_WINDOW, _WIDEST, _SHORTEST = timedelta(minutes=10), timedelta(days=1), timedelta(seconds=2)  # lists count in seconds
_ROUND_SECONDS = 20.0
_ACCOUNT_SECONDS = 120.0


class Found(Struct):
    """What one account's list told."""

    tenant: str
    provider: str
    seen: int
    missed: int


async def run(resources: Resources) -> None:
    """Reconcile for ever, an account at a time; a provider that is away is asked again in the next round."""
    while True:
        try:
            for account in await payment_accounts.to_reconcile(resources, EVERY):
                await _one(resources, account)
        except (asyncpg.PostgresError, OrkestaError, *OUTAGES) as fault:
            log.warning("reconcile.storage_away", extra={"fault": type(fault).__name__})
        await asyncio.sleep(_ROUND_SECONDS)


async def _one(resources: Resources, account: ProviderAccount) -> None:
    try:
        async with asyncio.timeout(_ACCOUNT_SECONDS):
            found = await reconcile(resources, account)
    except (OrkestaError, TimeoutError) as fault:
        told = {"tenant": account.tenant, "provider": account.provider, "fault": getattr(fault, "code", "timeout")}
        log.warning("reconcile.failed", extra=told)
        return
    except OUTAGES:
        raise
    except Exception:  # an answer of a shape that nobody foresaw must stop neither the other accounts nor the worker
        log.exception("reconcile.failed", extra={"tenant": account.tenant, "provider": account.provider})
        return
    if found.missed:
        log.warning("reconcile.missed", extra={"tenant": found.tenant, "missed": found.missed, "seen": found.seen})


async def reconcile(resources: Resources, account: ProviderAccount) -> Found:
    """Store what the provider lists and we do not have; raises PaymentFailed when it does not answer."""
    began, span, seen, missed = resources.clock.now(), _WINDOW, 0, 0
    newest = began - _OVERLAP  # what is later is looked at again in the next round
    since = max(min(await payment_accounts.reconciled_until(resources, account), newest), began - _FURTHEST)
    while since < began:
        until = min(since + span, began)
        listed, new = await _read(resources, account, since, None if until == began else until, until - since)
        missed += new
        if listed > _MOST and until - since > _SHORTEST:
            log.warning("reconcile.too_many", extra={"tenant": account.tenant, "most": _MOST})
            span = (until - since) / 2
            continue
        seen += listed
        await payment_accounts.reconciled(resources, account, min(until, newest))
        since, span = until, min(span * 2, _WIDEST) if listed * 4 < _MOST else span
    await payment_links.lapse(resources, account.tenant, account.provider)
    return Found(tenant=account.tenant, provider=account.provider, seen=seen, missed=missed)


async def _read(
    resources: Resources, account: ProviderAccount, since: datetime, until: datetime | None, span: timedelta
) -> tuple[int, int]:
    """How many events the window lists, up to one more than `_MOST` where it can be cut, and how many were new."""
    webhook, provider = WEBHOOKS[account.provider], resources.kept.once(Providers).get(account.provider)
    seen = missed = 0
    async for event in provider.events(account, since, until):
        seen += 1
        if seen > _MOST and span > _SHORTEST:
            break
        named = webhook.notification(event, account)
        if named.concerns:
            missed += await payment_events.put(
                resources, account.tenant, account.provider, event_id=named.event_id, name=named.name,
                body=json.dumps(event), status="waiting",
            )  # fmt: skip
    return seen, missed
