"""One ranking out of two, whatever they are: nothing lost, nothing twice, what both find before what one finds."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.money import Money
from core.records import Product
from storage.fusion import CHANCE, fuse

skus = st.integers(0, 30).map(lambda at: f"S-{at:02}")
rankings = st.lists(
    st.builds(
        lambda sku, score, stock: Product(
            sku=sku, name=sku, price=Money(100, "MXN"), score=score, stock=Decimal(stock)
        ),
        skus, st.floats(0, 0.999).map(lambda value: round(value, 4)), st.integers(0, 1),
    ),
    max_size=25, unique_by=lambda hit: hit.sku,
)  # fmt: skip


def product(sku: str, score: float, stock: int = 1) -> Product:
    return Product(sku=sku, name=sku, price=Money(100, "MXN"), score=score, stock=Decimal(stock))


def order(by_words: list[Product], by_meaning: list[Product]) -> list[str]:
    return [hit.sku for hit in fuse(by_words, by_meaning)]


@given(rankings, rankings)
def test_each_product_comes_once_with_the_better_score(by_words, by_meaning):
    fused = fuse(by_words, by_meaning)
    best = {}
    for hit in (*by_words, *by_meaning):
        best[hit.sku] = max(best.get(hit.sku, 0.0), hit.score)
    assert {hit.sku: hit.score for hit in fused} == best
    assert len(fused) == len(best)


@given(rankings, rankings)
def test_what_is_ahead_in_both_rankings_is_ahead(by_words, by_meaning):
    place = {sku: at for at, sku in enumerate(order(by_words, by_meaning))}
    words, meaning = ({hit.sku: hit.score for hit in ranking} for ranking in (by_words, by_meaning))
    both = [sku for sku in words if sku in meaning and words[sku] >= CHANCE]
    for one in both:
        for other in both:
            if words[one] > words[other] + 0.0011 and meaning[one] > meaning[other] + 0.0011:
                assert place[one] < place[other]


@given(rankings, rankings)
def test_the_order_in_which_rows_arrive_says_nothing(by_words, by_meaning):
    assert order(by_words, by_meaning) == order(by_words[::-1], by_meaning[::-1])


@given(rankings)
def test_one_ranking_alone_stays_as_it_is(ranking):
    likely = [hit for hit in ranking if hit.score >= CHANCE]
    expected = sorted(likely, key=lambda hit: (-round(hit.score, 3), hit.stock <= 0, hit.sku))
    assert order(likely, []) == [hit.sku for hit in expected]


@given(rankings, rankings)
def test_a_certain_hit_stays_first(by_words, by_meaning):
    certain = product("SKU-1", 1.0)
    assert order([*by_words, certain], by_meaning)[0] == "SKU-1"


def test_what_both_find_comes_before_what_one_finds():
    by_words = [product("W-1", 0.9), product("B-1", 0.8)]
    by_meaning = [product("M-1", 0.5), product("B-1", 0.4)]
    assert order(by_words, by_meaning) == ["B-1", "W-1", "M-1"]


def test_words_shared_by_chance_have_no_vote():
    assert order([product("C-1", CHANCE - 0.01)], [product("M-1", 0.4)]) == ["M-1", "C-1"]
