"""Where a pay page sends people back to: a plain page that says what happens now, without any of their data."""

from base64 import b64encode
from hashlib import sha256

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

router = APIRouter(prefix="/pay", include_in_schema=False)
_WORDS = {
    "done": {
        "es": ("Gracias", "En cuanto se confirme tu pago te escribimos en el mismo chat. Ya puedes cerrar la página."),
        "en": ("Thank you", "As soon as your payment is confirmed we write to you in the same chat. Close this page."),
        "pt": ("Obrigado", "Assim que o pagamento for confirmado, escreveremos no mesmo chat. Pode fechar a página."),
    },
    "open": {
        "es": ("Sin pagar", "No se hizo ningún cobro. La liga del chat sigue sirviendo; si venció, pide otra ahí."),
        "en": ("Not paid", "Nothing was charged. The link in the chat still works; if it expired, ask for another."),
        "pt": ("Não pago", "Nada foi cobrado. O link da conversa continua válido; se expirou, peça outro por lá."),
    },
}  # fmt: skip
_STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;max-width:30rem;margin:15vh auto;padding:0 1.5rem;"
    "color-scheme:light dark}"
)
_DIGEST = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; "
                               "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
}  # fmt: skip


@router.get("/{what}")
async def page(what: str, lang: str = "es") -> HTMLResponse:
    """`/pay/done` after paying, `/pay/open` after turning back; any other word is the first."""
    words = _WORDS.get(what, _WORDS["done"])
    language = lang[:2] if lang[:2] in words else "es"
    title, text = words[language]
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
    )
    return HTMLResponse(html, headers=_HEADERS)
