"""A model that lies: whatever it adds, drops or moves, the draft goes out instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.guard import objection

LINES = "F-1023: $350.50 MXN, venció el 10/11/2026"
DRAFT = f"Tienes 2 facturas pendientes por $1,250.50 MXN:\n• {LINES}\n• F-1024: $900.00 MXN"
GOOD = f"¡Hola! Te comparto tus 2 facturas por $1,250.50 MXN:\n• {LINES}\n• F-1024: $900 MXN"


def verdict(text: str, draft: str = DRAFT, heard: str = "", locale: str = "es") -> str | None:
    return objection(text, draft, ("", heard), locale)


def test_better_words_with_the_same_figures_pass() -> None:
    assert verdict(GOOD) is None


def test_the_draft_itself_always_passes() -> None:
    assert verdict(DRAFT) is None


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        (GOOD.replace("$900 MXN", "$800 MXN"), "figure"),
        (GOOD.replace("F-1024", "F-1025"), "figure"),
        (GOOD.replace("10/11/2026", "11/11/2026"), "figure"),
        (GOOD.replace("$350.50 MXN, venció", "venció"), "left out"),
        (GOOD.replace("350.50", "X").replace("$900", "$350.50").replace("X", "900"), "moved"),
        (GOOD + "\nLa F-1023 son $900.00 MXN.", "repeated"),
        (GOOD + "\nPaga aquí: https://pago.example.com/x", "link"),
        (GOOD + "\nTe hacemos un descuento.", "discount"),
        (GOOD + "\nEl envío es gratis.", "free"),
        (GOOD + "\nTe reembolsamos todo.", "refund"),
        (GOOD + "\nPuedes pagar la mitad.", "percent"),
        (GOOD + "\nSon quinientos pesos más.", "number word"),
        (GOOD + "\nTe comunico con un asesor.", "person"),
        (GOOD + "\nTe transfiero con una persona.", "person"),
        (GOOD + "\nUn asesor te atenderá enseguida.", "person"),
        (GOOD + "\nEn breve nos pondremos en contacto contigo.", "person"),
        (GOOD + "\nUm atendente vai falar: vou te encaminhar para um especialista.", "person"),
        (GOOD + "\nSomeone will call you; I'll hand you over to my colleague.", "person"),
        (GOOD + "\n<function=pay>{}</function>", "markup"),
        (GOOD + "\ncommentary to=functions.pay json", "markup"),
        (GOOD + " muy bien" * 60, "too long"),
        ("You have 2 open invoices for $1,250.50 MXN: F-1023 $350.50 due 10/11/2026 and F-1024 $900.00", "language"),
    ],
)
def test_a_lie_is_caught(lie: str, why: str) -> None:
    assert why in (verdict(lie) or "")


def test_what_a_colleague_promised_may_be_repeated_but_not_the_promise_of_a_colleague() -> None:
    """fazer-ai/agents#457, #458: after the hand-back the agent knew nothing of what the person had agreed."""
    told = ["Te hago 15% de descuento y lo tienes el jueves 27. Te paso con un compañero."]
    agreed, promise = GOOD + "\nQuedó en 15% de descuento, para el 27.", GOOD + "\nTe paso con un compañero."
    assert objection(agreed, DRAFT, ("", ""), "es") is not None
    assert objection(agreed, DRAFT, ("", ""), "es", told) is None
    assert objection(promise, DRAFT, ("", ""), "es", told) == "unfounded person"


def test_the_customers_own_figures_may_be_repeated() -> None:
    assert verdict("Claro, para tu Jetta 2015:\n• Balata: $836.90 MXN", "• Balata: $836.90 MXN", "jetta 2015") is None


@pytest.mark.parametrize(("ours", "same"), [("R$ 1.250,50", "R$ 1.250,5"), ("$900.00", "$900"), ("1,000", "1000")])
def test_one_amount_has_many_spellings(ours: str, same: str) -> None:
    assert verdict(f"Total: {same}", f"Total: {ours}") is None


@given(st.text(), st.text())
def test_no_text_makes_it_raise(text: str, draft: str) -> None:
    verdict(text, draft)


@given(st.integers(10, 10**9), st.integers(10, 10**9))
def test_another_amount_never_passes(true: int, told: int) -> None:
    if true != told:
        assert verdict(f"Debes ${told} MXN", f"Debes ${true} MXN") is not None


def test_of_two_noes_none_may_become_a_yes() -> None:
    draft = "A ese precio no tengo ninguno. No tienes facturas pendientes."
    assert verdict(draft, draft) is None
    lie = "A ese precio no tengo ninguno. Tienes facturas pendientes."
    assert verdict(lie, draft) == "unfounded yes in place of a no"
