"""What is shown is said to be no more than the nearest, when no product has all that was asked for."""

import msgspec
import pytest

from agents import fits
from agents.base import Turn
from core.money import Money
from core.records import Product
from tests.orchestrator.conftest import NOW, StatedTools, tenant

_FRONT = Product(sku="AMO-1", name="Amortiguador delantero Vento", price=Money(1, "MXN"), lacks=("traser",))
_REAR = Product(sku="AMO-2", name="Amortiguador trasero March", price=Money(1, "MXN"), lacks=("vent",))


def turn(text: str) -> Turn:
    return Turn(
        text=text, intent="product_search", locale="es", now=NOW, tenant=tenant(), channel="web", customer_name=None,
        history=(), state={}, tools=StatedTools({}), ask_llm=lambda *_: None,
    )  # type: ignore[arg-type]  # fmt: skip


def test_products_that_lack_each_another_word_are_only_the_nearest() -> None:
    assert "más parecido" in fits.intro(turn("amortiguador trasero vento"), [_FRONT, _REAR])


@pytest.mark.parametrize("lacks", [(), ("?porfis",), ("2016",)])
def test_a_word_that_no_product_has_does_not_make_it_another_thing(lacks: tuple[str, ...]) -> None:
    fitting = msgspec.structs.replace(_FRONT, lacks=lacks)
    assert fits.intro(turn("amortiguador vento"), [fitting, _REAR]) == ""


@pytest.mark.parametrize(("text", "car"), [("copper spark plugs aveo 2016", "aveo 2016"), ("balatas spark", "spark")])
def test_a_spark_plug_is_no_chevrolet_spark(text: str, car: str) -> None:
    assert fits.car(text) == car
