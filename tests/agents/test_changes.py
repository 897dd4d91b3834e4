"""Changes of an open quote are read with their units, their verbs and what comes in another thing's place."""

from decimal import Decimal

import msgspec
import pytest

from agents import bargain, changes
from agents.base import Turn
from core.money import Money
from core.records import Product, Quote, QuoteLine, QuoteTotal
from tests.orchestrator.conftest import NOW, StatedTools, tenant

_NONE = Money(0, "MXN")


def product(sku: str, name: str, unit: str) -> Product:
    return Product(sku=sku, name=name, unit=unit, price=Money(100, "MXN"), stock=Decimal(50))


PRODUCTS = (
    product("CIM", "Cemento CP II 50 kg", "SACO"), product("ACE", "Aceite de motor 5W30", "L"),
    product("FAC", "Filtro de aceite Jetta", "PZA"), product("BAL", "Balata delantera Jetta", "JGO"),
    product("GRA", "Grasa para baleros", "KG"),
)  # fmt: skip


def quote() -> Quote:
    lines = tuple(QuoteLine(product=each, quantity=Decimal(10), total=_NONE) for each in PRODUCTS)
    sums = QuoteTotal(
        lines=lines, subtotal=_NONE, discount=_NONE, tax_rate=Decimal(0), tax=_NONE, total=_NONE
    )  # fmt: skip
    return Quote(
        number="C-1", version=1, status="sent", sums=sums, created_on=NOW.date(), valid_until=NOW.date()
    )  # fmt: skip


def carried_out(text: str, last: str = "GRA") -> dict[str, Decimal]:
    return dict(changes.apply(quote(), changes.read(text), last).lines)


@pytest.mark.parametrize(
    ("text", "sku", "left"),
    [
        ("tira 4 sacos", "CIM", 6), ("quita 2 bultos", "CIM", 8), ("remove 3 bags", "CIM", 7),
        ("quita 2 litros", "ACE", 8), ("põe mais 3 sacos", "CIM", 13), ("agrega 500 g", "GRA", 10.5),
        ("tira 2 jogos", "BAL", 8), ("quita 3", "GRA", 7), ("quita 3 piezas", "GRA", 7),
        ("mejor 3 por favor", "GRA", 3),
        ("métele 2 1/2 litros más de aceite", "ACE", 12.5), ("make it 3 for jetta", "FAC", 3),
    ],
)  # fmt: skip
def test_a_unit_tells_the_line(text: str, sku: str, left: float) -> None:
    made = carried_out(text)
    assert made.pop(sku) == Decimal(str(left))
    assert set(made.values()) == {Decimal(10)}


@pytest.mark.parametrize("text", ["quita 2 metros", "tira 3 metros", "remove 2 rolls", "agrega 3 metros"])
def test_a_unit_that_no_line_has_changes_nothing(text: str) -> None:
    changed = changes.apply(quote(), changes.read(text), "GRA")
    assert set(dict(changed.lines).values()) == {Decimal(10)}
    assert len(changed.missing) == 1


@pytest.mark.parametrize(
    "text",
    [
        "quita las balatas y pon 2 bujías", "tira as balatas e põe 2 bujías", "remove the balatas and put 2 bujias",
        "mejor quita las balatas y dame 2 bujías", "cambia las balatas por 2 bujias", "troca as balatas por 2 bujias",
        "swap the balatas for 2 bujias", "ponme 2 bujias en vez de las balatas", "2 bujias instead of the balatas",
    ],
)
def test_what_comes_is_not_taken_away(text: str) -> None:
    changed = changes.apply(quote(), changes.read(text), "GRA")
    assert "BAL" not in dict(changed.lines)
    assert [(each.amount, each.phrase) for each in changed.unknown] == [(Decimal(2), "bujias")]


def test_as_many_come_as_go_when_no_number_is_said() -> None:
    changed = changes.apply(quote(), changes.read("cambia 4 balatas por bujias"), None)
    assert dict(changed.lines)["BAL"] == 6
    assert [(each.amount, each.phrase) for each in changed.unknown] == [(Decimal(4), "bujias")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("y 8?", "8%"), ("então 5", "5%"), ("então faz 5", "5%"), ("entonces 3", "3%"), ("what about 5?", "5%"),
        ("ok then 5", "5%"), ("what about five", "5%"), ("y con 4.5?", "4.5%"), ("ok, apply 3", "3%"),
        ("dame 3", "dame 3"), ("mejor 3", "mejor 3"), ("agrega 2", "agrega 2"),
        ("make it 3 pieces", "make it 3 pieces"),
        ("dame 3 balatas", "dame 3 balatas"), ("gracias", "gracias"), ("no", "no"), ("10%", "10%"), ("-5", "-5"),
    ],
)  # fmt: skip
def test_another_rate_is_one_only_while_a_discount_is_talked_about(text: str, said: str) -> None:
    turn = Turn(
        text=text, intent="other", locale="es", now=NOW, tenant=tenant(), channel="web", customer_name=None,
        history=(), state={"haggles": True}, tools=StatedTools({}), ask_llm=lambda *_: None,
    )  # type: ignore[arg-type]  # fmt: skip
    assert bargain.spelled(turn).text == said
    assert bargain.spelled(msgspec.structs.replace(turn, state={})).text == text
