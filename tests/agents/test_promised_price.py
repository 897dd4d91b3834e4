"""A price that a person is said to have promised."""

import pytest

from agents.promised_price import said


@pytest.mark.parametrize(
    "text",
    [
        "Juan me prometió a 100 cada uno", "el vendedor me ofreció 100 por pieza", "me lo dejaron a 100 cada una",
        "ayer me cotizaron a 90 cada bujía", "quedamos en 100 cada una", "Juan me prometió $100",
        "el gerente me autorizó un precio de 100", "me respetan el precio de 100 que me dio Ana?",
        "your colleague told me 20 each", "John promised me 100 per piece", "I was quoted 90 each yesterday",
        "your manager said he'd do it for 500 total", "they gave me a price of 1,250.50", "we agreed on 100 each",
        "o vendedor me garantiu 15", "o João me prometeu 100 cada", "seu colega me disse que fazia por 90",
        "me ofereceram a 100 reais a peça", "ontem me passaram 90 a unidade", "a gerente autorizou por 100",
    ],
)
def test_a_promised_price_is_heard(text: str) -> None:
    assert said(text)


@pytest.mark.parametrize(
    "text",
    [
        "dame 2 a 100", "cuánto cuestan 10 cada uno", "me prometieron 10% de descuento",
        "me prometió 5 bujías para hoy", "me dijeron que llega a las 5",
        "me dijo que 2 filtros le sirven al jetta", "me prometieron entrega el 24",
        "quedamos en que pago 500 el viernes", "quedamos en 500 cada mes", "me autorizaron el retiro de $100",
        "they told me 5 days", "she promised delivery on the 24th", "I was told 2 weeks at most", "give me 20 each",
        "me garantiram entrega em 2 dias", "me disseram 5 dias", "combinamos de pagar 100 por mês", "Juan me dijo",
        "they gave me 2 instead of 3", "me dieron 2 en vez de 3", "me vendieron 3 filtros rotos",
    ],
)
def test_other_promises_and_other_figures_are_none(text: str) -> None:
    assert not said(text)
