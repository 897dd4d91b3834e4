"""Makes payment links: what is owed from our own rows, the link from the tenant's provider, one row about both."""

import asyncio
import logging
from datetime import timedelta

from core.errors import NotFound, PaymentFailed
from core.payments import LinkWish, PaymentLink, ProviderAccount
from orchestrator import sandbox_provider
from payments.registry import Providers
from storage import payment_links
from storage.payment_accounts import PaymentAccounts
from storage.payment_links import Begun
from storage.resources import Resources

log = logging.getLogger("orkesta.payment_links")
_LIVES = timedelta(hours=23, minutes=50)  # Stripe's longest is a day from its own clock
_RENEWALS = 3
_PAUSE_SECONDS = 0.2


async def link(
    resources: Resources, tenant: str, kind: str, number: str, *, customer_id: int | None = None,
    conversation_id: str | None = None, part: int | None = None,
) -> PaymentLink:  # fmt: skip
    """The link for what remains to be paid of an invoice, quote or order, or for a `part` of it in minor units: the
    open one, or a new one.

    Raises NotFound (no such thing of this customer, no provider), Conflict (nothing to pay), or PaymentFailed.
    """
    account = await _account(resources, tenant)
    for renewal in range(_RENEWALS + 1):
        begun = await _begin(resources, account, kind, number, customer_id, conversation_id, part)
        if begun.link:
            return begun.link
        try:
            return await _make(resources, account, begun.wish)
        except PaymentFailed as fault:
            log.warning("payment_link.failed", extra={"tenant": tenant, "code": fault.code, "action": fault.action})
            if fault.action != "renew" or renewal == _RENEWALS:
                raise
            await asyncio.sleep(_PAUSE_SECONDS * 2**renewal)
    raise AssertionError("the last renewal returns or raises")


async def _account(resources: Resources, tenant: str) -> ProviderAccount:
    accounts = PaymentAccounts(resources)
    try:
        return await accounts.get(tenant)
    except NotFound:
        if not await sandbox_provider.ensure(resources, tenant):
            raise
        return await accounts.get(tenant)


async def _begin(
    resources: Resources, account: ProviderAccount, kind: str, number: str, customer_id: int | None,
    conversation_id: str | None, part: int | None,
) -> Begun:  # fmt: skip
    async with resources.tenant_connection(account.tenant) as connection:
        debt = await payment_links.owed(connection, account.tenant, kind, number, customer_id, part=part)
        return await payment_links.begin(
            connection, account.tenant, debt, provider=account.provider, now=resources.clock.now(), lives=_LIVES,
            return_url=resources.settings.base_url, conversation_id=conversation_id,
        )  # fmt: skip


async def _make(resources: Resources, account: ProviderAccount, wish: LinkWish) -> PaymentLink:
    provider = resources.kept.once(Providers).get(account.provider)
    try:
        answer = await provider.create(account, wish)
    except PaymentFailed as fault:
        # What may have been lost on the way is asked for again under the same key. All else was answered, and the
        # provider would repeat that answer for a day.
        if fault.action != "retry":
            async with resources.tenant_connection(account.tenant) as connection:
                await payment_links.failed(connection, wish)
        raise
    async with resources.tenant_connection(account.tenant) as connection:
        made = await payment_links.made(connection, wish, answer)
        older = await payment_links.superseded(connection, made)
    for each in older:
        await withdraw(resources, account, each)
    return made


async def withdraw(resources: Resources, account: ProviderAccount, old: PaymentLink) -> None:
    """Close a link for another amount; one that cannot be closed now runs out by itself, and whoever pays it all the
    same is noticed."""
    try:
        await resources.kept.once(Providers).get(old.provider).expire(account, old.provider_id)
    except PaymentFailed as fault:
        log.warning("payment_link.not_withdrawn", extra={"tenant": old.tenant, "code": fault.code})
        return
    async with resources.tenant_connection(old.tenant) as connection:
        await payment_links.close(connection, old.tenant, old.id, "expired")
