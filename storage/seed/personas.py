"""Who a newcomer can play on the emulator's page, and sentences worth trying."""

from storage.seed.people import BRAZILIAN, COLOMBIAN, MEXICAN, email, instagram, phone, telegram

Persona = dict[str, object]

_SALE = (
    "hola, tienes balatas delanteras para jetta 2015?",
    "llanta 195 65 r15",
    "cuánto cuestan 4 bujías de platino para versa 2018",
    "donde va mi pedido?",
    "cuánto debo",
    "hacen envíos a Monterrey?",
    "quiero hablar con una persona",
)
_MUSIC = (
    "cuánto tengo de regalías",
    "cuánto gané el último mes",
    "por qué tengo saldo retenido",
    "en qué va mi lanzamiento",
    "qué incluye el plan pro",
    "cuánto debo",
)
_HARDWARE = (
    "oi, tem parafuso sextavado 3/8 x 2?",
    "me manda 3 sacos de cimento e 2 trenas de 5 m",
    "quanto custa a furadeira de impacto bosch",
    "cadê meu pedido?",
    "quanto eu devo",
    "vocês entregam em Campinas?",
)
_HINTS = {"refamex": _SALE, "sonora": _MUSIC, "ferragens": _HARDWARE}
_PEOPLE = {"refamex": (1, MEXICAN, "es"), "sonora": (2, COLOMBIAN, "es"), "ferragens": (3, BRAZILIAN, "pt")}
_CHANNELS = ("whatsapp_cloud", "telegram", "instagram", "whatsapp_twilio", "sms", "email")


def personas() -> list[Persona]:
    """Six per tenant, the first customers, each on another channel; `from` is written as the provider does."""
    return [
        {"tenant": tenant, "name": names[at], "channel": channel, "from": address(channel, number, at, names[at]),
         "locale": locale, "hints": list(_HINTS[tenant])}
        for tenant, (number, names, locale) in _PEOPLE.items()
        for at, channel in enumerate(_CHANNELS)
    ]  # fmt: skip


def address(channel: str, tenant: int, at: int, name: str) -> str:
    """How the provider of a channel names this customer."""
    match channel:
        case "telegram":
            return telegram(tenant, at)
        case "instagram":
            return instagram(tenant, at)
        case "email":
            return email(tenant, name)
        case "whatsapp_cloud":
            return phone(tenant, at).lstrip("+")
        case "whatsapp_twilio":
            return f"whatsapp:{phone(tenant, at)}"
        case _:
            return phone(tenant, at)
