"""The language of an answer: the tenant's until the customer's words tell another one."""

from datetime import UTC, datetime

import pytest

from core.conversation import Line
from orchestrator.intents import read
from orchestrator.language import choose

AT = datetime(2026, 11, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "current", "default", "answer"),
    [
        ("asdf", None, "es", "es"), ("hello", None, "es", "en"), ("oi", None, "es", "pt"), ("hola", None, "pt", "es"),
        ("llanta 195 65 r15", None, "es", "es"), ("cobran envio?", None, "es", "es"),
        ("acrescenta 2 trenas de 5m", "pt", "pt", "pt"), ("blz vou querer, como pago?", "pt", "pt", "pt"),
        ("hola necesito 3 balatas", "en", "es", "es"), ("can i talk to a person", "es", "es", "en"),
        ("quanto custa a furadeira", "es", "es", "pt"), ("balata jetta 2015", "en", "es", "en"),
        ("thanks", "es", "es", "es"), ("thank you", "es", "es", "es"), ("mi saldo", "en", "es", "es"),
        ("hola", "en", "en", "es"), ("meu saldo", "es", "es", "pt"), ("my balance", "pt", "pt", "en"),
        ("no me llegó", "es", "es", "es"), ("¿Qué me recomiendas?", "es", "es", "es"),
        ("good morning", None, "es", "en"), ("oi, tudo bem?", None, "es", "pt"), ("Olá", None, "es", "pt"),
        ("qué onda", None, "pt", "es"), ("hey there", None, "pt", "en"), ("cuánto debo", "en", "en", "es"),
        ("quanto devo", "en", "en", "pt"), ("what do I owe", "pt", "pt", "en"),
    ],
)  # fmt: skip
def test_a_language_is_kept_until_words_tell_another(text: str, current: str | None, default: str, answer: str) -> None:
    assert choose(read(text), text, (), current, default) == answer


FIRST = {
    "en": (
        "withdraw $100 | cash out | balance | royalty statement | invoice | unpaid bills | price of brake pads | "
        "track order | refund | return item | human | agent | 10% discount | quote | buy 2 | payment link | shipping | "
        "warranty | opening hours | help | cement | spark plugs | my releases | installments | complaint"
    ),
    "es": (
        "retiro | sacar dinero | regalías | factura | deuda | precio de balatas | lista de precios | "
        "estado del pedido | devolución | asesor | descuento | cotización | costo de envío | garantía | soporte | "
        "ayuda | queja | cemento | bujías | parcialidades | dirección | ¿horario?"
    ),
    "pt": (
        "saque | sacar 100 reais | extrato | fatura | dívida | preço de pastilha | lista de preços | "
        "status do pedido | devolução | atendente | desconto | orçamento | link de pagamento | frete | "
        "suporte | ajuda | reclamação | cimento | furadeira | parcelas | meus lançamentos | horário | segunda via | pix"
    ),
}


@pytest.mark.parametrize("default", ["es", "en", "pt"])
@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_a_short_first_message_with_a_word_of_a_language_is_answered_in_it(language: str, default: str) -> None:
    for said in FIRST[language].split(" | "):
        assert choose(read(said), said, (), None, default) == language, said


@pytest.mark.parametrize(
    ("said", "default", "phone", "answer"),
    [
        ("sacar 30 dólares", "es", "", "es"), ("sacar 30 dólares", "pt", "", "pt"),
        ("saldo", "es", "573005551017", "es"), ("sacar 30 dólares", "es", "5511987654321", "pt"),
        ("saldo", "pt", "+525512345678", "es"), ("saldo", "es", "5511", "es"),
        ("saldo", "es", "15551234567", "es"), ("withdraw 30", "es", "5511987654321", "en"),
        ("retiro", "pt", "5511987654321", "es"),
    ],
)  # fmt: skip
def test_words_of_two_languages_are_the_tenants_or_of_the_country_that_the_phone_is_of(
    said: str, default: str, phone: str, answer: str
) -> None:
    assert choose(read(said), said, (), None, default, phone=phone) == answer


@pytest.mark.parametrize(
    ("said", "current"), [("balata jetta", "en"), ("dirección hidráulica", "en"), ("eu retiro na loja", "pt"),
                          ("cement", "es"), ("royalties", "es"), ("quiero mi statement", "es"), ("mi balance", "es")],
)  # fmt: skip
def test_a_word_of_goods_or_a_borrowed_one_changes_no_language_later_on(said: str, current: str) -> None:
    before = [Line(author="customer", text={"en": "what is the price", "es": "cuánto cuesta", "pt": "quanto custa"}[
        current], at=AT)]  # fmt: skip
    assert choose(read(said), said, (), current, "es", history=before) == current


@pytest.mark.parametrize("silent", ["ABC-123", "ok", "PRO-100", "NO-200", "482913", "👍", "ana@do.com", "3/8 x 2", "?"])
@pytest.mark.parametrize("current", ["es", "en", "pt"])
def test_a_code_an_ok_or_a_figure_changes_nothing(silent: str, current: str) -> None:
    assert choose(read(silent), silent, (), current, "es") == current


@pytest.mark.parametrize(
    ("default", "talk"),
    [
        ("es", ("es: hola, tienes balatas? | es: ok | en: how much is the first one? | en: ABC-123 | en: thanks | "
               "es: cuánto debo | es: dame 2 | es: thanks")),
        ("es", "es: ABC-123 | en: hello | en: ok | en: brake pads | pt: oi, quanto custa o frete? | pt: sim"),
        ("pt", "pt: oi | es: hola, cuánto cuesta el envío | es: ok | es: gracias | pt: quero pagar o boleto amanhã"),
        ("en", "en: what do I owe? | en: gracias | es: hola | es: P-1141 | en: where is my order?"),
    ],
)  # fmt: skip
def test_it_follows_the_last_messages_with_enough_words(default: str, talk: str) -> None:
    current, history = None, list[Line]()
    for said in talk.split(" | "):
        expected, _, text = said.partition(": ")
        current = choose(read(text), text, (), current, default, history=history)
        assert current == expected, said
        history.append(Line(author="customer", text=text, at=AT))
