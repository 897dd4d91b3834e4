"""The hosted pay page that a payment link opens: by card, by OXXO voucher, or not at all."""

from contextlib import suppress
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from core.money import Money
from emulator.asgi import form
from emulator.labels import chosen
from emulator.payloads.stripe import Json
from emulator.stripe import Stripe
from emulator.stripe_books import Refused

_FOLDER = Path(__file__).parent / "templates"
_SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
                               "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
}  # fmt: skip
_WORDS = {
    "es": {
        "title": "Pagar", "card": "Pagar con tarjeta 4242", "declined": "Pagar con una tarjeta sin fondos",
        "oxxo": "Pagar en OXXO: generar ficha", "expire": "Dejar vencer la liga",
        "oxxo_paid": "La tienda recibió el pago",
        "oxxo_failed": "La ficha venció sin pago", "refund": "Devolver todo",
        "dispute": "El titular desconoce el cargo",
        "paid": "Pagado", "open": "Por pagar", "expired": "Vencida", "pending": "Ficha OXXO por pagar",
        "failed": "La ficha venció", "back": "Volver al comercio", "reference": "Referencia",
        "note": "Página del emulador: no se mueve dinero.", "refused": "La tarjeta fue rechazada.",
        "gone": "Esta liga no existe en el emulador.",
    },
    "en": {
        "title": "Pay", "card": "Pay by card 4242", "declined": "Pay by a card without funds",
        "oxxo": "Pay at OXXO: make a voucher", "expire": "Let the link expire", "oxxo_paid": "The shop took the money",
        "oxxo_failed": "The voucher expired unpaid", "refund": "Refund all",
        "dispute": "The holder disputes the charge",
        "paid": "Paid", "open": "To be paid", "expired": "Expired", "pending": "OXXO voucher to be paid",
        "failed": "The voucher expired", "back": "Back to the shop", "reference": "Reference",
        "note": "A page of the emulator: no money moves.", "refused": "The card was declined.",
        "gone": "The emulator knows no such link.",
    },
    "pt": {
        "title": "Pagar", "card": "Pagar com cartão 4242", "declined": "Pagar com um cartão sem saldo",
        "oxxo": "Pagar no OXXO: gerar boleto", "expire": "Deixar o link expirar",
        "oxxo_paid": "A loja recebeu o pagamento",
        "oxxo_failed": "O boleto venceu sem pagamento", "refund": "Devolver tudo",
        "dispute": "O titular contesta a cobrança", "paid": "Pago", "open": "A pagar", "expired": "Expirado",
        "pending": "Boleto OXXO a pagar", "failed": "O boleto venceu", "back": "Voltar à loja",
        "reference": "Referência", "note": "Página do emulador: nenhum dinheiro é movido.",
        "refused": "O cartão foi recusado.", "gone": "O emulador não conhece este link.",
    },
}  # fmt: skip


class PayPage:
    """A person's side of a checkout session."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe
        loader = FileSystemLoader(_FOLDER)
        self._template = Environment(loader=loader, autoescape=select_autoescape()).get_template("pay.html")

    def routes(self) -> list[Route]:
        """The page, and its buttons."""
        return [
            Route("/stripe/c/pay/{session}", self.page, methods=["GET"]),
            Route("/stripe/c/pay/{session}", self.press, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The session as it stands."""
        number = request.path_params["session"]
        try:
            books = self._stripe.holding(number)
            session = books.get(number, "checkout.session")
        except Refused:
            words = _WORDS[chosen("", request.headers.get("accept-language", ""))]
            return HTMLResponse(self._template.render(t=words, state="gone", language="es"), 404, _SAFE)
        language = str(session["locale"] or "")[:2]
        if language not in _WORDS:
            language = chosen("", request.headers.get("accept-language", ""))
        intent = books.objects.get(session["payment_intent"] or "", {})
        state = _state(session, intent)
        html = self._template.render(
            t=_WORDS[language], language=language, state=state, title=session["_title"],
            amount=Money(session["amount_total"], session["currency"].upper()).text(language),
            actions=_actions(session, state), refused=state == "open" and bool(intent.get("last_payment_error")),
            reference=(intent.get("next_action") or {}).get("oxxo_display_details", {}).get("number", ""),
            back=session["success_url"] if state in ("paid", "pending") else session["cancel_url"],
        )  # fmt: skip
        return HTMLResponse(html, headers=_SAFE)

    async def press(self, request: Request) -> Response:
        """One of the buttons; the page then shows what came of it."""
        number, given = request.path_params["session"], dict(await form(request))
        with suppress(Refused):  # pressed twice, or too late: the page shows how it stands
            self._stripe.happen(number, given.get("action", ""))
        return RedirectResponse(f"/stripe/c/pay/{number}", 303, _SAFE)


def _state(session: Json, intent: Json) -> str:
    if session["payment_status"] == "paid":
        return "paid"
    if session["status"] == "complete":
        return "pending" if intent.get("status") == "requires_action" else "failed"
    return str(session["status"])


def _actions(session: Json, state: str) -> list[str]:
    if state == "open":
        oxxo = ["oxxo"] if "oxxo" in session["payment_method_types"] else []
        return ["card", *oxxo, "declined", "expire"]
    return {"pending": ["oxxo_paid", "oxxo_failed"], "paid": ["refund", "dispute"]}.get(state, [])
