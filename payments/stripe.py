"""Stripe through its official SDK: Checkout Sessions for links, refunds, and its list of events."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import aiohttp
import stripe
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from core.errors import PaymentFailed
from core.money import THREE_DECIMAL, Money
from core.payments import LinkWish, MadeLink, ProviderAccount

API_VERSION = "2026-10-28.endive"  # the shapes that payments/stripe_events.py reads
_TIMEOUT_SECONDS = 8.0
_ATTEMPTS = 3
_DEADLINE_SECONDS = 20.0
_OXXO = (1_000, 1_000_000)  # MXN 10.00 to 10,000.00 a payment
_LOCALES = {"es": "es-419", "en": "en", "pt": "pt-BR"}
_TITLES = {
    "invoice": {"es": "Factura {}", "en": "Invoice {}", "pt": "Fatura {}"},
    "quote": {"es": "Cotización {}", "en": "Quote {}", "pt": "Orçamento {}"},
    "order": {"es": "Pedido {}", "en": "Order {}", "pt": "Pedido {}"},
}
Done = TypeVar("Done")


class Stripe:
    """One HTTP client for all tenants: a client of its own would cost each of them 25 ms of TLS set-up."""

    name = "stripe"

    def __init__(self) -> None:
        timeout: Any = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS, sock_connect=3)
        self._http = stripe.AIOHTTPClient(timeout=timeout)

    async def create(self, account: ProviderAccount, wish: LinkWish) -> MadeLink:
        """Make a Checkout Session."""
        options = _options(account, wish.id)
        client, params = self._client(account), session_params(wish)
        session = await _called(lambda: client.v1.checkout.sessions.create_async(params, options))
        if not session.url:
            raise PaymentFailed("Stripe made a session without a URL", code="stripe:no_url", action="renew")
        return MadeLink(provider_id=session.id, url=session.url)

    async def expire(self, account: ProviderAccount, provider_id: str) -> None:
        """Expire a session; one that is complete or expired already stays as it is."""
        client, options = self._client(account), _options(account)
        try:
            await _called(lambda: client.v1.checkout.sessions.expire_async(provider_id, None, options))
        except PaymentFailed as fault:
            if fault.action != "refused":
                raise

    async def refund(self, account: ProviderAccount, payment_id: str, amount: Money | None, *, key: str) -> str:
        """Refund a payment intent."""
        params: Any = {"payment_intent": payment_id}
        if amount is not None:
            params["amount"] = amount.amount_minor
        client, options = self._client(account), _options(account, key)
        made = await _called(lambda: client.v1.refunds.create_async(params, options))
        return str(made.id)

    async def retrieve(self, account: ProviderAccount, provider_id: str) -> dict[str, Any]:
        """A session as the event that would tell its state, with its payment intent inside."""
        client, options = self._client(account), _options(account)
        wanted: Any = {"expand": ["payment_intent.latest_charge"]}
        ask = client.v1.checkout.sessions.retrieve_async
        session = await _called(lambda: ask(provider_id, wanted, options), reads=True)
        return dict(session.to_dict())

    async def fetched(self, account: ProviderAccount, event: dict[str, Any]) -> dict[str, Any]:
        """A snapshot event has its object inside."""
        return event

    async def events(
        self, account: ProviderAccount, since: datetime, until: datetime | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Events since then, newest first; Stripe keeps them for 30 days."""
        client, options = self._client(account), _options(account)
        created = {"gte": int(since.timestamp())} | ({"lt": int(until.timestamp())} if until else {})
        wanted: Any = {"created": created, "limit": 100}
        page = await _called(lambda: client.v1.events.list_async(wanted, options), reads=True)
        while not page.is_empty:
            for event in page:
                yield dict(event.to_dict())
            page = await _called(page.next_page_async, reads=True)  # not auto_paging_iter: it lets the SDK's errors out

    async def close(self) -> None:
        """Close the HTTP client."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the SDK's

    def _client(self, account: ProviderAccount) -> stripe.StripeClient:
        return stripe.StripeClient(
            account.secrets["secret_key"], http_client=self._http, max_network_retries=0, stripe_version=API_VERSION,
            base_addresses={"api": account.api_base} if account.api_base else {},
        )  # fmt: skip


def session_params(wish: LinkWish) -> Any:
    """The whole request, from the wish alone: a repeated request must not differ in a single byte."""
    minor, currency = wish.amount.amount_minor, wish.amount.currency
    if currency in THREE_DECIMAL and minor % 10:
        raise PaymentFailed(
            f"{wish.amount.text('en')}: Stripe takes {currency} in steps of ten minor units",
            code="stripe:amount_step", action="refused",
        )  # fmt: skip
    metadata = {
        "link": wish.id, "tenant_id": wish.tenant, f"{wish.kind}_id": wish.number,
        "contact_id": str(wish.customer_id), "attempt": str(wish.attempt),
    }  # fmt: skip
    oxxo = currency == "MXN" and _OXXO[0] <= minor <= _OXXO[1]
    return {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": currency.lower(),
                    "unit_amount": minor,
                    "product_data": {"name": _TITLES[wish.kind].get(wish.locale, "{}").format(wish.number)},
                },
            }
        ],
        "payment_method_types": ["card", "oxxo"] if oxxo else ["card"],
        "adaptive_pricing": {"enabled": False},  # the amount that is paid is the amount that is owed
        "client_reference_id": wish.number[:200],
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},  # a session's metadata does not reach its payment intent
        "locale": _LOCALES.get(wish.locale, "auto"),
        "expires_at": int(wish.expires_at.timestamp()),
        "success_url": f"{wish.return_url}/pay/done?lang={wish.locale}",
        "cancel_url": f"{wish.return_url}/pay/open?lang={wish.locale}",
    }


def _options(account: ProviderAccount, key: str = "") -> Any:
    options = {"idempotency_key": key} if key else {}
    if account.settings.get("connect_account"):
        options["stripe_account"] = account.settings["connect_account"]
    return options


async def _called(ask: Callable[[], Awaitable[Done]], *, reads: bool = False) -> Done:
    """Ask, and ask again where that is safe: every POST of ours has a key of its own."""
    retrying = AsyncRetrying(
        stop=stop_after_attempt(_ATTEMPTS), wait=wait_random_exponential(multiplier=0.2, max=2.0),
        retry=retry_if_exception(lambda fault: _worth_it(fault, reads)), reraise=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            async for attempt in retrying:
                with attempt:
                    try:
                        return await ask()
                    except stripe.StripeError as fault:
                        raise classified(fault) from fault
                    except (aiohttp.ClientError, OSError) as fault:  # the SDK lets a body that breaks off through
                        raise PaymentFailed("Stripe broke off", code="stripe:broken_off", action="retry") from fault
    except TimeoutError:
        raise PaymentFailed("Stripe does not answer in time", code="stripe:timeout", action="retry") from None
    raise AssertionError("tenacity ends with an answer or an exception")


def _worth_it(fault: BaseException, reads: bool) -> bool:
    actions = ("retry", "renew") if reads else ("retry",)
    return isinstance(fault, PaymentFailed) and fault.action in actions and (fault.retry_after or 0) <= 2


def classified(fault: stripe.StripeError) -> PaymentFailed:
    """The one border between the SDK's errors and ours. The message is Stripe's: it names no secret."""
    status, code = fault.http_status or 0, str(fault.code or type(fault).__name__)
    message = f"Stripe: {fault.user_message or code}"
    failed, name = PaymentFailed, f"stripe:{code}"
    if isinstance(fault, stripe.AuthenticationError | stripe.PermissionError):
        return failed("Stripe does not accept the tenant's secret key", code=name, action="account")
    if status == 409 or isinstance(fault, stripe.RateLimitError | stripe.APIConnectionError):
        return failed(message, code=name, action="retry", retry_after=_retry_after(fault))
    if isinstance(fault, stripe.IdempotencyError):
        return failed(message, code=name, action="renew")
    if isinstance(fault, stripe.APIError) or status >= 500:
        return failed("Stripe has trouble of its own", code=name, action="renew")  # the old key repeats the answer
    return failed(message, code=name, action="refused")


def _retry_after(fault: stripe.StripeError) -> float | None:
    try:
        return float((fault.headers or {}).get("retry-after", ""))
    except ValueError:
        return None
