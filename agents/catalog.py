"""Finds products, prices and stock in the tenant's catalogue, for the sales agent."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from agents import fits, interest, knowledge, pointing, reading, years
from agents.base import Answer, Turn
from agents.wording import Wording, amount, choices
from core.fold import fold
from core.messages import Reply
from core.money import Money
from core.records import Product, ProductFilter
from core.units import unit_label

say, ask = Wording("catalog"), Wording("sales")
SHOWN = 5
MOST_SUBSTITUTES = 3
LOOKING = ("product_search", "pricing", "quotation", "purchase", "other")  # intents that may look for a product
# Below this score a hit is chance, not an answer; above CERTAIN even unclear text names that product.
RELEVANT, CERTAIN = 0.3, 0.6
_FEW, _LONGEST_QUERY, _CODE_HEAD = 2, 80, 4  # of a code: its kind, as in BAL-WA10238
_POSITIONS = """
adelante atras delantera delanteras delantero delanteros trasera traseras trasero traseros izquierda izquierdo derecha
derecho front rear back left right dianteira dianteiro traseira traseiro esquerda esquerdo direita direito
"""
_SIDES = frozenset(_POSITIONS.split())
PAGE = 0.45  # a page of the tenant answers what no product does
PLANS = {"es": "plan", "en": "plan", "pt": "plano"}
_PLAN_WORDS = ("plan", "planes", "plans", "plano", "planos", "suscripcion", "subscription", "assinatura")


async def answer(turn: Turn) -> Answer:
    """Answer with what matches, or ask what is meant; never with a product that the catalogue does not have."""
    if told := await _special(turn):
        return told
    phrase = reading.product_phrase(turn.text)
    shown = [str(sku) for sku, _ in turn.state.get("shown", [])]
    if (place := pointing.place(phrase, len(shown))) is not None:
        pointed = await again(turn, [shown[place]])
        return await found(turn, pointed, intro=fits.reminder(turn, pointed))
    if not phrase and turn.intent == "pricing" and "royalties" in turn.tenant.agents:
        phrase = PLANS[turn.locale]
    if not phrase and shown:  # `lo quiero`, of several
        return await found(turn, await again(turn, shown), intro=say(turn.locale, "which_of_these"))
    if not phrase:
        return Answer(reply=Reply(text=ask(turn.locale, "ask_product")))
    base, phrase = phrase, _narrowed(turn, phrase)
    base = base if base == phrase else str(turn.state.get("query"))
    return await _searched(turn, phrase, base)


async def _searched(turn: Turn, phrase: str, base: str) -> Answer:
    """What is found for a phrase, or what the tenant's pages say; `base` is what later questions narrow down."""
    asked = years.named(turn.text)
    hits = await turn.tools.search_products(phrase, years.LOOK_AT if asked else SHOWN)
    if wrong := fits.code(turn.text, hits):
        return await _no_such_code(turn, wrong, hits)
    if products := [item for item in hits if item.score >= RELEVANT]:
        fitting = close_ones(years.choose(products, asked)[0])[:SHOWN]
        told = await found(turn, fitting, intro=fits.intro(turn, fitting))
        return msgspec.structs.replace(told, state={**told.state, "query": base[:_LONGEST_QUERY]})
    if page := await knowledge.passage(turn, PAGE):
        return Answer(reply=Reply(text=await turn.ask_llm("\n".join(page), {})))
    return unknown(turn, phrase)


async def _no_such_code(turn: Turn, code: str, hits: Sequence[Product]) -> Answer:
    """Say that there is no such code, with those that begin like it."""
    tried = [hit for short in (code[:-1], code[:-2]) for hit in await turn.tools.search_products(short, SHOWN)]
    alike = {item.sku: item for item in [*tried, *hits] if fold(item.sku)[:_CODE_HEAD] == code[:_CODE_HEAD]}
    if alike:
        intro = say(turn.locale, "unknown_sku", sku=code.upper())
        return await found(turn, list(alike.values())[:SHOWN], intro=intro)
    text = say(turn.locale, "no_such_sku", sku=code.upper())
    return Answer(reply=Reply(text=text, buttons=choices(turn.locale, "human")), state={"offer": "human"})


def unknown(turn: Turn, phrase: str) -> Answer:
    """Say that the catalogue has nothing of that name."""
    text = say(turn.locale, "not_found", query=phrase)
    return Answer(reply=Reply(text=text, buttons=choices(turn.locale, "human")), state={"offer": "human"})


def _narrowed(turn: Turn, phrase: str) -> str:
    """`¿y los traseros?`: a word or two of what was just shown narrow the search before, they begin none."""
    before, words = str(turn.state.get("query") or ""), phrase.split()
    if before and words and _SIDES.issuperset(words):  # `¿y las de atrás?`: of the same, on the other side
        return " ".join([*(word for word in before.split() if word not in _SIDES), *words])
    names = reading.fold(" ".join(str(name) for _, name in turn.state.get("shown") or ()))
    kinds = {str(name).split(" ")[0].lower()[:4] for _, name in turn.state.get("shown") or ()}
    narrows = before and len(words) <= _FEW and all(word.rstrip("s")[:5] in names for word in words)
    if not narrows or any(word[:4] in kinds or word[:4] in before for word in words):
        return phrase
    return f"{before} {phrase}"


async def _special(turn: Turn) -> Answer | None:
    """A question about what was just shown, or a search by price; None for a plain search."""
    if (priced := reading.price_range(turn.text)) and (phrase := reading.product_phrase(priced[0])):
        return await _within(turn, phrase, priced[1], priced[2])
    of_it = turn.intent in ("pricing", "product_search") and interest.asks_of_it(turn.text)
    if of_it and (told := await interest.passage(turn, PAGE)):
        return Answer(
            reply=Reply(text=await turn.ask_llm("\n".join(told), {}), buttons=choices(turn.locale, "purchase"))
        )
    return None


async def _within(turn: Turn, phrase: str, least: Decimal | None, most: Decimal | None) -> Answer:
    """What fits within the prices; else what comes nearest to them, and that it is none of these."""
    only = ProductFilter(least=_minor(turn, least), most=_minor(turn, most))
    if fitting := await _relevant(turn, phrase, only):
        return await found(turn, close_ones(fitting))
    others = close_ones(await _relevant(turn, phrase, None))
    if not others:
        return unknown(turn, phrase)
    nearest = sorted(others, key=lambda item: item.price.amount_minor, reverse=only.most is None)
    return await found(turn, nearest, intro=say(turn.locale, "out_of_range"))


async def _relevant(turn: Turn, phrase: str, only: ProductFilter | None) -> list[Product]:
    return [item for item in await turn.tools.search_products(phrase, SHOWN, only) if item.score >= RELEVANT]


def _minor(turn: Turn, price: Decimal | None) -> int | None:
    return None if price is None else Money.of(price, turn.tenant.currency).amount_minor


async def _substitutes(turn: Turn, products: Sequence[Product]) -> list[Product]:
    """What can be had instead, when nothing that was found is in stock: the same kind of thing, of any brand."""
    if any(item.stock > 0 for item in products):
        return []
    best = products[0]
    only = ProductFilter(in_stock=True, category=best.category)
    known = {item.sku for item in products}
    hits = await turn.tools.search_products(kind(best), SHOWN, only, words_only=True)
    return [item for item in hits if item.score >= CERTAIN and item.sku not in known][:MOST_SUBSTITUTES]


def kind(item: Product) -> str:
    """What a thing is, without its make."""
    return " ".join(word for word in item.name.split() if reading.fold(word) != reading.fold(item.brand))


async def if_certain(turn: Turn) -> Answer | None:
    """Answer unclear text when it surely names a product."""
    phrase = reading.product_phrase(turn.text)
    if not phrase:
        return None
    products = await turn.tools.search_products(phrase, SHOWN, words_only=True)
    certain = [item for item in products if item.score >= CERTAIN]
    if not certain:
        return None
    fitting = close_ones(years.choose(certain, years.named(turn.text))[0])
    return await found(turn, fitting, intro=fits.intro(turn, fitting))


def close_ones(products: Sequence[Product]) -> Sequence[Product]:
    """Drop hits that are far behind the best one."""
    return [item for item in products if item.score >= 0.6 * products[0].score]


async def again(turn: Turn, skus: list[str]) -> Sequence[Product]:
    """What there is by now of products that were shown."""
    each = [await turn.tools.search_products(sku, 1) for sku in skus]
    return [hits[0] for hits in each if hits]


async def found(turn: Turn, products: Sequence[Product], intro: str = "", outro: str = "") -> Answer:
    """Show products, their prices and stock, and what can be done next."""
    intro = intro or say(turn.locale, "found_one" if len(products) == 1 else "found_many")
    plans, one = is_plan(products[0]), len(products) == 1
    outro = outro or say(turn.locale, ("next_step_plan" if plans else "next_step") + ("_one" if one else ""))
    details = await knowledge.passage(turn, CERTAIN) if plans else []
    lines = rows(products, turn.locale)
    instead = [] if plans else await _substitutes(turn, products)
    if instead:
        lines += ["", say(turn.locale, "instead"), *rows(instead, turn.locale)]
        products = [*instead, *products]  # `dame 2` means what can be had
    draft = "\n".join([intro, *lines, "", *details, *([""] if details else []), outro])
    text = await turn.ask_llm(draft, {"products": [item.name for item in products]})
    buttons = () if plans else choices(turn.locale, "quotation")
    return Answer(
        reply=Reply(text=text, buttons=buttons),
        state={
            "shown": [[item.sku, item.name] for item in products], "looking": True,
            "meant": _meant(products), **_stage(turn), **_offer(products), **_car(turn),
        },
    )


def _meant(products: Sequence[Product]) -> str | None:
    """The code of the only one among several that is all that was asked for."""
    fitting = [item.sku for item in products if not item.lacks]
    return fitting[0] if len(fitting) == 1 else None


def _offer(products: Sequence[Product]) -> dict[str, str]:
    """A yes takes what was shown when it is one thing only."""
    return {"offer": "purchase"} if len(products) == 1 else {}


def _car(turn: Turn) -> dict[str, str]:
    """The car that was named, for `and oil filters for it`."""
    named = fits.car(turn.text)
    return {"car": named} if named else {}


def _stage(turn: Turn) -> dict[str, str]:
    """Looking at products begins a sale, and takes none back that has come further."""
    return {} if turn.state.get("stage") in ("proposal", "negotiation") else {"stage": "discovery"}


def is_plan(item: Product) -> bool:
    """Whether it is a service that is subscribed to, and has no stock."""
    return any(word in _PLAN_WORDS for word in reading.fold(f"{item.name} {item.category}").split())


def rows(products: Sequence[Product], locale: str) -> list[str]:
    """Products with price and stock, a line for each; they are plans when the first one is."""
    plan = bool(products) and is_plan(products[0])
    return [_line(item, locale, plan=plan) for item in products]


def _line(item: Product, locale: str, *, plan: bool) -> str:
    price = item.price.text(locale)
    if plan:
        return say(locale, "service_line", name=item.name, price=price)
    stock = say(locale, "in_stock", count=amount(item.stock)) if item.stock > 0 else say(locale, "out_of_stock")
    unit = unit_label(item.unit, locale)
    return say(locale, "line", name=item.name, sku=item.sku, price=price, unit=unit, stock=stock)
