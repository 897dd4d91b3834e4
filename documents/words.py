"""The words on papers, in three languages."""

from datetime import date

_WORDS = {
    "es": {
        "title": "Cotización", "version": "Versión", "date": "Fecha", "valid": "Válida hasta", "customer": "Cliente",
        "sku": "Clave", "name": "Descripción", "quantity": "Cant.", "unit": "Unidad", "price": "Precio",
        "discount_column": "Descuento", "amount": "Importe", "subtotal": "Subtotal", "discount": "Descuento",
        "tax": "Impuestos", "total": "Total", "page": "Página", "void": "ANULADA",
        "note": "Precios en {currency}. Sujeto a existencias hasta confirmar el pedido.",
    },
    "en": {
        "title": "Quote", "version": "Version", "date": "Date", "valid": "Valid until", "customer": "Customer",
        "sku": "Code", "name": "Description", "quantity": "Qty", "unit": "Unit", "price": "Price",
        "discount_column": "Discount", "amount": "Amount", "subtotal": "Subtotal", "discount": "Discount",
        "tax": "Tax", "total": "Total", "page": "Page", "void": "VOID",
        "note": "Prices in {currency}. Subject to stock until the order is confirmed.",
    },
    "pt": {
        "title": "Orçamento", "version": "Versão", "date": "Data", "valid": "Válido até", "customer": "Cliente",
        "sku": "Código", "name": "Descrição", "quantity": "Qtd.", "unit": "Unidade", "price": "Preço",
        "discount_column": "Desconto", "amount": "Valor", "subtotal": "Subtotal", "discount": "Desconto",
        "tax": "Impostos", "total": "Total", "page": "Página", "void": "ANULADO",
        "note": "Preços em {currency}. Sujeito a estoque até a confirmação do pedido.",
    },
}  # fmt: skip


def words(locale: str) -> dict[str, str]:
    """The words of a language; Spanish for one that we do not have."""
    return _WORDS.get(locale, _WORDS["es"])


def day(value: date, locale: str) -> str:
    """A date as readers of `locale` write it."""
    return f"{value:%b %d, %Y}" if locale == "en" else f"{value:%d/%m/%Y}"
