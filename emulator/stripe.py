"""Stripe's API at /stripe/v1, its hosted pay page, and its webhooks with redelivery."""

import asyncio
import re
from base64 import b64decode
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.messages import Account
from core.messages import Request as Webhook
from emulator import stripe_file
from emulator.asgi import answer, form
from emulator.faults import Fault
from emulator.payloads.stripe import Json, new_id
from emulator.stripe_books import ACTIONS, Books, Refused, page, public, since
from emulator.world import Call, World, play

_PART = re.compile(r"\[([^\]]*)\]")
_EXPIRE = re.compile(r"checkout/sessions/([^/]+)/expire")
_SAVE_SECONDS = 0.5  # changes within this time are written together
_KINDS = {
    "checkout/sessions": "checkout.session", "payment_intents": "payment_intent", "charges": "charge",
    "refunds": "refund", "disputes": "dispute",
}  # fmt: skip
_OTHER_PARAMETERS = (
    "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key "
    "other than the one that was used if you meant to execute a different request."
)


class Act(msgspec.Struct):
    """The body of `POST /emulator/payments`: what a customer or bank does with a session (its id or its URL)."""

    session: str
    action: str
    amount: int | None = None  # of a refund, minor units
    lose: bool = False  # the webhooks of this step never arrive
    copies: int = 1  # each webhook comes so many times


class Stripe:
    """All accounts by their secret key; the webhook of a key is the one of the tenant that registered it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._books: dict[tuple[str, str], Books] = {}
        self._unsaved = False

    def load(self) -> None:
        """Take up what an earlier run had."""
        for kept in stripe_file.load(self._world.stripe_file):
            books = self.books(kept.key, kept.connected)
            books.objects, books.events, books.answers = kept.objects, kept.events, kept.answers

    def save(self) -> None:
        """Write the books down."""
        self._unsaved = False
        stripe_file.save(self._world.stripe_file, self._books.values())

    async def _save_soon(self) -> None:
        await asyncio.sleep(_SAVE_SECONDS)
        self.save()

    def _changed(self) -> None:
        if not self._unsaved:
            self._unsaved = True
            self._world.sender.later(self._save_soon())

    def routes(self) -> list[Route]:
        """The API, and the emulator's own way to pay."""
        return [
            Route("/stripe/v1/{path:path}", self.call, methods=["GET", "POST", "DELETE"]),
            Route("/emulator/payments", self.pay, methods=["POST"]),
            Route("/emulator/payments", self.listed, methods=["GET"]),
        ]

    async def call(self, request: Request) -> Response:
        """Any request of the SDK."""
        key, path = _key(request), request.path_params["path"].strip("/")
        if not key.startswith(("sk_test_", "rk_test_", "sk_live_", "rk_live_")):
            hidden = f"{key[:7]}****" if key else ""
            return _error(401, f"Invalid API Key provided: {hidden}" if key else "You did not provide an API key.")
        account = self._account(key)
        given = nested(await form(request) if request.method != "GET" else list(request.query_params.multi_items()))
        books = self.books(key, request.headers.get("stripe-account", ""))
        body = await request.body()
        call = Call(provider="stripe", method=f"{request.method} /v1/{path}", tenant=account.tenant if account else "",
                    channel="stripe", body=body)  # fmt: skip

        async def act(fault: Fault | None) -> Response:
            return self._answered(books, request.method, path, given, request.headers.get("idempotency-key"))

        return await play(self._world, call, act, refuse)

    def books(self, key: str, connected: str = "") -> Books:
        """The books of one key (and of one account behind a platform)."""
        if (key, connected) not in self._books:
            self._books[key, connected] = Books(key, connected, self._world.base_url, self._world.now)
        return self._books[key, connected]

    def holding(self, session: str) -> Books:
        """The books that hold a session; raises Refused."""
        for books in self._books.values():
            if session in books.objects:
                return books
        raise Refused(404, f"No such checkout.session: '{session}'", code="resource_missing")

    def _answered(self, books: Books, method: str, path: str, given: Json, key: str | None) -> Response:
        asked = f"{method} {path} {msgspec.json.encode(given, order='deterministic').decode()}"
        headers = {"Request-Id": new_id("req"), "Stripe-Version": "2026-10-28.endive", "Stripe-Should-Retry": "false"}
        if key and method == "POST":
            headers["Idempotency-Key"] = key
            if key in books.answers:
                before, status, body = books.answers[key]
                if before != asked:
                    return _error(400, _OTHER_PARAMETERS, kind="idempotency_error")
                return answer(body, status, {**headers, "Idempotent-Replayed": "true", "Original-Request": "req_first"})
        told = len(books.events)
        try:
            status, body = 200, public(self._do(books, method, path, given, key))
        except Refused as refused:
            status, body = refused.status, {"error": refused.error}
        if method == "POST":
            self._changed()
        if key and method == "POST" and (status == 200 or status >= 500 or body["error"].get("code")):
            books.answers[key] = (asked, status, body)
        self.tell(books, books.events[told:])
        return answer(body, status, headers)

    def _do(self, books: Books, method: str, path: str, given: Json, key: str | None) -> Json:
        done = self._write(books, path, given, key) if method == "POST" else self._read(books, path, given)
        if done is None or method not in ("GET", "POST"):
            played = "checkout sessions, payment intents, charges, refunds, disputes and events"
            raise Refused(404, f"Unrecognized request URL ({method}: /v1/{path}). The emulator plays {played}.")
        return done

    def _write(self, books: Books, path: str, given: Json, key: str | None) -> Json | None:
        writes = {"checkout/sessions": books.create_session, "refunds": books.refund}
        if path in writes:
            return writes[path](given, key)
        expired = _EXPIRE.fullmatch(path)
        if expired:
            books.get(expired[1], "checkout.session")
            return books.expire(expired[1], key)
        return None

    def _read(self, books: Books, path: str, given: Json) -> Json | None:
        if path == "events":
            return self._events(books, given)
        folder, _, number = path.rpartition("/")
        if path in _KINDS:
            found = [each for each in reversed(books.objects.values()) if each["object"] == _KINDS[path]]
            return page(found, given, f"/v1/{path}")
        if folder in _KINDS:
            return self._expanded(books, books.get(number, _KINDS[folder]), given)
        if folder == "events":
            return next((event for event in books.events if event["id"] == number), None)
        if path == "account":
            return {"id": "acct_emulated", "object": "account", "country": "MX", "charges_enabled": True}
        return None

    def _events(self, books: Books, given: Json) -> Json:
        least, most = since(given)
        wanted = given.get("types") or ([given["type"]] if given.get("type") else [])
        found = [e for e in reversed(books.events) if least <= e["created"] <= most]
        return page([e for e in found if not wanted or e["type"] in wanted], given, "/v1/events")

    def _expanded(self, books: Books, found: Json, given: Json) -> Json:
        shown = public(found)
        for wish in given.get("expand", []):
            first, _, second = str(wish).partition(".")
            inner = books.objects.get(str(shown.get(first)))
            if inner:
                shown[first] = public(inner)
                if second and inner.get(second) in books.objects:
                    shown[first][second] = public(books.objects[inner[second]])
        return shown

    async def pay(self, request: Request) -> Response:
        """A customer or bank does something; the answer says which events followed."""
        wish = msgspec.json.decode(await request.body(), type=Act)
        session = wish.session.rstrip("/").rpartition("/")[2]
        if wish.action not in ACTIONS:
            raise msgspec.ValidationError(f"action: one of {', '.join(ACTIONS)}")
        try:
            books, events = self.happen(session, wish.action, wish.amount, lose=wish.lose, copies=wish.copies)
        except Refused as refused:
            return answer({"error": refused.error}, refused.status)
        named = [{"id": event["id"], "type": event["type"]} for event in events]
        return answer({"session": public(books.objects[session]), "events": named})

    async def listed(self, request: Request) -> Response:
        """The sessions, newest first."""
        kept = [each for books in self._books.values() for each in books.objects.values()]
        found = [public(each) for each in kept if each["object"] == "checkout.session"]
        return answer({"items": found[-200:][::-1]})

    def happen(
        self, session: str, action: str, amount: int | None = None, *, lose: bool = False, copies: int = 1
    ) -> tuple[Books, list[Json]]:
        """Do it, and send the webhooks; raises Refused."""
        books = self.holding(session)
        told = len(books.events)
        books.act(session, action, amount)
        events = books.events[told:]
        self._changed()
        if not lose:
            self.tell(books, events * max(1, min(copies, 20)))
        return books, events

    def tell(self, books: Books, events: list[Json]) -> None:
        """Send the webhooks, each on its own: Stripe promises no order."""
        account = self._account(books.key)
        if account is None:
            return
        for event in events:
            request = Webhook(
                method="POST", path=f"/webhooks/stripe/{account.tenant}", query="",
                headers={"content-type": "application/json; charset=utf-8", "user-agent": "Stripe/1.0"},
                body=msgspec.json.encode(event),
            )  # fmt: skip
            self._world.sender.later(self._world.sender.post(account, request, what=event["type"]))

    def _account(self, key: str) -> Account | None:
        found = [a for a in self._world.accounts.by_secret("secret_key", key) if a.channel == "stripe"]
        return found[-1] if found else None


def refuse(fault: Fault) -> Response:
    """The answer of a fault program."""
    if fault.kind == "429":
        headers = {"Retry-After": str(fault.retry_after)}
        return _error(429, "Too many requests hit the API too quickly.", code="rate_limit", headers=headers)
    if fault.kind == "error_code":
        return _error(fault.code or 400, "The request was refused.", code="refused")
    return _error(500, "Something went wrong on Stripe's end.", kind="api_error")


def nested(fields: list[tuple[str, str]]) -> Json:
    """`a[0][b]=c` as the lists and objects that it means."""
    tree: Json = {}
    for name, value in fields:
        head, _, _ = name.partition("[")
        path = [head, *_PART.findall(name)]
        at: Any = tree
        for part in path[:-1]:
            at = at.setdefault(part or str(len(at)), {}) if isinstance(at, dict) else at
        if isinstance(at, dict):
            at[path[-1] or str(len(at))] = value
    return {key: _lists(each) for key, each in tree.items()}


def _lists(found: Any) -> Any:
    if not isinstance(found, dict):
        return found
    inner = {key: _lists(value) for key, value in found.items()}
    if inner and all(key.isdecimal() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def _key(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return b64decode(value).decode().partition(":")[0]
        except ValueError:
            return ""
    return value.strip()


def _error(
    status: int, message: str, *, code: str = "", kind: str = "invalid_request_error",
    headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    error = {"message": message, "type": kind, **({"code": code} if code else {})}
    return answer({"error": error}, status, {"Request-Id": new_id("req"), **(headers or {})})
