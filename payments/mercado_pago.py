"""Mercado Pago over its REST API: Checkout Pro preferences for links, refunds, and its search for payments.

https://www.mercadopago.com.mx/developers/es/reference. Amounts are decimals, a notification carries only an id, and its
signature covers that id, not the body: what a payment came to is always fetched.
"""

import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, quote

import aiohttp
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from core.clock import Clock
from core.errors import BadSignature, PaymentFailed, Unreadable
from core.messages import Request
from core.money import Money
from core.payment_facts import DECLINED, FAILED, PENDING, RECEIVED, Facts, Part, Told
from core.payments import LinkWish, MadeLink, ProviderAccount
from payments.base import Notification

Json = dict[str, Any]
_API = "https://api.mercadopago.com"
_TOLERANCE_SECONDS = 300
_PAGE = 50
_STAGES = {
    "pending": PENDING, "in_process": PENDING, "authorized": PENDING, "rejected": DECLINED, "cancelled": FAILED,
    "approved": RECEIVED, "in_mediation": RECEIVED, "refunded": RECEIVED, "charged_back": RECEIVED,
}  # fmt: skip


class MercadoPago:
    """One HTTP client for all tenants."""

    name = "mercado_pago"

    def __init__(self) -> None:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=8, sock_connect=3))

    async def create(self, account: ProviderAccount, wish: LinkWish) -> MadeLink:
        """Make a preference."""
        made = await self._call(account, "POST", "/checkout/preferences", preference(wish), key=wish.id)
        return MadeLink(provider_id=made["id"], url=made["sandbox_init_point" if account.sandbox else "init_point"])

    async def expire(self, account: ProviderAccount, provider_id: str) -> None:
        """Let a preference end now."""
        past = _iso(datetime.fromtimestamp(Clock.millis() / 1000, UTC) - timedelta(minutes=1))
        ended = {"expires": True, "expiration_date_to": past}
        try:
            await self._call(account, "PUT", f"/checkout/preferences/{quote(provider_id)}", ended)
        except PaymentFailed as fault:
            if fault.action != "refused":
                raise

    async def refund(self, account: ProviderAccount, payment_id: str, amount: Money | None, *, key: str) -> str:
        """Refund a payment, in part or whole."""
        body = {"amount": float(amount.major)} if amount else {}
        made = await self._call(account, "POST", f"/v1/payments/{quote(payment_id)}/refunds", body, key=key)
        return str(made["id"])

    async def retrieve(self, account: ProviderAccount, provider_id: str) -> Json:
        """A preference as it stands."""
        return await self._call(account, "GET", f"/checkout/preferences/{quote(provider_id)}")

    async def fetched(self, account: ProviderAccount, event: Json) -> Json:
        """The notification with its payment inside."""
        if event.get("object"):
            return event
        found = await self._call(account, "GET", f"/v1/payments/{quote(str(event['data']['id']))}")
        return {**event, "object": found}

    async def events(
        self, account: ProviderAccount, since: datetime, until: datetime | None = None
    ) -> AsyncIterator[Json]:
        """Payments that changed since then, as the notifications that would have told."""
        offset, end = 0, quote(_iso(until)) if until else "NOW"
        while True:
            query = (
                f"sort=date_last_updated&criteria=desc&range=date_last_updated&begin_date={quote(_iso(since))}"
                f"&end_date={end}&limit={_PAGE}&offset={offset}"
            )
            page = await self._call(account, "GET", f"/v1/payments/search?{query}")
            for found in page["results"]:
                yield {
                    "id": f"{found['id']}:{found.get('date_last_updated')}", "type": "payment",
                    "data": {"id": str(found["id"])}, "object": found,
                }  # fmt: skip
            offset += _PAGE
            if offset >= page["paging"]["total"]:
                return

    async def close(self) -> None:
        """Close the HTTP client."""
        await self._http.close()

    async def _call(
        self, account: ProviderAccount, method: str, path: str, body: Json | None = None, *, key: str = ""
    ) -> Json:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(3), wait=wait_random_exponential(multiplier=0.2, max=2.0), reraise=True,
            retry=retry_if_exception(lambda fault: isinstance(fault, PaymentFailed) and fault.action == "retry"),
        )  # fmt: skip
        async for attempt in retrying:
            with attempt:
                return await self._once(account, method, path, body, key)
        raise AssertionError("tenacity ends with an answer or an exception")

    async def _once(self, account: ProviderAccount, method: str, path: str, body: Json | None, key: str) -> Json:
        headers = {"Authorization": f"Bearer {account.secrets['access_token']}"}
        headers |= {"X-Idempotency-Key": key} if key else {}
        url = (account.api_base or _API) + path
        try:
            async with self._http.request(method, url, json=body, headers=headers) as answer:
                found = await answer.json(content_type=None) if answer.status != 204 else {}
                if answer.status < 300 and isinstance(found, dict):
                    return found
                raise _failed(answer.status, found)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as fault:
            raise PaymentFailed("Mercado Pago broke off", code="mercado_pago:broken_off", action="retry") from fault


def _failed(status: int, found: Any) -> PaymentFailed:
    code = str(found.get("error") or status) if isinstance(found, dict) else str(status)
    name = f"mercado_pago:{code[:60]}"
    if status in (401, 403):
        return PaymentFailed("Mercado Pago does not accept the access token", code=name, action="account")
    if status == 429 or status >= 500:
        return PaymentFailed("Mercado Pago has trouble of its own", code=name, action="retry")
    message = str(found.get("message") or code)[:200] if isinstance(found, dict) else code
    return PaymentFailed(f"Mercado Pago: {message}", code=name, action="refused")


def preference(wish: LinkWish) -> Json:
    """The whole request, from the wish alone."""
    return {
        "items": [
            {"id": wish.number, "title": wish.number, "quantity": 1, "unit_price": float(wish.amount.major),
             "currency_id": wish.amount.currency}
        ],
        "external_reference": wish.id,
        "metadata": {"link": wish.id, "tenant_id": wish.tenant, f"{wish.kind}_id": wish.number},
        "notification_url": f"{wish.return_url}/webhooks/mercado_pago/{wish.tenant}?source_news=webhooks",
        "back_urls": {
            "success": f"{wish.return_url}/pay/done?lang={wish.locale}",
            "pending": f"{wish.return_url}/pay/done?lang={wish.locale}",
            "failure": f"{wish.return_url}/pay/open?lang={wish.locale}",
        },
        "expires": True, "expiration_date_to": _iso(wish.expires_at),
        "date_of_expiration": _iso(wish.expires_at + timedelta(days=3)),  # of a voucher
    }  # fmt: skip


class MercadoPagoWebhook:
    """Notifications: `x-signature: ts=…,v1=…` over the payment's id, the request's id and the time."""

    fetches = True

    def verify(self, request: Request, account: ProviderAccount, now: float) -> None:
        """Raise BadSignature unless one of the account's secrets signed the id."""
        given = dict(part.strip().partition("=")[::2] for part in request.headers.get("x-signature", "").split(","))
        at, hexes = given.get("ts", ""), given.get("v1", "").encode("utf-8", "surrogateescape")
        manifest = signed_text(_id(request), request.headers.get("x-request-id", ""), at)
        expected = [hmac.new(key.encode(), manifest, hashlib.sha256) for key in account.webhook_secrets]
        if not hexes or not any(hmac.compare_digest(each.hexdigest().encode(), hexes) for each in expected):
            raise BadSignature("x-signature does not fit the webhook secret")
        seconds = int(at) / (1000 if len(at) > 10 else 1)  # both are sent
        if seconds < now - _TOLERANCE_SECONDS:
            raise BadSignature("the signature is older than five minutes: is this machine's clock right?")

    def notification(self, event: Json, account: ProviderAccount) -> Notification:
        """Name it; only payments concern us."""
        name = str(event.get("type") or event.get("topic"))
        number = str(event["data"]["id"])
        event_id = f"{number}:{event['id']}"[:255]
        return Notification(event_id=event_id, name=f"{name}.{number}"[:200], concerns=name == "payment")

    def read(self, event: Json) -> Told | None:
        """The facts of the payment inside."""
        try:
            return _told(event["object"])
        except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as fault:
            raise Unreadable(f"payment: {type(fault).__name__} {fault}") from fault

    def mode(self, account: ProviderAccount) -> str:
        """The token does not tell for sure."""
        return ""


def signed_text(number: str, request_id: str, at: str) -> bytes:
    """What Mercado Pago signs."""
    parts = (("id", number.lower()), ("request-id", request_id), ("ts", at))
    return "".join(f"{name}:{value};" for name, value in parts if value).encode("utf-8", "surrogateescape")


def _id(request: Request) -> str:
    return dict(parse_qsl(request.query)).get("data.id", "")


def _told(payment: Json) -> Told:
    currency, status = str(payment["currency_id"]).upper(), str(payment["status"])
    stage = _STAGES.get(status, PENDING)
    asked = _minor(payment["transaction_amount"], currency)
    disputes = {}
    if status in ("in_mediation", "charged_back"):
        done = {"settled": 1, "reimbursed": 2}.get(str(payment.get("status_detail")), 0)
        disputes = {"claim": Part(minor=asked, rank=done if status == "charged_back" else 0)}
    link = payment.get("external_reference")
    tenant = (payment.get("metadata") or {}).get("tenant_id")
    why = payment.get("status_detail") if stage == DECLINED else None
    facts = Facts(
        stage=stage, asked=asked, received=asked if stage == RECEIVED else 0, currencies=frozenset({currency}),
        links=frozenset({str(link)} if link else ()), tenants=frozenset({str(tenant)} if tenant else ()),
        methods=frozenset({str(payment.get("payment_method_id") or payment.get("payment_type_id") or "other")}),
        refunded_in_all=_minor(payment.get("transaction_amount_refunded") or 0, currency), disputes=disputes,
        reasons=frozenset({str(why)} if why else ()),
        vouchers=_voucher(payment) if stage == PENDING else frozenset(),
    )  # fmt: skip
    return Told(payment_id=str(payment["id"]), facts=facts)


def _voucher(payment: Json) -> frozenset[str]:
    details = payment.get("transaction_details") or {}
    url, ends = details.get("external_resource_url"), payment.get("date_of_expiration")
    if payment.get("payment_type_id") != "ticket" or not url or not ends:
        return frozenset()
    number = str(details.get("payment_method_reference_id") or payment["id"]).replace(" ", "")
    return frozenset({f"{int(datetime.fromisoformat(ends).timestamp())} {number} {url}"})


def _minor(value: Any, currency: str) -> int:
    return Money.of(Decimal(str(value)), currency).amount_minor


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
