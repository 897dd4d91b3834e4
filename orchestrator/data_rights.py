"""Hears a wish about the customer's own data, which the law gives it: to have them deleted, or to see them."""

import re

from core.fold import fold

_MINE = r"(?:(?:all|toda|todos|todas|of|de|os|as|los|las|la|the|any|my|mis?|meus?|minhas?) )*"
_DATA = (
    r"(?:(?:personal |customer |private )?(?:data|information|info|records|details)"
    r"|(?:datos|informacion|dados|informacoes|registros?)(?: (?:personales|personal|pessoais))?|account|cuenta|conta)"
)
_OWN = r"(?=(?:\S+ ){0,3}(?:my|mis?|meus?|minhas?)\b)"
_ASKS = re.compile(
    rf"\b(?:delete|erase|remove|wipe|borr\w+|elimin\w+|suprim\w+|apag\w+|exclu\w+|remov\w+) {_OWN}{_MINE}{_DATA}\b"
    r"|\b(?:gdpr|lgpd|rgpd|derechos? arco|right to be forgotten|derecho al olvido|direito ao esquecimento)\b"
    r"|\bforget (?:everything|all) (?:about|you know about) me\b"
    r"|\bwhat (?:personal )?(?:data|info|information) (?:do|does|have) (?:you|u|y'all)\b.*\b(?:me|my)\b"
    r"|\bque (?:datos|informacion)(?: mios| personales)? (?:tienen|guardan|tienes|guardas)\b.*\b(?:mi|mios|mia)\b"
    r"|\bque (?:dados|informacoes) (?:(?:voces?|vcs?) )?(?:tem|guardam?)\b.*\b(?:mim|meus?)\b"
    r"|\b(?:a copy of|copia de|copia dos) (?:all )?(?:my|mis|meus) (?:personal )?(?:data|datos|dados)\b"
)


def asked(text: str) -> bool:
    """True for `delete my data`, `borren mis datos`, `que dados vocês têm sobre mim?`."""
    return bool(_ASKS.search(fold(text)))
