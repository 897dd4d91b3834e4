"""Quantities and units as customers write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.units import Quantity, lines, parse_lines, parse_quantity, unit_code, unit_label

D = Decimal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dame 3 balatas y 2 filtros de aceite", [("balatas", D(3)), ("filtros de aceite", D(2))]),
        ("quiero dos kilos de clavo", [("clavo", D(2))]),
        ("dos kilos y medio de cemento", [("cemento", D("2.5"))]),
        ("kilo y medio de clavo", [("clavo", D("1.5"))]),
        ("½ kilo de clavo", [("clavo", D("0.5"))]),
        ("2 1/2 kilos de clavo", [("clavo", D("2.5"))]),
        ("1,5 kg de prego", [("prego", D("1.5"))]),
        ("media docena de focos", [("focos", D(6))]),
        ("un par de amortiguadores", [("amortiguadores", D(2))]),
        ("uma dúzia de buchas 8mm", [("buchas 8mm", D(12))]),
        ("half a dozen bolts and 2 hammers", [("bolts", D(6)), ("hammers", D(2))]),
        ("quero dez parafusos e duas brocas", [("parafusos", D(10)), ("brocas", D(2))]),
        ("treinta y cinco tornillos y una broca de 1/4", [("tornillos", D(35)), ("broca de 1/4", D(1))]),
        ("dos mil pijas", [("pijas", D(2000))]),
        ("1,500 tornillos", [("tornillos", D(1500))]),
        ("balata jetta 2015 x 2", [("balata jetta 2015", D(2))]),
        ("balero 6203 x 4", [("balero 6203", D(4))]),
        ("parafuso 3/8 x 2, 100 peças", [("parafuso 3/8 x 2", D(100))]),
        ("quiero balatas jetta, 4 piezas", [("balatas jetta", D(4))]),
        ("cemento gris\n20 sacos", [("cemento gris", D(20))]),
        ("foco, 2 y 3 bujias", [("foco", D(2)), ("bujias", D(3))]),
        ("balatas jetta, 1.8", [("balatas jetta", D(1))]),
        ("balata x 3, foco: 2", [("balata", D(3)), ("foco", D(2))]),
        ("3x foco h4", [("foco h4", D(3))]),
        ("3pzas balata", [("balata", D(3))]),
        ("2 balatas y media docena de focos", [("balatas", D(2)), ("focos", D(6))]),
        ("- 3 balatas\n- 2 focos", [("balatas", D(3)), ("focos", D(2))]),
        ("mándame 15 y 20 filtros", [("filtros", D(15)), ("filtros", D(20))]),
        ("dos y medio kilos de clavo", [("clavo", D("2.5"))]),
        ("entre 5 y 10 balatas", [("balatas", D(5))]),
        ("me manda 3 sacos de cimento cp2 por favor?", [("cimento cp2", D(3))]),
    ],
)
def test_an_order_message_is_read_into_lines(text, expected):
    assert parse_lines(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "llanta 195 65 r15",
        "205 55 r16",
        "1/2 pulg codo",
        "2015 jetta balata",
        "filtro de aceite y aire",
        "5w30 3 litros",
        "parafuso sextavado 3/8 x 2",
        "tornillo M8 x 50",
        "placa 20 x 30",
    ],
)
def test_a_size_a_year_or_a_code_is_no_quantity(text):
    assert parse_lines(text) == [(text, Decimal(1))]


def test_sizes_inside_a_name_stay_in_the_name():
    assert parse_lines("4 llantas 195/65R15") == [("llantas 195/65R15", Decimal(4))]
    assert parse_lines("3 litros de aceite 10w40") == [("aceite 10w40", Decimal(3))]


@pytest.mark.parametrize("text", ["", "hola", "2", "tres", "por favor", "¿?", "2 kilos"])
def test_a_message_without_a_thing_has_no_lines(text):
    assert parse_lines(text) == []


def test_a_range_keeps_both_ends():
    assert lines("10-15 pzas de tornillo")[0].quantity == Quantity(Decimal(10), "PZA", Decimal(15))


def test_small_units_are_counted_in_the_unit_of_sale():
    assert lines("500 g de clavo")[0].quantity.in_unit("KG") == Decimal("0.5")
    assert Quantity(Decimal(2), "M").in_unit("CM") == 200
    assert Quantity(Decimal(3), "PZA").in_unit("CAJA") == 3


def test_units_have_one_code_however_they_are_written():
    assert {unit_code(name) for name in ("pza", "Piezas", "UNIDADES", "pç", "unit", "und.")} == {"PZA"}
    assert {unit_code(name) for name in ("kilo", "KGS", "quilos")} == {"KG"}
    assert unit_code("lts.") == "L"
    assert unit_code("cosa rara", default="") == ""
    assert (unit_label("PZA", "pt"), unit_label("PZA", "es"), unit_label("KG", "en")) == ("un", "pza", "kg")


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text):
    for query, quantity in parse_lines(text):
        assert query
        assert quantity > 0 or "0" in text


@given(st.integers(1, 999), st.sampled_from(["balatas", "filtros de aire", "parafusos", "oil filters"]))
def test_a_number_before_a_thing_is_its_quantity(number, thing):
    assert parse_lines(f"quiero {number} {thing}") == [(thing, Decimal(number))]
    assert parse_lines(f"{number} {thing}, 2 focos") == [(thing, Decimal(number)), ("focos", Decimal(2))]


@given(st.decimals(min_value="0.01", max_value="999", places=2), st.sampled_from(["kg", "kilos", "litros", "lts"]))
def test_an_amount_with_its_unit_is_read_exactly(amount, unit):
    found = parse_quantity(f"{amount} {unit}")
    assert found is not None
    assert found.amount == amount
    assert found.unit in ("KG", "L")
