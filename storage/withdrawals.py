"""Withdrawals of royalties: a one-time code, then a booking.

A turn may run again (a worker died) and may be thrown away (a person took over). So a code and a wrong attempt are
keyed by the turn's request and happen once, and money moves only in the transaction that saves the turn (core Write).
"""

import hmac
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from redis.exceptions import RedisError

from core.conversation import Conversation, Write
from core.money import Money
from core.records import WithdrawalStep
from storage import code_notices, numbers, royalties
from storage.doorbell import Doorbell
from storage.resources import Resources

CODE_MINUTES, ATTEMPTS = 10, 5
CODES_AN_HOUR = 5


class Withdrawals:
    """One customer's withdrawals, in one turn of one conversation."""

    def __init__(self, resources: Resources, at: Conversation, request: str, writes: list[Write]) -> None:
        self._resources, self._tenant, self._customer = resources, at.tenant, at.customer_id
        self._at, self._request, self._writes = at, request, writes
        self._now: datetime = resources.clock.now(at.tenant)

    async def ask(self, amount: Money, minimum: Money, wording: str) -> WithdrawalStep:
        """Send a code for `amount`; `wording` is the message around `{code}`. Nothing is booked."""
        async with self._resources.pg.acquire() as connection, connection.transaction():
            await self._lock(connection)
            if known := await connection.fetchrow(_BY_REQUEST, self._tenant, self._request):
                return _sent(known)  # this turn ran before
            # whatever comes of it: another amount was named, and the code of the one before is void
            await connection.execute(_REPLACE, self._tenant, self._customer)
            if refusal := await self._refusal(connection, amount, minimum):
                return refusal
            if await connection.fetchval(_RECENT, self._tenant, self._customer, self._now) >= CODES_AN_HOUR:
                return WithdrawalStep(state="too_many_codes")
            step, conversation = await self._send(connection, amount, wording)
        if conversation:
            await self._ring(conversation)
        return step

    async def confirm(self, code: str, minimum: Money) -> WithdrawalStep:
        """Compare a code with the newest one of this conversation; the right one books the withdrawal with the turn."""
        async with self._resources.pg.acquire() as connection, connection.transaction():
            await self._lock(connection)
            asked = await connection.fetchrow(_NEWEST, self._tenant, self._customer, self._at.id)
            if asked is not None and asked["answered_by"] == self._request:
                return _missed(asked["attempts"])  # this turn ran before
            if asked is None or asked["status"] != "open":
                return WithdrawalStep(state="no_code")
            if asked["expires_at"] <= self._now:
                return WithdrawalStep(state="expired")
            if not hmac.compare_digest(self._digest(asked["id"], code), asked["code_hash"]):
                return await self._wrong(connection, asked)
            amount = Money(asked["amount_minor"], asked["currency"])
            if refusal := await self._refusal(connection, amount, minimum):  # the balance may have gone meanwhile
                return refusal
            return await self._book(connection, asked["id"], amount)

    async def cancel(self) -> WithdrawalStep:
        """Forget a code that was asked for."""
        await self._resources.pg.execute(_REPLACE, self._tenant, self._customer)
        return WithdrawalStep(state="cancelled")

    async def _refusal(self, connection: Any, amount: Money, minimum: Money) -> WithdrawalStep | None:
        balance = await royalties.balance(connection, self._tenant, self._customer)
        if balance is None or balance.available.currency != amount.currency:
            return WithdrawalStep(state="no_account")
        state = None
        if balance.available.amount_minor <= 0:
            state = "nothing"
        elif amount < minimum:
            state = "too_little"
        elif amount > balance.available:
            state = "too_much"
        return _refused(state, amount, balance.available, minimum) if state else None

    async def _send(self, connection: Any, amount: Money, wording: str) -> tuple[WithdrawalStep, str | None]:
        code, id_ = f"{secrets.randbelow(10**6):06d}", uuid.uuid4().hex
        text = wording.replace("{code}", code)
        for place in await code_notices.places(connection, self._tenant, self._customer, self._at.id):
            if conversation := await code_notices.put(connection, self._tenant, self._customer, place, text):
                made = await connection.fetchrow(
                    _ASK, self._tenant, id_, self._customer, self._at.id, self._request, amount.currency,
                    amount.amount_minor, self._digest(id_, code), place.masked, self._now,
                    self._now + timedelta(minutes=CODE_MINUTES),
                )  # fmt: skip
                return _sent(made), conversation
        return WithdrawalStep(state="unreachable"), None

    async def _wrong(self, connection: Any, asked: Any) -> WithdrawalStep:
        attempts = asked["attempts"] + 1
        status = "wrong" if attempts >= ATTEMPTS else "open"
        await connection.execute(
            "UPDATE withdrawal_codes SET attempts = $3, status = $4, answered_by = $5 WHERE tenant_id = $1 AND id = $2",
            self._tenant, asked["id"], attempts, status, self._request,
        )  # fmt: skip
        return _missed(attempts)

    async def _book(self, connection: Any, code_id: str, amount: Money) -> WithdrawalStep:
        balance = await royalties.balance(connection, self._tenant, self._customer)
        number = await numbers.take(connection, self._tenant, "withdrawals")
        self._writes.append(Write(kind="withdrawal", data={"code": code_id, "number": number, "at": self._now}))
        left = balance.available - amount if balance else None
        return WithdrawalStep(state="confirmed", number=number, amount=amount, available=left)

    async def _lock(self, connection: Any) -> None:
        """One step after the other for a customer, from whichever conversation."""
        key = f"withdrawal:{self._tenant}:{self._customer}"
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key)

    def _digest(self, id_: str, code: str) -> str:
        return self._resources.cipher.digest(f"{self._tenant}/{id_}/{code}")

    async def _ring(self, conversation: str) -> None:
        try:
            await Doorbell(self._resources).ring([(conversation, 0)])
        except (RedisError, OSError):  # the sweeper finds what nobody rang for
            return


def _refused(state: Any, amount: Money, available: Money, minimum: Money) -> WithdrawalStep:
    return WithdrawalStep(state=state, amount=amount, available=available, minimum=minimum)


def _sent(asked: Any) -> WithdrawalStep:
    return WithdrawalStep(
        state="code_sent", amount=Money(asked["amount_minor"], asked["currency"]), sent_to=asked["sent_to"],
        minutes=CODE_MINUTES,
    )  # fmt: skip


def _missed(attempts: int) -> WithdrawalStep:
    left = max(0, ATTEMPTS - attempts)
    return WithdrawalStep(state="wrong_code" if left else "blocked", attempts_left=left)


_BY_REQUEST = "SELECT * FROM withdrawal_codes WHERE tenant_id = $1 AND request_key = $2"
_RECENT = """
SELECT count(*) FROM withdrawal_codes
WHERE tenant_id = $1 AND customer_id = $2 AND created_at > $3::timestamptz - interval '1 hour'
"""
_REPLACE = """
UPDATE withdrawal_codes SET status = 'replaced' WHERE tenant_id = $1 AND customer_id = $2 AND status = 'open'
"""
_ASK = """
INSERT INTO withdrawal_codes (tenant_id, id, customer_id, conversation_id, request_key, currency, amount_minor,
                              code_hash, sent_to, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING *
"""
_NEWEST = """
SELECT * FROM withdrawal_codes WHERE tenant_id = $1 AND customer_id = $2 AND conversation_id = $3
ORDER BY created_at DESC, status = 'open' DESC LIMIT 1 FOR UPDATE
"""
