"""A turn on records that a test states itself: agents and orchestrator are real, the tools read these records."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec

from agents.reading import fold
from core import returned as calculated
from core.clock import Clock
from core.conversation import Conversation, Inbound, Outcome, Write
from core.dunning import Instalment, Promised, Terms
from core.errors import NotFound
from core.model_calls import ModelCall
from core.money import Money
from core.records import (
    Back,
    Earning,
    Invoice,
    KnowledgeAnswer,
    Order,
    Product,
    ProductFilter,
    Quote,
    Recommended,
    Release,
    Returnable,
    ReturnStep,
    RoyaltyBalance,
    Tenant,
    Ticket,
    Waiting,
    WithdrawalState,
    WithdrawalStep,
)
from core.settings import Settings
from core.words import stem
from llm.ladder import Ladder
from orchestrator.attending import Attending
from orchestrator.turn import Turns
from storage import collecting, quotes

NOW = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)  # a Wednesday


class StatedWithdrawal:
    """A withdrawal whose code the dialogue states; lives as long as the dialogue."""

    def __init__(self, code: str) -> None:
        self.code, self.attempts = code, 0
        self.asked: Money | None = None
        self.booked: list[Money] = []

    def ask(self, balance: RoyaltyBalance | None, amount: Money, minimum: Money) -> WithdrawalStep:
        if balance is None:
            return WithdrawalStep(state="no_account")
        self.asked = None  # as in storage: the code of before is void, whatever comes of this
        for state, refused in (("too_little", amount < minimum), ("too_much", amount > balance.available)):
            if refused:
                return WithdrawalStep(state=state, amount=amount, available=balance.available, minimum=minimum)
        self.asked, self.available = amount, balance.available
        return WithdrawalStep(state="code_sent", amount=amount, sent_to="a•••@mail.example", minutes=10)

    def confirm(self, code: str) -> WithdrawalStep:
        if self.asked is None:
            return WithdrawalStep(state="no_code")
        if code != self.code:
            self.attempts += 1
            left = 5 - self.attempts
            return WithdrawalStep(state="wrong_code" if left else "blocked", attempts_left=left)
        amount, self.asked = self.asked, None
        self.booked.append(amount)
        return WithdrawalStep(state="confirmed", number="R-1001", amount=amount, available=self.available - amount)


class StatedTools:
    """Finds in the records of a dialogue file what the storage would find in the database."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given
        self.writes: list[Write] = []
        self._withdrawal: StatedWithdrawal = given.setdefault("_withdrawal", StatedWithdrawal(given.get("code", "")))
        given.setdefault("_tickets", [])
        given.setdefault("_returned", [])
        given.setdefault("_promises", [])  # (invoice, day, amount or None), the newest last
        given.setdefault("_split", [])
        given.setdefault("_backs", {})

    def _all(self, name: str, shape: type[Any]) -> Any:
        return msgspec.convert(self._given.get(name, []), list[shape], strict=False)  # type: ignore[valid-type]

    async def search_products(
        self, query: str, limit: int = 5, only: ProductFilter | None = None, *, words_only: bool = False
    ) -> Sequence[Product]:
        found = [
            msgspec.structs.replace(item, score=1.0)
            for item in self._all("products", Product)
            if item.sku == query.upper()
        ]
        if found:
            return found
        words = [word[:4] for word in fold(query).split()]
        for product in self._all("products", Product):
            text = fold(f"{product.name} {product.sku}")
            score = sum(word in text for word in words) / max(1, len(words))
            if score and (only is None or only.takes(product)):
                lacks = tuple(f"?{stem(word)}" for word in fold(query).split() if word[:4] not in text)
                found.append(msgspec.structs.replace(product, score=score, lacks=lacks))
        return sorted(found, key=lambda product: -product.score)[:limit]

    async def recommend(self, beside: Sequence[str] = (), among: Sequence[str] = ()) -> Recommended:
        products = {item.sku: item for item in self._all("products", Product) if item.stock > 0}
        sold = [products[sku] for sku in self._given.get("best_sellers", []) if sku in products]
        beyond = [item for item in sold if item.sku not in beside]
        together = self._given.get("bought_together", {})
        fits = [products[other] for sku in beside for other in together.get(sku, []) if other in products]
        if among:
            return Recommended(kind="sellers", products=tuple(item for item in sold if item.sku in among)[:3])
        if fits:
            return Recommended(kind="together", products=tuple(fits[:3]))
        return Recommended(kind="best", products=tuple(beyond[:3]))

    async def knowledge(self, question: str) -> Sequence[KnowledgeAnswer]:
        words = [word[:5] for word in fold(question).split() if len(word) > 3]
        pages = self._all("pages", KnowledgeAnswer)
        scored = [(sum(word in fold(p.title + p.text) for word in words) / max(1, len(words)), p) for p in pages]
        found = [msgspec.structs.replace(page, score=score) for score, page in scored if score]
        return sorted(found, key=lambda page: -page.score)

    async def orders(self, number: str | None = None) -> Sequence[Order]:
        return [order for order in self._all("orders", Order) if number in (None, order.number)]

    async def invoices(self) -> Sequence[Invoice]:
        found: Sequence[Invoice] = self._all("invoices", Invoice)
        return found

    async def balance(self) -> RoyaltyBalance | None:
        stated = self._given.get("balance")
        return msgspec.convert(stated, RoyaltyBalance, strict=False) if stated else None

    async def earnings(self, period: str | None = None) -> Sequence[Earning]:
        return [row for row in self._all("earnings", Earning) if row.period.startswith(period or "")]

    async def withdrawal_ask(self, amount: Money, minimum: Money, wording: str) -> WithdrawalStep:
        return self._withdrawal.ask(await self.balance(), amount, minimum)

    async def withdrawal_confirm(self, code: str, minimum: Money) -> WithdrawalStep:
        return self._withdrawal.confirm(code)

    async def withdrawal_cancel(self) -> WithdrawalStep:
        self._withdrawal.asked = None
        return WithdrawalStep(state="cancelled")

    async def stop_promotions(self) -> None:
        self.promotions_stopped = True

    async def withdrawals(self, number: str | None = None) -> Sequence[WithdrawalState]:
        asked, booked = self._withdrawal.asked, self._withdrawal.booked
        until = NOW + timedelta(minutes=10)
        open_ = [WithdrawalState(state="code", amount=asked, at=until, sent_to="a•••@mail.example")] if asked else []
        made = [WithdrawalState(state="requested", number="R-1001", amount=each, at=NOW) for each in booked]
        all_ = [*open_, *made, *self._all("withdrawals", WithdrawalState)]
        return [each for each in all_ if number in (None, each.number)]

    async def quote(self, locale: str) -> Quote | None:
        return self._given.get("_quote")

    async def save_quote(self, lines: Sequence[tuple[str, Decimal]], locale: str, extra: Decimal = Decimal(0)) -> Quote:
        products = {product.sku: product for product in self._all("products", Product)}
        tiers = [(scope, Decimal(least), Decimal(rate)) for scope, least, rate in self._given.get("tiers", [])]
        rate = Decimal(self._given.get("tax_rate", "0"))
        priced = [(products[sku], quantity) for sku, quantity in lines]
        before = await self.quote("es")
        version = before.version + 1 if before else 1
        link = f"https://shop.example.com/documents/signed/C-1001-v{version}"
        self._given["_quote"] = made = Quote(
            number="C-1001", version=version, status="sent", extra=extra, created_on=NOW.date(),
            sums=quotes.price(priced, tiers, rate, priced[0][0].price.currency, extra),
            valid_until=NOW.date() + timedelta(days=15), pdf=f"{link}.pdf", xlsx=f"{link}.xlsx",
        )  # fmt: skip
        self.writes.append(Write(kind="quote", data={"version": version}))
        return made

    async def void_quote(self, reason: str) -> None:
        self._given["_quote"] = None
        self.writes.append(Write(kind="quote_void", data={"reason": reason}))

    async def discount_limit(self) -> Decimal:
        return Decimal(self._given.get("discount_limit", "0.05"))

    async def confirm_order(self) -> Order:
        quote = self._given["_quote"]
        assert quote.status == "sent"
        self._given["_quote"] = None
        made = Order(number="P-1047", status="new", total=quote.sums.total, placed_on=NOW.date())
        self._given.setdefault("orders", []).append(msgspec.to_builtins(made))
        self.writes.append(Write(kind="order", data={"number": made.number}))
        return made

    async def payment_link(self, kind: str, number: str) -> str:
        if "payment_url" not in self._given:
            raise NotFound("no provider")
        return f"{self._given['payment_url']}/{kind}/{number}"

    async def tickets(self) -> Sequence[Ticket]:
        return [*self._all("tickets", Ticket), *self._given["_tickets"]]

    async def open_ticket(self, category: str, summary: str, priority: int) -> Ticket:
        opened = self._given["_tickets"]
        made = Ticket(
            number=f"T-{1001 + len(opened)}", category=category, status="open", opened_at=NOW, priority=priority,
            summary=summary,
        )  # fmt: skip
        opened.append(made)
        return made

    async def returnable(self, order: str, locale: str) -> Returnable:
        [found] = [each for each in self._all("orders", Order) if each.number == order]
        backs = tuple(self._given["_backs"].get((order, n), Back()) for n in range(len(found.lines)))
        conditions = self._given.get("return_conditions", {}).get(locale, "")
        return Returnable(backs=backs, days=30, late=order in self._given.get("late", ()), conditions=conditions)

    async def ask_return(
        self, order: str, lines: Sequence[int], why: str, summary: str, pieces: Sequence[Decimal] = ()
    ) -> ReturnStep:
        found = next(each for each in self._all("orders", Order) if each.number == order)
        backs = (await self.returnable(order, "es")).backs
        wanted = dict(zip(lines, pieces or [found.lines[n].quantity for n in lines], strict=True))
        made: list[tuple[str, Sequence[int], ReturnStep]] = self._given["_returned"]
        if any(some > calculated.left(found.lines[n], backs[n]) for n, some in wanted.items()):
            known = next(step for number, of, step in made if number == order and {*of} & {*lines})
            return msgspec.structs.replace(known, state="known")
        amount = calculated.amount(found, backs, wanted)
        ticket = await self.open_ticket("return", summary, 6)
        if order in self._given.get("late", ()) or amount.amount_minor > self._given.get("return_limit", 200_000):
            state = "late" if order in self._given.get("late", ()) else "over_limit"
            return ReturnStep(state=state, amount=amount, ticket=ticket.number, days=30)
        credited = amount.amount_minor <= self._given.get("credit_limit", 0)
        step = ReturnStep(
            state="credited" if credited else "authorised", number=f"D-{1001 + len(made)}", amount=amount,
            ticket=ticket.number, credit_note="NC-1001" if credited else "",
        )  # fmt: skip
        for n, some in wanted.items():
            money = backs[n].credit_minor + calculated.credit(found.lines[n], backs[n], some)
            self._given["_backs"][order, n] = Back(pieces=backs[n].pieces + some, credit_minor=money)
        made.append((order, lines, step))
        return step

    async def returns(self) -> Sequence[ReturnStep]:
        stated = self._all("returns", ReturnStep)
        return [*stated, *(step for _, _, step in self._given["_returned"])]

    async def people_waiting(self) -> Waiting:
        return Waiting(ahead=self._given.get("waiting", 0), minutes=10 + 10 * int(self._given.get("waiting", 0)))

    async def releases(self) -> Sequence[Release]:
        found: Sequence[Release] = self._all("releases", Release)
        return found

    async def terms(self) -> Terms:
        given = self._given.get("terms", {})
        owed = {item.number: item.due for item in await self.invoices()}
        stated = {"promise_days": 15, "promises_left": dict.fromkeys(owed, 2), "instalments": 3, "instalment_days": 30}
        terms = msgspec.convert({**stated, **given}, Terms, strict=False)
        left = dict(terms.promises_left)
        standing: dict[str, Promised] = {}
        for number, on, amount in self._given["_promises"]:
            if on is None:
                standing.pop(number, None)
                continue
            left[number] = max(0, left.get(number, 0) - 1)
            standing[number] = Promised(number=number, day=on, amount=amount or owed[number])
        split = {*terms.split, *self._given["_split"]}
        stands = tuple(each for number, each in sorted(standing.items()) if number not in split)
        return msgspec.structs.replace(terms, promises_left=left, split=frozenset(split), promised=stands)

    async def promise(
        self, numbers: Sequence[str], day: date, amounts: Mapping[str, Money] | None = None
    ) -> None:
        self._given["_promises"] += [(number, day, (amounts or {}).get(number)) for number in numbers]
        self.writes.append(collecting.promise(numbers, day, NOW, amounts))

    async def take_back(self, numbers: Sequence[str]) -> None:
        self._given["_promises"] += [(number, None, None) for number in numbers]
        self.writes.append(collecting.take_back(numbers, NOW))

    async def plan_debt(self, number: str, parts: Sequence[tuple[date, Money]]) -> None:
        self.writes.append(collecting.plan(collecting.named(await self.invoices(), number), parts, NOW))
        self._given["_split"].append(number)

    async def split_debt(self, number: str, parts: int) -> Sequence[Instalment]:
        debt = collecting.named(await self.invoices(), number)
        write, made = collecting.instalments(await self.terms(), debt, parts, NOW.date(), NOW)
        self.writes.append(write)
        self._given["_split"].append(number)
        return made

    async def dispute(self, numbers: Sequence[str], reason: str) -> None:
        self.writes.append(collecting.dispute(numbers, reason, NOW))


def tenant(**changes: Any) -> Tenant:
    given: dict[str, Any] = {
        "id": "acme", "name": "Refacciones Norte", "environment": "sandbox", "currency": "MXN",
        "timezone": "America/Mexico_City", "locale": "es", "hours": "L-V 9:00-18:00",
    }  # fmt: skip
    return Tenant(**(given | changes))


def conversation(*texts: str, **changes: Any) -> Conversation:
    inbound = tuple(
        Inbound(message_id=n, seq=n, kind="message", text=text, received_at=NOW) for n, text in enumerate(texts, 1)
    )
    given: dict[str, Any] = {
        "id": "acme:web:web:ana", "tenant": "acme", "account": "acme:web:web", "channel": "web", "peer": "ana",
        "customer_id": 1, "customer_name": "Ana López", "version": 1, "agent": None, "mode": "bot", "locale": None,
        "state": {}, "inbound": inbound, "history": (),
    }  # fmt: skip
    return Conversation(**(given | changes))


class FixedClock(Clock):
    """Always the same moment."""

    def now(self, tenant: str | None = None) -> datetime:
        return NOW


class Kept:
    """Model calls in memory; `spends` is what the tenant has spent already."""

    def __init__(self, spends: int = 0) -> None:
        self.calls: list[ModelCall] = []
        self.spends = spends

    async def find(self, conversation: str, from_seq: int, call: str) -> dict[str, Any] | None:
        key = (conversation, from_seq, call)
        return next((c.answer for c in self.calls if (c.conversation, c.from_seq, c.call) == key), None)

    async def keep(self, call: ModelCall) -> None:
        self.calls.append(call)

    async def spent(self, tenant: str) -> int:
        return self.spends


def turns(given: dict[str, Any] | None = None, ladder: Ladder | None = None, kept: Kept | None = None) -> Turns:
    stated = {} if given is None else given  # one for all turns: what they change stays
    resources = SimpleNamespace(settings=Settings(), clock=FixedClock(), redis=None, pg=None)
    return Attending(resources, lambda *_: StatedTools(stated), ladder or Ladder([]), kept or Kept())


async def say(
    running: Turns, before: Outcome | None, *texts: str, who: Tenant | None = None, **changes: Any
) -> Outcome:
    """The next turn of a conversation."""
    names = ("agent", "locale", "state", "mode")
    kept = {name: getattr(before, name) for name in names} if before else {}
    return await running.run(conversation(*texts, **(kept | changes)), who or tenant())
